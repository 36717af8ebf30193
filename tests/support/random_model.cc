#include "tests/support/random_model.h"

#include <cstring>

namespace sideband::test {
namespace {

// Tensors gathered in file order; the header is written once all are known.
class SafetensorsWriter {
 public:
  void add(const std::string& name, const std::vector<int>& shape,
           const std::vector<float>& values) {
    std::string dimensions;
    for (const int size : shape) {
      dimensions += (dimensions.empty() ? "" : ",") + std::to_string(size);
    }
    const std::size_t begin = data_.size() * sizeof(float);
    data_.insert(data_.end(), values.begin(), values.end());
    header_.append(",\"").append(name).append(R"(":{"dtype":"F32","shape":[)").append(dimensions);
    header_.append(R"(],"data_offsets":[)").append(std::to_string(begin)).append(",");
    header_.append(std::to_string(data_.size() * sizeof(float))).append("]}");
  }

  std::vector<std::byte> finish(const std::string& metadata_json) const {
    std::string escaped;
    for (const char c : metadata_json) {
      if (c == '"') escaped += '\\';
      escaped += c;
    }
    std::string header = R"({"__metadata__":{"sideband":")";
    header.append(escaped).append("\"}").append(header_).append("}");
    while (header.size() % 8 != 0) header += ' ';
    const std::uint64_t header_bytes = header.size();
    std::vector<std::byte> file(8 + header.size() + data_.size() * sizeof(float));
    std::memcpy(file.data(), &header_bytes, 8);
    std::memcpy(file.data() + 8, header.data(), header.size());
    std::memcpy(file.data() + 8 + header.size(), data_.data(), data_.size() * sizeof(float));
    return file;
  }

 private:
  std::string header_;
  std::vector<float> data_;
};

class RandomValues {
 public:
  explicit RandomValues(std::uint32_t seed) : state_(seed * 2654435761U + 1U) {}

  std::vector<float> take(std::size_t count, float scale) {
    std::vector<float> values(count);
    for (float& value : values) {
      state_ = state_ * 1664525U + 1013904223U;
      value = scale * (static_cast<float>(state_ >> 8U) / 8388608.0F - 1.0F);
    }
    return values;
  }

 private:
  std::uint32_t state_;
};

}  // namespace

std::vector<std::byte> random_model(const RandomModelOptions& options) {
  SafetensorsWriter writer;
  RandomValues random(options.seed);
  const bool noise = options.synth == "fm_noise";
  const int outputs = noise ? 71 : 6;
  std::string skips;
  for (int b = 0; b < options.blocks; ++b) {
    const int in = b == 0 ? 2 : options.hidden;
    const int out = b + 1 == options.blocks ? outputs : options.hidden;
    const std::string block = "decoder.block." + std::to_string(b) + ".";
    const auto add = [&](const std::string& name, std::vector<int> shape) {
      std::size_t count = 1;
      for (const int size : shape) count *= static_cast<std::size_t>(size);
      writer.add(block + name, shape, random.take(count, options.weight_scale));
    };
    add("conv1.weight", {options.hidden, in, 3});
    add("conv1.bias", {options.hidden});
    add("conv2.weight", {out, options.hidden, 3});
    add("conv2.bias", {out});
    add("skip.weight", {out, in});
    add("skip.bias", {out});
    skips += b == 0 ? "true" : ",true";
  }
  if (options.reverb) {
    std::vector<float> impulse = random.take(4000, 0.02F);
    impulse[0] = 1;
    writer.add("reverb.impulse", {4000}, impulse);
  }
  return writer.finish(
      R"({"format":1,"instrument":")" + options.instrument +
      R"(","variant":"random","sample_rate_hz":16000,"hop_samples":64,"decoder":{"type":"tcn","inputs":2,"hidden":)" +
      std::to_string(options.hidden) + R"(,"blocks":)" + std::to_string(options.blocks) +
      R"(,"kernel":3,"dilation_base":2,"skips":[)" + skips + R"(],"outputs":)" +
      std::to_string(outputs) + R"(},"synth":{"type":")" + options.synth +
      R"(","ratios":[1,1,1,1,3,14],"routing":[[6,5],[5,4],[4,3],[2,1]],"carriers":[1,3],"i_max":2.0106193)" +
      (noise ? R"(,"noise_bands":65)" : "") + "}}");
}

}  // namespace sideband::test
