#include "core/model.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/util/half.h"
#include "core/util/json.h"
#include "core/util/safetensors.h"
#include "core/util/timebase.h"

namespace sideband {
namespace {

constexpr int kFormat = 1;
constexpr int kMaxHidden = 2048;
constexpr int kMaxKernel = 16;
constexpr int kMaxDilation = 4096;
constexpr double kMaxRatio = 1000;
constexpr double kMaxLevelDb = 120;
constexpr double kMaxIndex = 1000;  // radians; far beyond what sounds like anything

Status read_int(const JsonValue& object, std::string_view name, int low, int high, int& out) {
  const JsonValue* value = json_member(object, name);
  if (value == nullptr) return Status::error("the model's metadata lacks '", name, "'");
  if (!value->IsInt() || value->GetInt() < low || value->GetInt() > high) {
    return Status::error("the model's '", name, "' must be a whole number from ", low, " to ",
                         high);
  }
  out = value->GetInt();
  return {};
}

Status read_text(const JsonValue& object, std::string_view name, std::string_view& out) {
  const JsonValue* value = json_member(object, name);
  if (value == nullptr || !value->IsString()) {
    return Status::error("the model's metadata lacks the text '", name, "'");
  }
  out = json_text(*value);
  return {};
}

// A finite number in (0, high].
Status read_positive(const JsonValue& value, std::string_view name, double high, float& out) {
  if (!value.IsNumber() || !(value.GetDouble() > 0) || value.GetDouble() > high) {
    return Status::error("the model's '", name, "' must be a number above 0 and up to ", high);
  }
  out = static_cast<float>(value.GetDouble());
  return {};
}

bool is_operator(const JsonValue& value, int operators) {
  return value.IsInt() && value.GetInt() >= 1 && value.GetInt() <= operators;
}

// 0-based index of an operator that is_operator() has accepted.
std::size_t operator_index(const JsonValue& value) {
  return static_cast<std::size_t>(value.GetInt() - 1);
}

Status read_tcn(const JsonValue& decoder, DecoderConfig& config) {
  config.type = DecoderType::kTcn;
  Status status = read_int(decoder, "hidden", 1, kMaxHidden, config.hidden);
  if (status.ok()) status = read_int(decoder, "blocks", 1, kMaxTcnBlocks, config.blocks);
  if (status.ok()) status = read_int(decoder, "kernel", 1, kMaxKernel, config.kernel);
  if (status.ok()) status = read_int(decoder, "dilation_base", 1, 16, config.dilation_base);
  if (status.ok()) {
    status = read_int(decoder, "outputs", 1, kOperators + kNoiseBands, config.outputs);
  }
  if (!status.ok()) return status;

  int dilation = 1;
  for (int b = 1; b < config.blocks; ++b) {
    dilation *= config.dilation_base;
    if (dilation > kMaxDilation) {
      return Status::error("the model's dilation grows beyond ", kMaxDilation, " frames");
    }
  }
  const JsonValue* skips = json_member(decoder, "skips");
  if (skips == nullptr || !skips->IsArray() || static_cast<int>(skips->Size()) != config.blocks) {
    return Status::error("the model's 'skips' must list true or false for each of its ",
                         config.blocks, " blocks");
  }
  for (rapidjson::SizeType b = 0; b < skips->Size(); ++b) {
    if (!(*skips)[b].IsBool()) {
      return Status::error("the model's 'skips' must list true or false for each block");
    }
    config.skips[b] = (*skips)[b].GetBool();
  }
  return {};
}

Status read_gru(const JsonValue& decoder, DecoderConfig& config) {
  config.type = DecoderType::kGru;
  if (Status status = read_int(decoder, "hidden", 1, kMaxHidden, config.hidden); !status.ok()) {
    return status;
  }
  const JsonValue* heads = json_member(decoder, "heads");
  if (heads == nullptr || !heads->IsObject() || heads->MemberCount() != 3) {
    return Status::error(
        "the model's 'heads' must be amplitude, harmonic_distribution and noise_bands");
  }
  int amplitude = 0;
  Status status = read_int(*heads, "amplitude", 1, 1, amplitude);
  if (status.ok()) {
    status = read_int(*heads, "harmonic_distribution", 1, kHarmonics, config.harmonics);
  }
  if (status.ok()) {
    status = read_int(*heads, "noise_bands", kNoiseBands, kNoiseBands, config.noise_bands);
  }
  config.outputs = 1 + config.harmonics + config.noise_bands;
  return status;
}

Status read_decoder(const JsonValue& root, DecoderConfig& config) {
  const JsonValue* decoder = json_member(root, "decoder");
  if (decoder == nullptr || !decoder->IsObject()) {
    return Status::error("the model's metadata lacks the object 'decoder'");
  }
  std::string_view type;
  Status status = read_text(*decoder, "type", type);
  if (status.ok()) status = read_int(*decoder, "inputs", 2, 2, config.inputs);
  if (!status.ok()) return status;
  if (type == "tcn") return read_tcn(*decoder, config);
  if (type == "gru") return read_gru(*decoder, config);
  return Status::error("the model's decoder has the unknown type '", type, "'");
}

Status read_edge(const JsonValue& edge, std::string_view name, int operators, bool with_gain,
                 FmPatch& patch) {
  const rapidjson::SizeType size = with_gain ? 3 : 2;
  if (!edge.IsArray() || edge.Size() != size || !is_operator(edge[0], operators) ||
      !is_operator(edge[1], operators)) {
    return Status::error("the model's '", name, "' must hold [from, to", with_gain ? ", gain" : "",
                         "] with operators from 1 to ", operators);
  }
  float gain = 1.0F;
  if (with_gain) {
    if (Status status = read_positive(edge[2], name, kMaxIndex, gain); !status.ok()) return status;
  }
  patch.modulation[operator_index(edge[1])][operator_index(edge[0])] = gain;
  return {};
}

// "routing": [[from, to], …]; optional "feedback": [from, to, gain] or a list of such.
Status read_edges(const JsonValue& synth, int operators, FmPatch& patch) {
  const JsonValue* routing = json_member(synth, "routing");
  if (routing == nullptr || !routing->IsArray()) {
    return Status::error("the model's synth lacks the list 'routing'");
  }
  for (const JsonValue& edge : routing->GetArray()) {
    if (Status status = read_edge(edge, "routing", operators, false, patch); !status.ok()) {
      return status;
    }
  }
  const JsonValue* feedback = json_member(synth, "feedback");
  if (feedback == nullptr || feedback->IsNull()) return {};
  if (!feedback->IsArray()) {
    return Status::error("the model's 'feedback' must be [from, to, gain]");
  }
  if (!feedback->Empty() && (*feedback)[0].IsNumber()) {
    return read_edge(*feedback, "feedback", operators, true, patch);
  }
  for (const JsonValue& edge : feedback->GetArray()) {
    if (Status status = read_edge(edge, "feedback", operators, true, patch); !status.ok()) {
      return status;
    }
  }
  return {};
}

Status read_patch(const JsonValue& synth, FmPatch& patch, int& operators) {
  const JsonValue* ratios = json_member(synth, "ratios");
  if (ratios == nullptr || !ratios->IsArray() || ratios->Empty() ||
      ratios->Size() > static_cast<rapidjson::SizeType>(kOperators)) {
    return Status::error("the model's 'ratios' must list 1 to ", kOperators, " numbers");
  }
  operators = static_cast<int>(ratios->Size());
  for (rapidjson::SizeType i = 0; i < ratios->Size(); ++i) {
    Status status = read_positive((*ratios)[i], "ratios", kMaxRatio, patch.ratio[i]);
    if (!status.ok()) return status;
  }
  if (Status status = read_edges(synth, operators, patch); !status.ok()) return status;

  const JsonValue* carriers = json_member(synth, "carriers");
  if (carriers == nullptr || !carriers->IsArray() || carriers->Empty()) {
    return Status::error("the model's 'carriers' must list at least one operator");
  }
  for (const JsonValue& carrier : carriers->GetArray()) {
    if (!is_operator(carrier, operators)) {
      return Status::error("the model's 'carriers' must be operators from 1 to ", operators);
    }
    patch.carrier[operator_index(carrier)] = 1.0F;
  }
  const JsonValue* i_max = json_member(synth, "i_max");
  if (i_max == nullptr) return Status::error("the model's synth lacks 'i_max'");
  return read_positive(*i_max, "i_max", kMaxIndex, patch.i_max);
}

Status read_fm(const JsonValue& synth, bool noise, Model& model) {
  DecoderConfig& decoder = model.decoder;
  model.synth.type = noise ? SynthType::kFmNoise : SynthType::kFm;
  if (decoder.type != DecoderType::kTcn) {
    return Status::error("the model's synth is FM, so its decoder must be of type 'tcn'");
  }
  if (Status status = read_patch(synth, model.synth.patch, decoder.levels); !status.ok()) {
    return status;
  }
  if (noise) {
    Status status =
        read_int(synth, "noise_bands", kNoiseBands, kNoiseBands, model.synth.noise_bands);
    if (!status.ok()) return status;
  }
  decoder.i_max = model.synth.patch.i_max;
  decoder.noise_bands = model.synth.noise_bands;
  if (decoder.outputs != decoder.levels + decoder.noise_bands) {
    return Status::error("the model's decoder has ", decoder.outputs,
                         " outputs, but its synth needs ", decoder.levels + decoder.noise_bands);
  }
  return {};
}

Status read_harmonic_noise(const JsonValue& synth, Model& model) {
  DecoderConfig& decoder = model.decoder;
  model.synth.type = SynthType::kHarmonicNoise;
  if (decoder.type != DecoderType::kGru) {
    return Status::error(
        "the model's synth is harmonic_noise, so its decoder must be of type 'gru'");
  }
  decoder.levels = 0;
  Status status = read_int(synth, "harmonics", 1, kHarmonics, model.synth.harmonics);
  if (status.ok()) {
    status = read_int(synth, "noise_bands", kNoiseBands, kNoiseBands, model.synth.noise_bands);
  }
  if (!status.ok()) return status;
  if (model.synth.harmonics != decoder.harmonics) {
    return Status::error("the model's decoder gives ", decoder.harmonics,
                         " harmonics, but its synth needs ", model.synth.harmonics);
  }
  return {};
}

Status read_synth(const JsonValue& root, Model& model) {
  const JsonValue* synth = json_member(root, "synth");
  if (synth == nullptr || !synth->IsObject()) {
    return Status::error("the model's metadata lacks the object 'synth'");
  }
  std::string_view type;
  if (Status status = read_text(*synth, "type", type); !status.ok()) return status;
  if (type == "fm") return read_fm(*synth, false, model);
  if (type == "fm_noise") return read_fm(*synth, true, model);
  if (type == "harmonic_noise") return read_harmonic_noise(*synth, model);
  return Status::error("the model's synth has the unknown type '", type, "'");
}

Status read_format(const JsonValue& root) {
  const JsonValue* format = json_member(root, "format");
  if (format == nullptr || !format->IsInt()) {
    return Status::error("the model's metadata lacks the number 'format'");
  }
  if (format->GetInt() != kFormat) {
    return Status::error("the model has the unknown format ", format->GetInt(), " (format ",
                         kFormat, " can be read)");
  }
  return {};
}

// Optional "loudness_range_db": [quiet, loud].
Status read_loudness_range(const JsonValue& root, Model& model) {
  const JsonValue* range = json_member(root, "loudness_range_db");
  if (range == nullptr) return {};
  const auto is_level = [](const JsonValue& value) {
    return value.IsNumber() && std::abs(value.GetDouble()) <= kMaxLevelDb;
  };
  if (!range->IsArray() || range->Size() != 2 || !is_level((*range)[0]) || !is_level((*range)[1]) ||
      !((*range)[0].GetDouble() < (*range)[1].GetDouble())) {
    return Status::error("the model's 'loudness_range_db' must be [quiet, loud], two levels from -",
                         kMaxLevelDb, " to ", kMaxLevelDb, " dB");
  }
  model.quiet_db = static_cast<float>((*range)[0].GetDouble());
  model.loud_db = static_cast<float>((*range)[1].GetDouble());
  return {};
}

Status read_root(const JsonValue& root, Model& model) {
  Status status = read_format(root);
  if (status.ok()) status = read_text(root, "instrument", model.instrument);
  if (status.ok()) status = read_text(root, "variant", model.variant);
  if (status.ok()) {
    status = read_int(root, "sample_rate_hz", kAnalysisRateHz, kAnalysisRateHz,
                      model.decoder.sample_rate_hz);
  }
  int hop_samples = 0;
  if (status.ok()) status = read_int(root, "hop_samples", kHopSamples, kHopSamples, hop_samples);
  if (status.ok()) status = read_decoder(root, model.decoder);
  if (status.ok()) status = read_synth(root, model);
  if (status.ok()) status = read_loudness_range(root, model);
  return status;
}

// The impulse as floats: a view into the file where it lies aligned, else a copy.
Status read_reverb(const TensorView& tensor, Arena& arena, std::span<const float>& out) {
  const bool floats = tensor.type == DataType::kF32 || tensor.type == DataType::kF16;
  if (tensor.rank != 1 || tensor.shape[0] < 1 || !floats) {
    return Status::error("tensor 'reverb.impulse' must be a list of F32 or F16 values");
  }
  const auto size = static_cast<std::size_t>(tensor.shape[0]);
  const auto address = reinterpret_cast<std::uintptr_t>(tensor.data.data());
  if (tensor.type == DataType::kF32 && address % alignof(float) == 0) {
    out = {reinterpret_cast<const float*>(tensor.data.data()), size};
  } else {
    const std::span<float> copy = arena.take<float>(size);
    if (copy.empty()) return Status::error("not enough memory for the reverb's ", size, " samples");
    if (tensor.type == DataType::kF32) {
      std::memcpy(copy.data(), tensor.data.data(), tensor.data.size());
    } else {
      for (std::size_t i = 0; i < size; ++i) {
        std::uint16_t half = 0;
        std::memcpy(&half, tensor.data.data() + 2 * i, sizeof(half));
        copy[i] = half_to_float(half);
      }
    }
    out = copy;
  }
  for (const float sample : out) {
    if (!std::isfinite(sample)) {
      return Status::error("tensor 'reverb.impulse' has a value that is not finite");
    }
  }
  return {};
}

}  // namespace

Status parse_model(std::span<const std::byte> file, Arena& arena, Model& model) {
  model = {};
  SafetensorsFile container;
  Status status = parse_safetensors(file, arena, model.tensor_storage, container);
  if (!status.ok()) return status;
  model.tensor_count = container.tensor_count;

  const std::string_view metadata = container.find_metadata("sideband");
  if (metadata.data() == nullptr) {
    return Status::error("the file has no 'sideband' metadata: it is not a Sideband model");
  }
  const std::span<char> text = arena.take<char>(metadata.size() + 1);
  Arena rest = arena;  // a copy: what it takes is free again afterwards
  const auto scratch = rest.take<std::byte>(json_scratch_bytes(metadata.size()));
  if (text.empty() || scratch.empty()) {
    return Status::error("not enough memory to read the model's metadata");
  }
  std::memcpy(text.data(), metadata.data(), metadata.size());
  JsonMemory memory(scratch);
  JsonDocument document(&memory, 1024, &memory);
  if (!parse_json_in_place(text, document) || !document.IsObject()) {
    return Status::error("the model's 'sideband' metadata is not a JSON object");
  }
  status = read_root(document, model);
  if (!status.ok()) return status;

  for (const TensorView& tensor : model.tensors()) {
    if (tensor.name == "reverb.impulse") {
      return read_reverb(tensor, arena, model.synth.reverb_impulse);
    }
  }
  return {};
}

}  // namespace sideband
