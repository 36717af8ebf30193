// The sentence with which each kind of bad model file is refused.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "core/model.h"
#include "tests/unit/inference/model_files.h"

namespace sideband::test {
namespace {

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
        BadCase{"tensor 'a' has the unknown dtype 'F64' (F32, F16, I8 and I16 can be read)",
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

}  // namespace
}  // namespace sideband::test
