// A model as C++ source: constant arrays that a linker puts into flash, and a function that fills
// in a core Model. Weights can be narrowed, and packed for a target's kernel, which then reads them
// where they lie.
#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "core/inference/kernels.h"
#include "core/inference/tensor_table.h"
#include "core/util/half.h"
#include "core/util/timebase.h"
#include "tools/sideband/arguments.h"
#include "tools/sideband/commands.h"
#include "tools/sideband/fault.h"
#include "tools/sideband/model_file.h"

namespace sideband::cli {
namespace {

struct Options {
  std::string name;     // of the function
  bool narrow = false;  // to `type`; else weights stay as they are
  DataType type = DataType::kF32;
  bool cortex_m7 = false;  // packed for its kernel
  int reverb_ms = 0;       // 0: all of it
};

// The bytes of a tensor, and how they are declared.
struct Array {
  std::string name;  // of the tensor
  DataType type = DataType::kF32;
  std::vector<int> shape;
  std::vector<std::byte> bytes;
  bool packed = false;
};

template <typename Value>
void append(std::vector<std::byte>& bytes, Value value) {
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof(value));
  std::memcpy(&bytes[at], &value, sizeof(value));
}

std::vector<int> shape_of(const TensorView& tensor) {
  return {tensor.shape.begin(), tensor.shape.begin() + tensor.rank};
}

// One of the network's matrices, row by row as floats, a convolution's taps side by side.
struct Matrix {
  int rows = 0;
  int width = 0;
  int taps = 1;
  std::vector<float> values;
};

Matrix read_matrix(const TensorView& tensor, std::span<const TensorView> all) {
  Matrix matrix;
  matrix.rows = tensor.shape[0];
  matrix.taps = tensor.rank == 3 ? tensor.shape[2] : 1;
  matrix.width = tensor.shape[1] * matrix.taps;
  WeightTensor weight{.tensor = tensor, .scale = {}};
  for (const TensorView& other : all) {
    if (other.name == std::string(tensor.name) + ".scale") weight.scale = other;
  }
  const auto width = static_cast<std::size_t>(matrix.width);
  matrix.values.resize(static_cast<std::size_t>(matrix.rows) * width);
  for (std::size_t row = 0; row < static_cast<std::size_t>(matrix.rows); ++row) {
    weight.read(row, width, 0, 1, std::span(matrix.values).subspan(row * width, width));
  }
  return matrix;
}

// In the order in which the file has them, or the kernel wants them.
void store(const Matrix& matrix, const Options& options, DataType type, Array& weights,
           Array& scales) {
  std::vector<std::byte> rows;
  const auto width = static_cast<std::size_t>(matrix.width);
  for (std::size_t row = 0; row < static_cast<std::size_t>(matrix.rows); ++row) {
    const std::span<const float> values = std::span(matrix.values).subspan(row * width, width);
    float peak = std::numeric_limits<float>::min();
    for (const float value : values) peak = std::max(peak, std::abs(value));
    const float scale = peak / 127;
    if (type == DataType::kI8) append(scales.bytes, scale);
    for (const float value : values) {
      if (type == DataType::kF32) append(rows, value);
      if (type == DataType::kF16) append(rows, half_of_float(value));
      if (type == DataType::kI8) append(rows, static_cast<std::int8_t>(std::lround(value / scale)));
    }
  }
  if (!options.cortex_m7) {
    weights.bytes = std::move(rows);
    return;
  }
  weights.packed = true;
  const WeightKind kind = kind_of(type, matrix.width, matrix.rows, kCortexM7Layout);
  weights.bytes.resize(packed_bytes(kind, matrix.width, matrix.rows, kCortexM7Layout));
  const std::size_t element = element_bytes(type);
  const int inputs = matrix.width / matrix.taps;
  for (int row = 0; row < matrix.rows; ++row) {
    for (int i = 0; i < matrix.width; ++i) {
      const int input = i / matrix.taps + i % matrix.taps * inputs;  // taps end to end
      const std::size_t to =
          packed_row(kind, matrix.width, matrix.rows, row, kCortexM7Layout).offset(input);
      const std::size_t from =
          (static_cast<std::size_t>(row) * width + static_cast<std::size_t>(i)) * element;
      std::copy_n(&rows[from], element, &weights.bytes[to]);
    }
  }
}

std::vector<Array> arrays_of(const ModelFile& file, const Options& options) {
  std::vector<Array> arrays;
  for (const TensorView& tensor : file.model.tensors()) {
    const std::string name(tensor.name);
    if (name == "reverb.impulse" || name.ends_with(".scale")) continue;
    if (tensor.type == DataType::kI16) continue;  // tables: made anew while it is loaded
    Array array{name, DataType::kF32, shape_of(tensor), {}, false};
    if (tensor.rank < 2) {
      WeightTensor vector{.tensor = tensor, .scale = {}};
      for (const TensorView& other : file.model.tensors()) {
        if (other.name == name + ".scale") vector.scale = other;
      }
      for (int i = 0; i < tensor.shape[0]; ++i) {
        float value = 0;
        vector.read(static_cast<std::size_t>(i), 1, 0, 1, {&value, 1});
        append(array.bytes, value);
      }
      arrays.push_back(std::move(array));
      continue;
    }
    array.type = options.narrow ? options.type : tensor.type;
    Array scales{name + ".scale", DataType::kF32, {tensor.shape[0]}, {}, false};
    store(read_matrix(tensor, file.model.tensors()), options, array.type, array, scales);
    const bool scaled = array.type == DataType::kI8;
    arrays.push_back(std::move(array));
    if (scaled) arrays.push_back(std::move(scales));
  }
  return arrays;
}

// The first part of the impulse, its last tenth faded out.
std::vector<float> impulse_of(const ModelFile& file, const Options& options) {
  const std::span<const float> whole = file.model.synth.reverb_impulse;
  std::vector<float> impulse(whole.begin(), whole.end());
  const auto wanted = static_cast<std::size_t>(options.reverb_ms) * kAnalysisRateHz / 1000;
  if (wanted == 0 || wanted >= impulse.size()) return impulse;
  impulse.resize(wanted);
  const std::size_t fade = std::max<std::size_t>(1, wanted / 10);
  for (std::size_t i = 0; i < fade; ++i) {
    impulse[wanted - 1 - i] *= static_cast<float>(i) / static_cast<float>(fade);
  }
  return impulse;
}

// Exact, and readable.
std::string literal(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.9g", value);
  std::string result = text;
  if (result.find_first_of(".en") == std::string::npos) result += ".0";
  return result + "F";
}

void write_words(std::ostream& out, const std::string& name, std::vector<std::byte> bytes) {
  bytes.resize((bytes.size() + 3) / 4 * 4);
  out << "alignas(8) const std::uint32_t " << name << "[] = {";
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, &bytes[i], sizeof(word));
    char text[16];
    std::snprintf(text, sizeof(text), "0x%08x,", word);
    out << (i % 32 == 0 ? "\n    " : " ") << text;
  }
  out << "\n};\n";
}

