// Opening model files: what is read from good ones, and the sentence with which each kind of bad
// one is refused.
#include "core/model.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/inference/decoder.h"
#include "core/util/json.h"
#include "tests/unit/inference/golden_files.h"

namespace sideband::test {
namespace {

std::vector<std::byte> to_bytes(const std::string& header, std::size_t data_bytes,
                                std::uint64_t header_bytes) {
  std::vector<std::byte> file(8 + header.size() + data_bytes);
  std::memcpy(file.data(), &header_bytes, 8);
  std::memcpy(file.data() + 8, header.data(), header.size());
  return file;
}

std::vector<std::byte> container(const std::string& header, std::size_t data_bytes = 0) {
  return to_bytes(header, data_bytes, header.size());
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

// A file whose metadata is `json` and whose tensors are of no interest.
std::vector<std::byte> with_metadata(const std::string& json) {
  return container(R"({"__metadata__":{"sideband":")" + escaped(json) + "\"}}");
}

struct Parsed {
  explicit Parsed(std::vector<std::byte> bytes) : file(std::move(bytes)), memory(8U << 20U) {
    Arena arena(memory);
    status = parse_model(file, arena, model);
  }
  std::vector<std::byte> file;
  std::vector<std::byte> memory;
  Model model;
  Status status;
};

const std::string kGood =
    R"({"format":1,"instrument":"violin","variant":"full","sample_rate_hz":16000,"hop_samples":64,)"
    R"("decoder":{"type":"tcn","inputs":2,"hidden":128,"blocks":5,"kernel":3,"dilation_base":2,)"
    R"("skips":[true,true,false,true,true],"outputs":6},)"
    R"("synth":{"type":"fm","ratios":[1,1,1,1,3,14],"routing":[[6,5],[5,4],[4,3],[2,1]],)"
    R"("carriers":[1,3],"i_max":2.0106193},"training":{"note":"café \"quoted\"","steps":[1,[2,{}]]}})";

// kGood with one piece replaced.
std::string edited(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

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

struct BadCase {
  std::string message;
  std::vector<std::byte> file;
};

void PrintTo(const BadCase& bad, std::ostream* out) {
  *out << bad.message;
}

class BadModel : public testing::TestWithParam<BadCase> {};

TEST_P(BadModel, IsRefusedWithItsSentence) {
  const Parsed parsed(GetParam().file);
  EXPECT_FALSE(parsed.status.ok());
  EXPECT_EQ(parsed.status.message(), GetParam().message);
}

std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
         offsets + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Container, BadModel,
    testing::Values(
        BadCase{"not a safetensors file: it has only 5 bytes", std::vector<std::byte>(5)},
        BadCase{"not a safetensors file, or one with a header of more than 65536 bytes",
                to_bytes("{}", 70000, 70000)},
        BadCase{"not a safetensors file, or one with a header of more than 65536 bytes",
                to_bytes("{}", 0, ~0ULL)},
        BadCase{"the file is truncated: its header should have 300 bytes, but only 2 follow",
                to_bytes("{}", 0, 300)},
        BadCase{"not a safetensors file: its header is not a JSON object", container("{\"a\":")},
        BadCase{"not a safetensors file: its header is not a JSON object", container("[1,2]")},
        BadCase{"not a safetensors file: its header is not a JSON object", container("{} {}")},
        BadCase{"not a safetensors file: its header is not a JSON object",
                container(std::string("{}\0{}", 5))},
        BadCase{"not a safetensors file: its header is not a JSON object", container("")},
        BadCase{"tensor 'a' is not described by a JSON object", container("{\"a\":1}")},
        BadCase{"tensor 'a' has no dtype", container(R"({"a":{}})")},
        BadCase{"tensor 'a' has the unknown dtype 'F64' (F32, F16 and I8 can be read)",
                container("{" + tensor("a", "F64", "[1]", "[0,8]") + "}", 8)},
        BadCase{"tensor 'a' has no shape of at most 4 dimensions",
                container("{" + tensor("a", "F32", "[1,1,1,1,1]", "[0,4]") + "}", 4)},
        BadCase{"tensor 'a' has an impossible shape",
                container("{" + tensor("a", "F32", "[-1]", "[0,4]") + "}", 4)},
        BadCase{"tensor 'a' has an impossible shape",
                container("{" + tensor("a", "F32", "[2147483647,2147483647,4]", "[0,4]") + "}", 4)},
        BadCase{"tensor 'a' has no pair of data_offsets",
                container("{" + tensor("a", "F32", "[1]", "[0]") + "}", 4)},
        BadCase{"tensor 'a' has no pair of data_offsets",
                container("{" + tensor("a", "F32", "[1]", "[-4,0]") + "}", 4)},
        BadCase{"tensor 'a' ends before it begins",
                container("{" + tensor("a", "F32", "[1]", "[4,0]") + "}", 4)},
        BadCase{
            "the file is truncated: tensor 'a' ends at byte 8 of the data, but only 4 bytes are "
            "there",
            container("{" + tensor("a", "F32", "[2]", "[0,8]") + "}", 4)},
        BadCase{"tensor 'a' takes 8 bytes, but its shape asks for 4",
                container("{" + tensor("a", "F32", "[1]", "[0,8]") + "}", 8)},
        BadCase{"tensor 'a' appears twice",
                container("{" + tensor("a", "F32", "[1]", "[0,4]") + "," +
                              tensor("a", "F32", "[1]", "[4,8]") + "}",
                          8)},
        BadCase{"tensors 'a' and 'b' overlap",
                container("{" + tensor("a", "F32", "[2]", "[0,8]") + "," +
                              tensor("b", "F32", "[2]", "[4,12]") + "}",
                          12)},
        BadCase{"8 bytes of the file belong to no tensor",
                container("{" + tensor("a", "F32", "[1]", "[4,8]") + "}", 12)},
        BadCase{"the header's __metadata__ is not a JSON object",
                container(R"({"__metadata__":[]})")},
        BadCase{"metadata 'k' is not a text", container(R"({"__metadata__":{"k":1}})")},
        BadCase{"the file has no 'sideband' metadata: it is not a Sideband model",
                container(R"({"__metadata__":{"format":"pt"}})")}));

