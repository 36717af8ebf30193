#include "core/match/live_model.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/dx7/convert.h"
#include "core/dx7/curves.h"
#include "core/inference/feature_scaling.h"

namespace sideband::match {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr std::size_t kPoints = LoudnessCurve::kPoints;
constexpr std::size_t kHidden = kPoints;
constexpr double kNepersPerScaled = 80 * 0.11512925464970228;  // of a dB per dB; 80 dB to 1

double logit_of(float level_db) {
  const double share = std::clamp(std::pow(10.0, static_cast<double>(level_db) / 20), 3e-5, 0.995);
  return std::log(share / (1 - share));
}

float scaled(std::size_t point) {  // quietest first
  const float db =
      kLoudestPlayedDb - LoudnessCurve::kStepDb * static_cast<float>(kPoints - 1 - point);
  return scale_features({.f0_hz = 440, .confidence = 1, .loudness_db = db}).loudness;
}

// In the order and shapes of the file: [out][in], kernel 1.
struct Weights {
  std::array<std::array<float, 2>, kHidden> conv1{};
  std::array<float, kHidden> conv1_bias{};
  std::array<std::array<float, kHidden>, kOperators> conv2{};
  std::array<float, kOperators> conv2_bias{};
  std::array<std::array<float, 2>, kOperators> skip{};
  std::array<float, kOperators> skip_bias{};  // zero: conv2's does for both
};

Weights weights_of(const LoudnessCurve& curve, const std::array<float, kOperators>& carrier) {
  Weights w;
  for (std::size_t h = 0; h < kHidden; ++h) {
    w.conv1[h][1] = 1;
    w.conv1_bias[h] = -scaled(h);
  }
  for (std::size_t op = 0; op < kOperators; ++op) {
    const auto logit = [&](std::size_t point) {
      const bool carries = carrier[op] > 0;
      const float share_db = carries ? 20 * std::log10(carrier[op]) : 0.0F;
      return logit_of(curve.level_db[kPoints - 1 - point][op] + share_db);
    };
    const double outside = carrier[op] > 0 ? kNepersPerScaled : 0;
    double slope = outside;
    w.skip[op][1] = static_cast<float>(slope);
    w.conv2_bias[op] = static_cast<float>(logit(0) - slope * static_cast<double>(scaled(0)));
    for (std::size_t h = 0; h < kHidden; ++h) {
      const double next = h + 1 < kPoints ? (logit(h + 1) - logit(h)) /
                                                static_cast<double>(scaled(h + 1) - scaled(h))
                                          : outside;
      w.conv2[op][h] = static_cast<float>(next - slope);
      slope = next;
    }
  }
  return w;
}

template <typename Values>
void numbers(Writer& json, const char* key, const Values& values) {
  json.Key(key);
  json.StartArray();
  for (const auto value : values) json.Double(static_cast<double>(value));
  json.EndArray();
}

void edge(Writer& json, std::size_t from, std::size_t to) {
  json.StartArray();
  json.Uint(static_cast<unsigned>(from + 1));
  json.Uint(static_cast<unsigned>(to + 1));
}

void describe_synth(Writer& json, const FmPatch& patch) {
  json.StartObject();
  json.Key("type");
  json.String("fm");
  numbers(json, "ratios", patch.ratio);
  for (const bool feedback : {false, true}) {
    json.Key(feedback ? "feedback" : "routing");
    json.StartArray();
    for (std::size_t to = 0; to < kOperators; ++to) {
      for (std::size_t from = 0; from < kOperators; ++from) {
        const float gain = patch.modulation[to][from];
        if (gain == 0 || feedback != (from <= to)) continue;
        edge(json, from, to);
        if (feedback) json.Double(static_cast<double>(gain));
        json.EndArray();
      }
    }
    json.EndArray();
  }
  json.Key("carriers");
  json.StartArray();
  for (std::size_t op = 0; op < kOperators; ++op) {
    if (patch.carrier[op] > 0) json.Uint(static_cast<unsigned>(op + 1));
  }
  json.EndArray();
  json.Key("i_max");
  json.Double(static_cast<double>(patch.i_max));
  json.EndObject();
}

rapidjson::StringBuffer metadata(const FmPatch& patch, std::string_view instrument) {
  rapidjson::StringBuffer text;
  Writer json(text);
  const auto text_of = [&](const char* key, std::string_view value) {
    json.Key(key);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  const auto number = [&](const char* key, int value) {
    json.Key(key);
    json.Int(value);
  };
  json.StartObject();
  number("format", 1);
  text_of("instrument", instrument);
  text_of("variant", "matched");
  number("sample_rate_hz", 16000);
  number("hop_samples", 64);
  json.Key("decoder");
  json.StartObject();
  text_of("type", "tcn");
  number("inputs", 2);
  number("hidden", static_cast<int>(kHidden));
  number("blocks", 1);
  number("kernel", 1);
  number("dilation_base", 2);
  json.Key("skips");
  json.StartArray();
  json.Bool(true);
  json.EndArray();
  number("outputs", static_cast<int>(kOperators));
  json.EndObject();
  json.Key("synth");
  describe_synth(json, patch);
  json.EndObject();
  return text;
}

struct Tensor {
  const char* name;
  std::array<std::size_t, 3> shape;  // 0: no such axis
  const float* values;
};

}  // namespace

std::size_t write_live_model(const dx7::Voice& voice, int midi_note, double played_hz,
                             const LoudnessCurve& curve, std::string_view instrument,
                             std::span<std::byte> bytes) {
  std::array<float, kOperators> peak{};
  FmPatch patch = dx7::to_patch(voice, midi_note, peak);
  const double key_hz = 440 * std::exp2((midi_note + voice.transpose - 24 - 69) / 12.0);
  for (float& ratio : patch.ratio) ratio *= static_cast<float>(key_hz / played_hz);
  const Weights w = weights_of(curve, patch.carrier);
  const std::array<Tensor, 6> tensors{{
      {"decoder.block.0.conv1.weight", {kHidden, 2, 1}, w.conv1[0].data()},
      {"decoder.block.0.conv1.bias", {kHidden, 0, 0}, w.conv1_bias.data()},
      {"decoder.block.0.conv2.weight", {kOperators, kHidden, 1}, w.conv2[0].data()},
      {"decoder.block.0.conv2.bias", {kOperators, 0, 0}, w.conv2_bias.data()},
      {"decoder.block.0.skip.weight", {kOperators, 2, 0}, w.skip[0].data()},
      {"decoder.block.0.skip.bias", {kOperators, 0, 0}, w.skip_bias.data()},
  }};
  const auto count_of = [](const Tensor& tensor) {
    std::size_t count = 1;
    for (const std::size_t axis : tensor.shape) count *= std::max<std::size_t>(axis, 1);
    return count;
  };
  rapidjson::StringBuffer header;
  Writer json(header);
  json.StartObject();
  json.Key("__metadata__");
  json.StartObject();
  json.Key("sideband");
  json.String(metadata(patch, instrument).GetString());
  json.EndObject();
  std::size_t data_bytes = 0;
  for (const Tensor& tensor : tensors) {
    json.Key(tensor.name);
    json.StartObject();
    json.Key("dtype");
    json.String("F32");
    json.Key("shape");
    json.StartArray();
    for (const std::size_t axis : tensor.shape) {
      if (axis > 0) json.Uint(static_cast<unsigned>(axis));
    }
    json.EndArray();
    json.Key("data_offsets");
    json.StartArray();
    json.Uint(static_cast<unsigned>(data_bytes));
    data_bytes += count_of(tensor) * sizeof(float);
    json.Uint(static_cast<unsigned>(data_bytes));
    json.EndArray();
    json.EndObject();
  }
  json.EndObject();
  const std::size_t header_bytes = (header.GetSize() + 7) / 8 * 8;  // the data stays aligned
  constexpr std::size_t kLengthBytes = 8;
  if (bytes.size() < kLengthBytes + header_bytes + data_bytes) return 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    bytes[i] = static_cast<std::byte>(static_cast<std::uint64_t>(header_bytes) >> (8 * i) & 255U);
  }
  std::byte* out = bytes.data() + kLengthBytes;
  std::memset(out, ' ', header_bytes);
  std::memcpy(out, header.GetString(), header.GetSize());
  out += header_bytes;
  for (const Tensor& tensor : tensors) {
    std::memcpy(out, tensor.values, count_of(tensor) * sizeof(float));
    out += count_of(tensor) * sizeof(float);
  }
  return kLengthBytes + header_bytes + data_bytes;
}

}  // namespace sideband::match