const char* type_name(DataType type) {
  return type == DataType::kF32 ? "kF32" : type == DataType::kF16 ? "kF16" : "kI8";
}

void write_source(std::ostream& out, const std::string& header, const ModelFile& file,
                  const Options& options) {
  const Model& model = file.model;
  const std::vector<Array> arrays = arrays_of(file, options);
  const std::vector<float> impulse = impulse_of(file, options);
  out << "// Made by `sideband export --c`: " << model.instrument << ", " << model.variant << ".\n"
      << "#include \"" << header << "\"\n\n#include <cstdint>\n#include <span>\n\n";
  if (options.cortex_m7) {
    out << "#include \"core/inference/kernels.h\"\n\nstatic_assert(sideband::kLayout.byte_group == "
           "sideband::kCortexM7Layout.byte_group,\n              \"the weights are packed for a "
           "Cortex-M7\");\n\n";
  }
  out << "namespace {\n\n";
  std::size_t total = impulse.size() * sizeof(float);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    write_words(out, "array_" + std::to_string(i), arrays[i].bytes);
    total += arrays[i].bytes.size();
  }
  if (!impulse.empty()) {
    out << "const float impulse[] = {";
    for (std::size_t i = 0; i < impulse.size(); ++i) {
      out << (i % 8 == 0 ? "\n    " : " ") << literal(impulse[i]) << ",";
    }
    out << "\n};\n";
  }
  out << "\n}  // namespace\n\nnamespace sideband {\n\nvoid " << options.name
      << "(Model& model) {\n"
      << "  model = {};\n  model.instrument = \"" << model.instrument << "\";\n  model.variant = \""
      << model.variant << "\";\n";
  const DecoderConfig& decoder = model.decoder;
  out << "  DecoderConfig& decoder = model.decoder;\n  decoder.type = DecoderType::"
      << (decoder.type == DecoderType::kTcn ? "kTcn" : "kGru") << ";\n";
  const auto assign = [&out](const char* member, auto value) {
    out << "  " << member << " = " << value << ";\n";
  };
  assign("decoder.inputs", decoder.inputs);
  assign("decoder.hidden", decoder.hidden);
  assign("decoder.blocks", decoder.blocks);
  assign("decoder.kernel", decoder.kernel);
  assign("decoder.dilation_base", decoder.dilation_base);
  out << "  decoder.skips = {";
  for (const bool skip : decoder.skips) out << (skip ? "true, " : "false, ");
  out << "};\n";
  assign("decoder.outputs", decoder.outputs);
  assign("decoder.levels", decoder.levels);
  assign("decoder.i_max", literal(decoder.i_max));
  assign("decoder.harmonics", decoder.harmonics);
  assign("decoder.noise_bands", decoder.noise_bands);
  assign("decoder.sample_rate_hz", decoder.sample_rate_hz);
  const SynthConfig& synth = model.synth;
  const char* type = synth.type == SynthType::kFm        ? "kFm"
                     : synth.type == SynthType::kFmNoise ? "kFmNoise"
                                                         : "kHarmonicNoise";
  out << "  SynthConfig& synth = model.synth;\n  synth.type = SynthType::" << type << ";\n";
  assign("synth.harmonics", synth.harmonics);
  assign("synth.noise_bands", synth.noise_bands);
  assign("synth.patch.i_max", literal(synth.patch.i_max));
  for (std::size_t to = 0; to < synth.patch.ratio.size(); ++to) {
    const std::string index = "[" + std::to_string(to) + "]";
    assign(("synth.patch.ratio" + index).c_str(), literal(synth.patch.ratio[to]));
    assign(("synth.patch.carrier" + index).c_str(), literal(synth.patch.carrier[to]));
    for (std::size_t from = 0; from < synth.patch.ratio.size(); ++from) {
      if (synth.patch.modulation[to][from] == 0) continue;
      assign(("synth.patch.modulation" + index + "[" + std::to_string(from) + "]").c_str(),
             literal(synth.patch.modulation[to][from]));
    }
  }
  if (!impulse.empty()) out << "  synth.reverb_impulse = impulse;\n";
  assign("model.tensor_count", arrays.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const Array& array = arrays[i];
    out << "  model.tensor_storage[" << i << "] = {\"" << array.name
        << "\", DataType::" << type_name(array.type) << ", " << array.shape.size() << ", {";
    for (std::size_t d = 0; d < array.shape.size(); ++d) out << (d ? ", " : "") << array.shape[d];
    out << "},\n      std::as_bytes(std::span(array_" << i << ")).first(" << array.bytes.size()
        << "), " << (array.packed ? "true" : "false") << "};\n";
  }
  out << "}\n\n}  // namespace sideband\n";
  std::printf("%s: %zu bytes of constants\n", options.name.c_str(), total);
}

