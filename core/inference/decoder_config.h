// The shape of a network, as the model file's metadata states it.
#pragma once

#include <array>
#include <cstdint>

namespace sideband {

inline constexpr int kMaxTcnBlocks = 8;

enum class DecoderType : std::uint8_t { kTcn, kGru };

struct DecoderConfig {
  DecoderType type = DecoderType::kTcn;
  int inputs = 2;    // channel 0: scaled f0, channel 1: scaled loudness
  int hidden = 128;  // channels of a TCN block, or width H of the GRU and its MLPs
  int blocks = 5;    // TCN only, at most kMaxTcnBlocks
  int kernel = 3;
  int dilation_base = 2;                    // block b has dilation dilation_base^b
  std::array<bool, kMaxTcnBlocks> skips{};  // which blocks have a 1×1 residual convolution
  int outputs = 6;                          // TCN: levels, then 65 noise bands for FM + noise

  // How outputs become Controls.
  int levels = 6;              // FM operators (0 for harmonic + noise)
  float i_max = 1.0F;          // level = i_max · sigmoid(output)
  int harmonics = 0;           // GRU: size of the harmonic distribution head
  int noise_bands = 0;         // 0 or 65; magnitude = exp_sigmoid(output)
  int sample_rate_hz = 16000;  // the model's own rate: harmonics above its Nyquist are masked
};

}  // namespace sideband
