// The reverb against direct convolution; latency, edits, silence.
#include "core/synth/reverb.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "core/util/rng.h"
#include "tests/unit/synth/fm_reference.h"

namespace sideband {
namespace {

// Noise that dies away, as trained impulses do.
std::vector<float> room(std::size_t length, double dies_in_seconds, float level = 0.05F) {
  std::vector<float> impulse(length);
  Rng rng(11);
  for (std::size_t n = 0; n < length; ++n) {
    const double time = static_cast<double>(n) / 16000;
    impulse[n] = level * rng.uniform() * static_cast<float>(std::exp(-7 * time / dies_in_seconds));
  }
  impulse[0] = 1;
  return impulse;
}

struct LoadedReverb {
  LoadedReverb(const std::vector<float>& impulse, int rate_hz) : impulse_(impulse) {
    EXPECT_TRUE(reverb.prepare(impulse_, rate_hz, arena_));
    while (reverb.load_step()) ++steps;
    reverb.reset();
  }
  std::vector<float> run(std::vector<float> samples, std::size_t block, float wet = 1,
                         float decay = 1) {
    for (std::size_t start = 0; start < samples.size(); start += block) {
      reverb.process(std::span(samples).subspan(start, std::min(block, samples.size() - start)),
                     wet, decay);
    }
    return samples;
  }
  Reverb reverb;
  int steps = 0;