void write_header(std::ostream& out, const ModelFile& file, const std::string& name) {
  out << "// Made by `sideband export --c`: " << file.model.instrument << ", " << file.model.variant
      << ".\n#pragma once\n\n#include \"core/model.h\"\n\n"
      << "namespace sideband {\n\n// The arrays stay where the linker put them.\nvoid " << name
      << "(Model& model);\n\n}  // namespace sideband\n";
}

bool is_identifier(const std::string& text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

std::ofstream open(const std::string& path) {
  std::ofstream out(path);
  if (!out) throw Fault(path, "cannot be written");
  return out;
}

}  // namespace

int run_export(const std::vector<std::string>& words) {
  const Arguments arguments(words, {.switches = {"--c", "--cortex-m7"},
                                    .options = {"-o", "--name", "--weights", "--reverb-ms"}});
  const auto files = arguments.files({"MODEL"});
  if (!arguments.has("--c")) throw UsageError("C++ source is all there is so far: give --c");
  Options options;
  options.cortex_m7 = arguments.has("--cortex-m7");
  options.reverb_ms = arguments.integer("--reverb-ms", 1, 10000).value_or(0);
  options.name = arguments.has("--name") ? arguments.required("--name") : "load_model";
  if (!is_identifier(options.name)) throw UsageError("--name must be a C++ identifier");
  if (arguments.has("--weights")) {
    const std::string wanted = arguments.required("--weights");
    options.narrow = true;
    if (wanted == "f16") {
      options.type = DataType::kF16;
    } else if (wanted == "i8") {
      options.type = DataType::kI8;
    } else if (wanted != "f32") {
      throw UsageError("--weights is f32, f16 or i8");
    }
  }
  std::string base = arguments.required("-o");
  for (const char* ending : {".cc", ".h", ".{h,cc}"}) {
    if (base.ends_with(ending)) base.resize(base.size() - std::strlen(ending));
  }
  const ModelFile file(files[0]);
  const std::string header = base + ".h";
  std::ofstream source = open(base + ".cc");
  std::ofstream declaration = open(header);
  write_source(source, header.substr(header.find_last_of('/') + 1), file, options);
  write_header(declaration, file, options.name);
  source.close();
  declaration.close();
  if (!source || !declaration) throw Fault(base + ".cc", "could not be written to its end");
  return 0;
}

}  // namespace sideband::cli
