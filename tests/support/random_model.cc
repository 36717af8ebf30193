#include "tests/support/random_model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "core/util/half.h"

namespace sideband::test {
namespace {

// Tensors gathered in file order; the header is written once all are known.
class SafetensorsWriter {
 public:
  SafetensorsWriter(DataType type, bool expanded) : type_(type), expanded_(expanded) {}

  // Matrices become narrow, vectors do not.
  void add(const std::string& name, const std::vector<int>& shape, std::vector<float> values) {
    if (shape.size() < 2 || type_ == DataType::kF32) return add_floats(name, shape, values);
    const std::size_t rows = static_cast<std::size_t>(shape[0]);
    const std::size_t width = values.size() / rows;
    std::vector<std::uint16_t> halves;
    std::vector<std::int8_t> bytes;
    std::vector<float> scales;
    for (std::size_t row = 0; row < rows; ++row) {
      float peak = 1e-9F;
      for (std::size_t i = 0; i < width; ++i)
        peak = std::max(peak, std::abs(values[row * width + i]));
      scales.push_back(peak / 127);
      for (std::size_t i = 0; i < width; ++i) {
        float& value = values[row * width + i];
        if (type_ == DataType::kF16) {
          halves.push_back(half_of_float(value));
          value = half_to_float(halves.back());
        } else {
          bytes.push_back(static_cast<std::int8_t>(std::lround(value / scales.back())));
          value = scales.back() * static_cast<float>(bytes.back());
        }
      }
    }
    if (expanded_) return add_floats(name, shape, values);
    if (type_ == DataType::kF16)
      return add_bytes(name, "F16", shape, std::as_bytes(std::span(halves)));
    add_bytes(name, "I8", shape, std::as_bytes(std::span(bytes)));
    add_floats(name + ".scale", {shape[0]}, scales);
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
    std::vector<std::byte> file(8 + header.size() + data_.size());
    std::memcpy(file.data(), &header_bytes, 8);
    std::memcpy(file.data() + 8, header.data(), header.size());
    std::copy(data_.begin(), data_.end(),
              file.begin() + 8 + static_cast<std::ptrdiff_t>(header.size()));
    return file;
  }

 private:
  void add_floats(const std::string& name, const std::vector<int>& shape,
                  const std::vector<float>& values) {
    add_bytes(name, "F32", shape, std::as_bytes(std::span(values)));
  }