 private:
  std::vector<float> impulse_;
  std::vector<std::byte> memory_ = std::vector<std::byte>(8U << 20U);
  Arena arena_{memory_};
};

std::vector<float> bursts(std::size_t length) {
  std::vector<float> samples(length);
  Rng rng(2);
  for (std::size_t n = 0; n < length; ++n) {
    samples[n] = n % 9000 < 5000 ? rng.uniform() : 0.0F;
  }
  return samples;
}

std::vector<double> convolve(const std::vector<float>& x, const std::vector<float>& h) {
  std::vector<double> y(x.size());
  for (std::size_t m = 0; m < h.size(); ++m) {
    const double tap = h[m];
    for (std::size_t n = m; n < x.size(); ++n) y[n] += tap * static_cast<double>(x[n - m]);
  }
  return y;
}

TEST(Reverb, EqualsDirectConvolutionAt16kHz) {
  const std::vector<float> in = bursts(20000);
  for (const std::size_t length : {2U, 100U, 128U, 129U, 256U, 257U, 1000U, 16000U}) {
    const std::vector<float> impulse = room(length, 1);
    const std::vector<double> expected = convolve(in, impulse);
    for (const std::size_t block : {64U, 1U, 177U, 1000U}) {
      if (block == 1 && length > 300) continue;
      LoadedReverb loaded(impulse, 16000);
      const double error = test::error_db(loaded.run(in, block), expected);
      EXPECT_LE(error, -100) << length << " taps, blocks of " << block;
    }
  }
}

TEST(Reverb, TheBlockSizeCannotBeHeard) {
  const std::vector<float> in = bursts(30000);
  LoadedReverb by_hop(room(16000, 1), 48000);
  LoadedReverb by_sample(room(16000, 1), 48000);
  EXPECT_EQ(by_hop.run(in, 192), by_sample.run(in, 31));
}

TEST(Reverb, HasNoLatencyAndKeepsTheDryPathExact) {
  for (const int rate_hz : {16000, 44100, 48000, 96000}) {
    LoadedReverb loaded(room(8000, 0.5), rate_hz);
    std::vector<float> in(2000);
    in[0] = 0.5F;
    const std::vector<float> dry = loaded.run(in, 100, 0);
    EXPECT_EQ(dry, in) << rate_hz;
    loaded.reverb.reset();
    const std::vector<float> wet = loaded.run(in, 100, 1);
    EXPECT_NEAR(wet[0], 0.5F, 0.03F) << rate_hz;
    EXPECT_NE(wet[1], 0.0F) << rate_hz;
  }
}

TEST(Reverb, SoundsTheSameAtEveryRate) {
  // A tone's steady gain is the impulse's frequency response, whatever the rate.
  const std::vector<float> impulse = room(6000, 0.3);
  for (const double frequency : {200.0, 1234.0, 5000.0}) {
    double re = 0;
    double im = 0;
    for (std::size_t m = 0; m < impulse.size(); ++m) {
      const double radians = 2 * std::numbers::pi * frequency / 16000 * static_cast<double>(m);
      re += static_cast<double>(impulse[m]) * std::cos(radians);
      im -= static_cast<double>(impulse[m]) * std::sin(radians);
    }
    const double expected = std::hypot(re, im);
    for (const int rate_hz : {8000, 16000, 44100, 48000, 96000}) {
      if (frequency > 0.4 * rate_hz) continue;
      LoadedReverb loaded(impulse, rate_hz);
      std::vector<float> tone(static_cast<std::size_t>(rate_hz));
      for (std::size_t n = 0; n < tone.size(); ++n) {
        tone[n] = static_cast<float>(
            std::sin(2 * std::numbers::pi * frequency * static_cast<double>(n) / rate_hz));
      }
      const std::vector<float> out = loaded.run(tone, 200);
      double energy = 0;
      for (std::size_t n = out.size() / 2; n < out.size(); ++n) {
        energy += static_cast<double>(out[n]) * static_cast<double>(out[n]);
      }
      const double gain = std::sqrt(4 * energy / static_cast<double>(out.size()));
      EXPECT_NEAR(20 * std::log10(gain / expected), 0, 0.1) << frequency << " Hz at " << rate_hz;
    }
  }
}

TEST(Reverb, DropsWhatNobodyHears) {
  std::vector<float> impulse = room(16000, 0.1);
  LoadedReverb loaded(impulse, 16000);
  EXPECT_LT(loaded.reverb.partitions(), 40);
  LoadedReverb whole(room(16000, 30), 16000);
  EXPECT_EQ(whole.reverb.partitions(), 125);
  EXPECT_EQ(whole.steps + 1, whole.reverb.partitions());
  LoadedReverb none({1.0F}, 48000);
  EXPECT_EQ(none.reverb.partitions(), 0);
  const std::vector<float> in = bursts(500);
  EXPECT_EQ(none.run(in, 64), in);
}

TEST(Reverb, DecayShortensTheTail) {
  const std::vector<float> impulse = room(16000, 3);
  std::vector<float> in(14000);
  in[0] = 1;
  const auto energy_from = [](const std::vector<float>& samples, std::size_t from) {
    double energy = 0;
    for (std::size_t n = from; n < from + 1280; ++n) {
      energy += static_cast<double>(samples[n]) * static_cast<double>(samples[n]);
    }
    return energy;
  };
  LoadedReverb full(impulse, 16000);
  LoadedReverb shorter(impulse, 16000);
  const std::vector<float> long_tail = full.run(in, 64);
  const std::vector<float> short_tail = shorter.run(in, 64, 1, 0.5F);
  for (const std::size_t from : {1600U, 4800U, 9600U}) {
    const double lost_db =
        10 * std::log10(energy_from(short_tail, from) / energy_from(long_tail, from));
    // The gain at the middle of the 80 ms looked at; partitions step by 0.48 dB.
    const double expected_db = 20 * std::log10(0.5) * (static_cast<double>(from) + 576) / 1600;
    EXPECT_NEAR(lost_db, expected_db, 0.5) << from;
  }
}

TEST(Reverb, EditsDoNotClick) {
  LoadedReverb loaded(room(16000, 2, 0.02F), 48000);
  std::vector<float> out;
  double phase = 0;
  for (int k = 0; k < 900; ++k) {
    std::vector<float> hop(192);
    for (float& sample : hop) {
      phase += 150.0 / 48000;
      sample = static_cast<float>(std::sin(2 * std::numbers::pi * phase));
    }
    loaded.reverb.process(hop, k >= 400 ? 0.2F : 2.0F, k >= 600 ? 0.05F : 1.0F);
    out.insert(out.end(), hop.begin(), hop.end());
  }
  const auto worst_bend = [&](int from_hop, int to_hop) {
    double worst = 0;
    for (auto n = static_cast<std::size_t>(from_hop) * 192;
         n < static_cast<std::size_t>(to_hop) * 192; ++n) {
      const double bend = static_cast<double>(out[n]) - 2.0 * static_cast<double>(out[n - 1]) +
                          static_cast<double>(out[n - 2]);
      worst = std::max(worst, std::abs(bend));
    }
    return worst;
  };
  EXPECT_LE(worst_bend(395, 410), 1.5 * worst_bend(350, 395));
  EXPECT_LE(worst_bend(595, 680), 1.5 * worst_bend(550, 595));
}

TEST(Reverb, FallsSilentAndForgetsNonsense) {
  LoadedReverb loaded(room(4000, 0.5), 48000);
  std::vector<float> in(48000);
  for (std::size_t n = 0; n < 2000; ++n) in[n] = std::sin(0.1F * static_cast<float>(n));
  in[700] = std::numeric_limits<float>::quiet_NaN();
  in[800] = std::numeric_limits<float>::infinity();
  in[900] = 1e-39F;
  const std::vector<float> out = loaded.run(in, 192);
  for (std::size_t n = 2000; n < out.size(); ++n) ASSERT_TRUE(std::isfinite(out[n])) << n;
  for (std::size_t n = 30000; n < out.size(); ++n) ASSERT_EQ(out[n], 0.0F) << n;
}

}  // namespace
}  // namespace sideband