INSTANTIATE_TEST_SUITE_P(
    Metadata, BadModel,
    testing::Values(
        BadCase{"the model's 'sideband' metadata is not a JSON object", with_metadata("{")},
        BadCase{"the model's 'sideband' metadata is not a JSON object", with_metadata("")},
        BadCase{"the model's 'sideband' metadata is not a JSON object", with_metadata("3")},
        BadCase{"the model's metadata lacks the number 'format'", with_metadata("{}")},
        BadCase{"the model has the unknown format 2 (format 1 can be read)",
                with_metadata(edited("\"format\":1", "\"format\":2"))},
        BadCase{"the model's metadata lacks the text 'instrument'",
                with_metadata(edited("\"violin\"", "1"))},
        BadCase{"the model's 'sample_rate_hz' must be a whole number from 16000 to 16000",
                with_metadata(edited("16000", "44100"))},
        BadCase{"the model's 'hop_samples' must be a whole number from 64 to 64",
                with_metadata(edited("\"hop_samples\":64", "\"hop_samples\":\"64\""))},
        BadCase{"the model's decoder has the unknown type 'lstm'",
                with_metadata(edited("\"tcn\"", "\"lstm\""))},
        BadCase{"the model's metadata lacks 'kernel'", with_metadata(edited("\"kernel\":3,", ""))},
        BadCase{"the model's 'blocks' must be a whole number from 1 to 8",
                with_metadata(edited("\"blocks\":5", "\"blocks\":9"))},
        BadCase{"the model's 'inputs' must be a whole number from 2 to 2",
                with_metadata(edited("\"inputs\":2", "\"inputs\":3"))},
        BadCase{"the model's dilation grows beyond 4096 frames",
                with_metadata(edited("\"dilation_base\":2", "\"dilation_base\":16"))},
        BadCase{"the model's 'skips' must list true or false for each of its 5 blocks",
                with_metadata(edited("[true,true,false,true,true]", "[true]"))},
        BadCase{"the model's 'skips' must list true or false for each block",
                with_metadata(edited("[true,true,false,true,true]", "[1,1,1,1,1]"))},
        BadCase{"the model's decoder has 7 outputs, but its synth needs 6",
                with_metadata(edited("\"outputs\":6", "\"outputs\":7"))},
        BadCase{"the model's synth has the unknown type 'am'",
                with_metadata(edited("\"fm\"", "\"am\""))},
        BadCase{"the model's synth is harmonic_noise, so its decoder must be of type 'gru'",
                with_metadata(edited("\"fm\"", "\"harmonic_noise\""))},
        BadCase{"the model's 'ratios' must list 1 to 6 numbers",
                with_metadata(edited("[1,1,1,1,3,14]", "[1,1,1,1,1,1,1]"))},
        BadCase{"the model's 'ratios' must be a number above 0 and up to 1000.000",
                with_metadata(edited("[1,1,1,1,3,14]", "[1,1,1,1,0,1]"))},
        BadCase{"the model's 'ratios' must be a number above 0 and up to 1000.000",
                with_metadata(edited("[1,1,1,1,3,14]", "[1,1,1,1,1e300,1]"))},
        BadCase{"the model's 'routing' must hold [from, to] with operators from 1 to 6",
                with_metadata(edited("[6,5]", "[7,5]"))},
        BadCase{"the model's 'routing' must hold [from, to] with operators from 1 to 6",
                with_metadata(edited("[6,5]", "[6]"))},
        BadCase{"the model's 'feedback' must hold [from, to, gain] with operators from 1 to 6",
                with_metadata(edited("\"carriers\"", "\"feedback\":[6,6],\"carriers\""))},
        BadCase{"the model's 'carriers' must be operators from 1 to 6",
                with_metadata(edited("[1,3]", "[1,0]"))},
        BadCase{"the model's 'carriers' must list at least one operator",
                with_metadata(edited("[1,3]", "[]"))},
        BadCase{"the model's synth lacks 'i_max'",
                with_metadata(edited(",\"i_max\":2.0106193", ""))},
        BadCase{"the model's 'i_max' must be a number above 0 and up to 1000.000",
                with_metadata(edited("2.0106193", "-1"))}));