  void add_bytes(const std::string& name, const std::string& type, const std::vector<int>& shape,
                 std::span<const std::byte> bytes) {
    std::string dimensions;
    for (const int size : shape) {
      dimensions += (dimensions.empty() ? "" : ",") + std::to_string(size);
    }
    const std::size_t begin = data_.size();
    data_.insert(data_.end(), bytes.begin(), bytes.end());
    header_.append(",\"").append(name).append(R"(":{"dtype":")").append(type);
    header_.append(R"(","shape":[)").append(dimensions);
    header_.append(R"(],"data_offsets":[)").append(std::to_string(begin)).append(",");
    header_.append(std::to_string(data_.size())).append("]}");
  }

  DataType type_;
  bool expanded_;
  std::string header_;
  std::vector<std::byte> data_;
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

class Filler {
 public:
  Filler(SafetensorsWriter& writer, const RandomModelOptions& options)
      : writer_(writer), random_(options.seed), scale_(options.weight_scale) {}

  void add(const std::string& name, const std::vector<int>& shape) {
    std::size_t count = 1;
    for (const int size : shape) count *= static_cast<std::size_t>(size);
    writer_.add(name, shape, random_.take(count, scale_));
  }
  void add_layer(const std::string& name, const std::vector<int>& shape) {
    add(name + ".weight", shape);
    add(name + ".bias", {shape[0]});
  }
  void add_mlp(const std::string& name, int inputs, int hidden) {
    for (int i = 0; i < 3; ++i) {
      const std::string layer = name + "." + std::to_string(i);
      add_layer(layer, {hidden, i == 0 ? inputs : hidden});
      writer_.add(layer + ".norm.weight", {hidden},
                  std::vector<float>(static_cast<std::size_t>(hidden), 1.0F));
      add(layer + ".norm.bias", {hidden});
    }
  }
  void add_reverb() {
    std::vector<float> impulse = random_.take(4000, 0.02F);
    impulse[0] = 1;
    writer_.add("reverb.impulse", {4000}, impulse);
  }

 private:
  SafetensorsWriter& writer_;
  RandomValues random_;
  float scale_;
};

// The tensors; what is returned is the metadata's entry "decoder".
std::string add_tcn(const RandomModelOptions& options, Filler& fill) {
  const int outputs = options.synth == "fm_noise" ? 71 : 6;
  std::string skips;
  for (int b = 0; b < options.blocks; ++b) {
    const int in = b == 0 ? 2 : options.hidden;
    const int out = b + 1 == options.blocks ? outputs : options.hidden;
    const std::string block = "decoder.block." + std::to_string(b) + ".";
    fill.add_layer(block + "conv1", {options.hidden, in, 3});
    fill.add_layer(block + "conv2", {out, options.hidden, 3});
    fill.add_layer(block + "skip", {out, in});
    skips += b == 0 ? "true" : ",true";
  }
  return R"({"type":"tcn","inputs":2,"hidden":)" + std::to_string(options.hidden) +
         R"(,"blocks":)" + std::to_string(options.blocks) +
         R"(,"kernel":3,"dilation_base":2,"skips":[)" + skips + R"(],"outputs":)" +
         std::to_string(outputs) + "}";
}

std::string add_gru(const RandomModelOptions& options, Filler& fill) {
  const int hidden = options.hidden;
  fill.add_mlp("decoder.in.pitch", 1, hidden);
  fill.add_mlp("decoder.in.loudness", 1, hidden);
  fill.add("decoder.gru.weight_ih", {3 * hidden, 2 * hidden});
  fill.add("decoder.gru.weight_hh", {3 * hidden, hidden});
  fill.add("decoder.gru.bias_ih", {3 * hidden});
  fill.add("decoder.gru.bias_hh", {3 * hidden});
  fill.add_mlp("decoder.out", hidden + 2, hidden);
  fill.add_layer("decoder.head.amplitude", {1, hidden});
  fill.add_layer("decoder.head.harmonic_distribution", {100, hidden});
  fill.add_layer("decoder.head.noise_bands", {65, hidden});
  return R"({"type":"gru","inputs":2,"hidden":)" + std::to_string(hidden) +
         R"(,"heads":{"amplitude":1,"harmonic_distribution":100,"noise_bands":65}})";
}

std::string synth_json(const std::string& synth) {
  if (synth == "harmonic_noise") {
    return R"({"type":"harmonic_noise","harmonics":100,"noise_bands":65})";
  }
  return R"({"type":")" + synth +
         R"(","ratios":[1,1,1,1,3,14],"routing":[[6,5],[5,4],[4,3],[2,1]],"carriers":[1,3],"i_max":2.0106193)" +
         (synth == "fm_noise" ? R"(,"noise_bands":65})" : "}");
}

}  // namespace

std::vector<std::byte> random_model(const RandomModelOptions& options) {
  SafetensorsWriter writer(options.weights, options.expanded);
  Filler fill(writer, options);
  const std::string decoder =
      options.synth == "harmonic_noise" ? add_gru(options, fill) : add_tcn(options, fill);
  if (options.reverb) fill.add_reverb();
  return writer.finish(
      R"({"format":1,"instrument":")" + options.instrument +
      R"(","variant":"random","sample_rate_hz":16000,"hop_samples":64,"decoder":)" + decoder +
      R"(,"synth":)" + synth_json(options.synth) + "}");
}

}  // namespace sideband::test
