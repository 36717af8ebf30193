// The violin's models as they are shipped, with the decoder's weights in any of the widths that a
// file may have: how much of a TCN's work can be left out depends on what it has learnt.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "core/model.h"
#include "core/util/tensor.h"

namespace sideband::bench {

struct Shipped {
  const char* name;
  const char* file;  // from the project's folder
};

inline constexpr std::array<Shipped, 5> kShipped{
    {{"DDX7 full", "models/violin/ddx7-full.safetensors"},
     {"DDX7 reduced", "models/violin/ddx7-reduced.safetensors"},
     {"HpN full", "models/violin/hpn-full.safetensors"},
     {"HpN reduced", "models/violin/hpn-reduced.safetensors"},
     {"FM + noise full", "models/violin/ddx7n-full.safetensors"}}};

inline const char* name_of(DataType type) {
  return type == DataType::kF32 ? "F32" : type == DataType::kF16 ? "F16" : "I8";
}

// What a file holds; nothing where there is none.
std::vector<std::byte> file_bytes(const char* path);

class ShippedModel {
 public:
  // The decoder's matrices get the type, each weight rounded by itself; all else stays. Ends the
  // program with a sentence where the file is no model.
  ShippedModel(std::vector<std::byte> file, DataType type);

  const DecoderConfig& decoder() const { return model_.decoder; }
  const SynthConfig& synth() const { return model_.synth; }
  std::span<const TensorView> tensors() const { return tensors_; }

 private:
  void add_as(DataType type, const TensorView& tensor);
  void add_vector(std::string name, std::span<const float> values);
  std::span<const std::byte> keep(std::span<const std::byte> bytes);

  std::vector<std::byte> file_;
  std::vector<std::byte> memory_;
  Model model_;
  std::deque<std::string> names_;
  std::deque<std::vector<std::byte>> values_;
  std::vector<TensorView> tensors_;
};

// Ends the program with the status' sentence where it is not ok.
void check(const Status& status);

}  // namespace sideband::bench