// Tensors: what Decoder::prepare refuses, on a golden model with one tensor changed.
Status prepare_with(void (*change)(std::vector<TensorView>&)) {
  const Parsed parsed(read_golden_bytes("tcn_i8.model.safetensors"));
  EXPECT_TRUE(parsed.status.ok()) << parsed.status.message();
  std::vector<TensorView> tensors(parsed.model.tensors().begin(), parsed.model.tensors().end());
  change(tensors);
  std::vector<std::byte> memory(4U << 20U);
  Arena arena(memory);
  Decoder decoder;
  return decoder.prepare(parsed.model.decoder, tensors, arena);
}

TensorView& named(std::vector<TensorView>& tensors, std::string_view name) {
  for (TensorView& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  ADD_FAILURE() << name;
  return tensors.front();
}

TEST(ModelTensors, AsStoredAreAccepted) {
  const Status status = prepare_with([](std::vector<TensorView>&) {});
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST(ModelTensors, MissingIsRefused) {
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    named(tensors, "decoder.block.1.conv2.bias").name = "reverb.impulse";
  });
  EXPECT_EQ(status.message(), "the model lacks the tensor 'decoder.block.1.conv2.bias'");
}

TEST(ModelTensors, ExtraIsRefused) {
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    tensors.push_back(tensors.front());
    tensors.back().name = "decoder.block.2.conv1.weight";
  });
  EXPECT_EQ(status.message(),
            "the model has a tensor its decoder does not know: 'decoder.block.2.conv1.weight'");
}

TEST(ModelTensors, MisshapenIsRefused) {
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    std::swap(named(tensors, "decoder.block.0.conv1.weight").shape[0],
              named(tensors, "decoder.block.0.conv1.weight").shape[1]);
  });
  EXPECT_EQ(status.message(),
            "tensor 'decoder.block.0.conv1.weight' has the shape [2, 16, 3] instead of [16, 2, 3]");
}

