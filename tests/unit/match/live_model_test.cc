// A voice as a model that plays live: the file is one that the loader takes, its network gives the
// curve's levels back, and a steady tone of them is as loud as was played.
#include "core/match/live_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "core/analyzer/loudness_meter.h"
#include "core/dx7/curves.h"
#include "core/inference/decoder.h"
#include "core/model.h"
#include "core/synth/fm/fm_voice.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr int kKey = 60;
const double kKeyHz = 440 * std::exp2((kKey - 69) / 12.0);

// Two of algorithm 5's three stacks, the carriers falling, the modulators faster.
dx7::Voice bell() {
  dx7::Voice voice;
  voice.algorithm = 4;
  for (std::size_t i = 0; i < 4; ++i) {
    voice.op[i].output_level = i % 2 == 0 ? 95 : 75;
    voice.op[i].envelope.rate = {99, static_cast<std::uint8_t>(i % 2 == 0 ? 35 : 45), 30, 40};
    voice.op[i].envelope.level = {99, 60, 0, 0};
  }
  voice.op[1].coarse = 3;
  voice.op[1].fine = 50;
  return voice;
}

class LiveModel : public testing::Test {
 protected:
  void load(double played_hz) {
    curve = loudness_curve(bell(), kKey, 2, kLoudestPlayedDb);
    used = write_live_model(bell(), kKey, played_hz, curve, "my \"bell\"", bytes);
    ASSERT_GT(used, 0U);
    arena.clear();
    const Status parsed = parse_model(std::span(bytes).first(used), arena, model);
    ASSERT_TRUE(parsed.ok()) << parsed.message();
    const Status prepared = decoder->prepare(model.decoder, model.tensors(), arena);
    ASSERT_TRUE(prepared.ok()) << prepared.message();
    while (decoder->load_step()) {
    }
    decoder->reset();
  }

  Controls at(float loudness_db) {
    Controls controls;
    controls.f0_hz = kKeyHz;
    decoder->decode(
        {.f0_hz = static_cast<float>(kKeyHz), .confidence = 1, .loudness_db = loudness_db},
        controls);
    return controls;
  }

  double level_db(const Controls& controls, std::size_t op) const {
    const double share = model.synth.patch.carrier[op] > 0 ? 3 : 1;  // carriers share the output
    return 20 * std::log10(share * static_cast<double>(controls.level[op]) / dx7::kFullIndex);
  }

  LoudnessCurve curve;
  std::vector<std::byte> bytes = std::vector<std::byte>(kLiveModelBytes);
  std::size_t used = 0;
  std::vector<std::byte> memory = std::vector<std::byte>(std::size_t{4} << 20U);
  Arena arena{memory};
  Model model;
  std::unique_ptr<Decoder> decoder = std::make_unique<Decoder>();
};

TEST_F(LiveModel, GivesTheCurveBackAtItsPoints) {
  load(kKeyHz);
  EXPECT_EQ(model.instrument, "my \"bell\"");
  for (std::size_t p = 0; p < LoudnessCurve::kPoints; ++p) {
    const Controls controls = at(kLoudestPlayedDb - LoudnessCurve::kStepDb * static_cast<float>(p));
    for (std::size_t op = 0; op < 4; ++op) {
      EXPECT_NEAR(level_db(controls, op), static_cast<double>(curve.level_db[p][op]), 0.1)
          << "point " << p << ", operator " << op + 1;
    }
  }
}

TEST_F(LiveModel, IsAsLoudAsPlayedAndDarkerWhenSofter) {
  load(kKeyHz);
  std::vector<double> index;
  for (const float played_db : {-18.0F, -27.0F, -36.0F, -58.0F, -74.0F}) {
    const Controls controls = at(played_db);
    FmVoice fm;
    fm.prepare(kAnalysisRateHz);
    fm.reset();
    LoudnessMeter meter;
    std::array<float, kHopSamples> hop{};
    double power = 0;
    for (int frame = 0; frame < 100; ++frame) {
      fm.render(controls, model.synth.patch, hop);
      meter.push(hop);
      if (frame < 50) continue;
      const float db = meter.level_db(static_cast<float>(kAnalysisRateHz / kKeyHz));
      power += std::pow(10.0, static_cast<double>(db) / 10) / 50;
    }
    EXPECT_NEAR(10 * std::log10(power), static_cast<double>(played_db), 1.5);
    index.push_back(static_cast<double>(controls.level[1]));
  }
  for (std::size_t i = 1; i < 3; ++i) EXPECT_LT(index[i], 0.8 * index[i - 1]);
}

TEST_F(LiveModel, RatiosCountFromThePlayedPitchAndKeysLetItRing) {
  load(2 * kKeyHz);
  EXPECT_NEAR(model.synth.patch.ratio[0], 0.5, 1e-4);
  EXPECT_NEAR(model.synth.patch.ratio[1], 0.5 * 3 * 1.5, 1e-3);
  EXPECT_FLOAT_EQ(curve.keys.sustain_db, -40);
  EXPECT_GT(curve.keys.decay_ms, 200);
  EXPECT_LT(curve.keys.attack_ms, 40);
}

TEST_F(LiveModel, DoesNotWriteBeyondItsRoom) {
  load(kKeyHz);
  std::vector<std::byte> small(used - 1, std::byte{7});
  EXPECT_EQ(write_live_model(bell(), kKey, kKeyHz, curve, "b", std::span(small).first(64)), 0U);
  EXPECT_EQ(small[64], std::byte{7});
}

}  // namespace
}  // namespace sideband::match
