// Opening model files: what is read from good ones.
#include "core/model.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tests/unit/inference/golden_files.h"
#include "tests/unit/inference/model_files.h"

namespace sideband::test {
namespace {

TEST(Model, ReadsAllOfAnFmModel) {
  const Parsed parsed(with_metadata(kGood));
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  const Model& model = parsed.model;
  EXPECT_EQ(model.instrument, "violin");
  EXPECT_EQ(model.variant, "full");
  EXPECT_EQ(model.decoder.type, DecoderType::kTcn);
  EXPECT_EQ(model.decoder.hidden, 128);
  EXPECT_EQ(model.decoder.blocks, 5);
  EXPECT_EQ(model.decoder.kernel, 3);
  EXPECT_EQ(model.decoder.dilation_base, 2);
  EXPECT_EQ(model.decoder.outputs, 6);
  EXPECT_EQ(model.decoder.levels, 6);
  EXPECT_EQ(model.decoder.noise_bands, 0);
  EXPECT_EQ(model.decoder.i_max, 2.0106193F);
  const std::array<bool, kMaxTcnBlocks> skips{true, true, false, true, true};
  EXPECT_EQ(model.decoder.skips, skips);
  EXPECT_EQ(model.synth.type, SynthType::kFm);
  const FmPatch& patch = model.synth.patch;
  EXPECT_EQ(patch.ratio, (std::array<float, 6>{1, 1, 1, 1, 3, 14}));
  EXPECT_EQ(patch.carrier, (std::array<float, 6>{1, 0, 1, 0, 0, 0}));
  EXPECT_EQ(patch.i_max, 2.0106193F);
  float edges = 0;
  for (const auto& row : patch.modulation) {
    for (const float gain : row) edges += gain;
  }
  EXPECT_EQ(edges, 4.0F);
  EXPECT_EQ(patch.modulation[4][5], 1.0F);  // 6 > 5
  EXPECT_EQ(patch.modulation[3][4], 1.0F);
  EXPECT_EQ(patch.modulation[2][3], 1.0F);
  EXPECT_EQ(patch.modulation[0][1], 1.0F);
}

TEST(Model, ReadsTheLoudnessItWasTrainedOnWhereTheFileSays) {
  const Parsed silent(with_metadata(kGood));
  EXPECT_EQ(silent.model.quiet_db, silent.model.loud_db);
  const auto with_range = [](const std::string& range) {
    return with_metadata(
        edited(R"("training":)", R"("loudness_range_db":)" + range + R"(,"training":)"));
  };
  const Parsed said(with_range("[-51.5,-19]"));
  ASSERT_TRUE(said.status.ok()) << said.status.message();
  EXPECT_EQ(said.model.quiet_db, -51.5F);
  EXPECT_EQ(said.model.loud_db, -19.0F);
  for (const char* bad : {"[-19,-51.5]", "[-20,-20]", "[-20]", "-20", "[\"a\",-20]", "[-1e9,0]"}) {
    const Parsed refused(with_range(bad));
    EXPECT_NE(refused.status.message().find("loudness_range_db"), std::string_view::npos) << bad;
  }
}

TEST(Model, ReadsNoiseAndFewerOperatorsAndFeedback) {
  std::string text = edited(R"("type":"fm","ratios":[1,1,1,1,3,14])",
                            R"("type":"fm_noise","noise_bands":65,"ratios":[1,1.5])");
  const auto replace = [&text](const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
  };
  replace("[[6,5],[5,4],[4,3],[2,1]]", R"([[2,1]],"feedback":[2,2,0.75])");
  replace(R"("carriers":[1,3])", R"("carriers":[1])");
  replace(R"("outputs":6)", R"("outputs":67)");
  const Parsed parsed(with_metadata(text));
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  EXPECT_EQ(parsed.model.synth.type, SynthType::kFmNoise);
  EXPECT_EQ(parsed.model.decoder.levels, 2);
  EXPECT_EQ(parsed.model.decoder.noise_bands, 65);
  EXPECT_EQ(parsed.model.synth.noise_bands, 65);
  EXPECT_EQ(parsed.model.synth.patch.ratio[1], 1.5F);
  EXPECT_EQ(parsed.model.synth.patch.ratio[2], 1.0F);
  EXPECT_EQ(parsed.model.synth.patch.modulation[0][1], 1.0F);
  EXPECT_EQ(parsed.model.synth.patch.modulation[1][1], 0.75F);
  EXPECT_EQ(parsed.model.synth.patch.carrier[2], 0.0F);
}

TEST(Model, ReadsHarmonicNoise) {
  const Parsed parsed(read_golden_bytes("gru_few_harmonics.model.safetensors"));
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  EXPECT_EQ(parsed.model.decoder.type, DecoderType::kGru);
  EXPECT_EQ(parsed.model.decoder.hidden, 6);
  EXPECT_EQ(parsed.model.decoder.harmonics, 20);
  EXPECT_EQ(parsed.model.decoder.levels, 0);
  EXPECT_EQ(parsed.model.synth.type, SynthType::kHarmonicNoise);
  EXPECT_EQ(parsed.model.synth.harmonics, 20);
  EXPECT_EQ(parsed.model.synth.noise_bands, 65);
}

TEST(Model, ReadsTheReverbWhereverItLies) {
  const std::string metadata = R"("__metadata__":{"sideband":")" + escaped(kGood) + "\"},";
  for (const bool half : {false, true}) {
    for (std::size_t shift = 0; shift < 8; ++shift) {
      const std::string header = "{" + metadata + R"("reverb.impulse":{"dtype":")" +
                                 (half ? "F16" : "F32") + R"(","shape":[3],"data_offsets":[0,)" +
                                 (half ? "6" : "12") + "]}}";
      std::vector<std::byte> file = container(header, half ? 6 : 12);
      const float singles[3] = {1.0F, -0.5F, 0.25F};
      const std::uint16_t halves[3] = {0x3C00, 0xB800, 0x3400};
      std::byte* data = file.data() + 8 + header.size();
      if (half) {
        std::memcpy(data, halves, 6);
      } else {
        std::memcpy(data, singles, 12);
      }
      std::vector<std::byte> shifted(shift);
      shifted.insert(shifted.end(), file.begin(), file.end());
      std::vector<std::byte> memory(1U << 20U);
      Arena arena(memory);
      Model model;
      const Status status = parse_model(std::span(shifted).subspan(shift), arena, model);
      ASSERT_TRUE(status.ok()) << status.message();
      const auto impulse = model.synth.reverb_impulse;
      ASSERT_EQ(impulse.size(), 3U);
      EXPECT_EQ(impulse[0], 1.0F);
      EXPECT_EQ(impulse[1], -0.5F);
      EXPECT_EQ(impulse[2], 0.25F);
    }
  }
}

}  // namespace
}  // namespace sideband::test