TEST(ModelTensors, IntegersWithoutScaleAreRefused) {
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    named(tensors, "decoder.block.1.skip.weight.scale").name = "reverb.impulse";
  });
  EXPECT_EQ(status.message(),
            "the I8 tensor 'decoder.block.1.skip.weight' lacks an F32 tensor "
            "'decoder.block.1.skip.weight.scale' with 6 values");
}

TEST(ModelTensors, WhatIsNotFiniteIsRefused) {
  static const float infinities[16] = {1, 2, 3, 4, 5, 6, 7, -HUGE_VALF};
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    named(tensors, "decoder.block.1.conv1.bias").data = std::as_bytes(std::span(infinities));
  });
  EXPECT_EQ(status.message(), "tensor 'decoder.block.1.conv1.bias' has a value that is not finite");
}

TEST(ModelTensors, HalvesThatAreNotFiniteAreRefused) {
  static std::uint16_t halves[16] = {0, 0, 0x7E00};
  const Status status = prepare_with([](std::vector<TensorView>& tensors) {
    TensorView& tensor = named(tensors, "decoder.block.1.conv1.bias");
    tensor.type = DataType::kF16;
    tensor.data = std::as_bytes(std::span(halves));
  });
  EXPECT_EQ(status.message(), "tensor 'decoder.block.1.conv1.bias' has a value that is not finite");
}

// Damage anywhere must end in a sentence or in a model, never in a crash (the sanitizers watch).
TEST(ModelDamage, IsSurvived) {
  const std::vector<std::byte> good = read_golden_bytes("tcn_identity_skips.model.safetensors");
  std::uint64_t header = 0;
  std::memcpy(&header, good.data(), sizeof(header));
  std::vector<std::byte> memory(1U << 20U);
  std::mt19937 random(7);
  const std::string junk = "[]{}\",:\\0123456789-eEtfnul \x01\xff";
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::byte> bad = good;
    const int edits = 1 + static_cast<int>(random() % 6);
    for (int e = 0; e < edits; ++e) {
      bad[random() % (8 + header)] = static_cast<std::byte>(junk[random() % junk.size()]);
    }
    if (round % 3 == 0) bad.resize(random() % bad.size());
    Arena arena(memory);
    Model model;
    Decoder decoder;
    Status status = parse_model(bad, arena, model);
    if (status.ok()) status = decoder.prepare(model.decoder, model.tensors(), arena);
    EXPECT_EQ(status.ok(), status.message().empty());
  }
}

// The texts that take the most memory to parse for their length.
TEST(ModelDamage, DenseJsonFitsItsScratch) {
  for (const std::string unit :
       {"1,", "\"\",", "[],", "{\"\":1},", "\"12345678901234\",", "[[[]]],"}) {
    for (const std::size_t size : {20U, 100U, 700U, 1000U, 3333U, 60000U}) {
      std::string text = "{\"a\":[";
      while (text.size() < size) text += unit;
      text += "0]}";
      std::vector<char> copy(text.begin(), text.end());
      copy.push_back(0);
      std::vector<std::byte> plenty(8 * json_scratch_bytes(copy.size()));
      JsonMemory memory(plenty);
      JsonDocument document(&memory, 1024, &memory);
      ASSERT_TRUE(parse_json_in_place(copy, document)) << unit;
      EXPECT_LE(memory.used_bytes(), json_scratch_bytes(text.size())) << unit << size;
      const Parsed parsed(container(text));
      EXPECT_EQ(parsed.status.message(), "tensor 'a' is not described by a JSON object");
    }
  }
}

TEST(ModelDamage, DeepJsonIsRefused) {
  for (const std::string unit : {"[", "{\"\":"}) {
    for (const std::size_t size : {100U, 60000U}) {
      std::string text;
      while (text.size() < size) text += unit;
      const Parsed parsed(container(text));
      EXPECT_EQ(parsed.status.message(), "not a safetensors file: its header is not a JSON object");
    }
  }
  EXPECT_TRUE(json_depth_is_sane(std::string(32, '[')));
  EXPECT_FALSE(json_depth_is_sane(std::string(33, '[')));
  EXPECT_TRUE(
      json_depth_is_sane("\"" + std::string(99, '[') + "\\\"" + std::string(99, '[') + "\""));
}

}  // namespace
}  // namespace sideband::test
