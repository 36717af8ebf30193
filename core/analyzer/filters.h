// First- and second-order sections of the analyzer's filters. States decay to exact zero in
// silence, so that denormal numbers never slow a processor that has no flush-to-zero mode (WASM).
#pragma once

#include <cmath>
#include <numbers>
#include <span>

namespace sideband {

inline constexpr float kDenormalGuard = 1e-18F;

inline float flush_tiny(float x) {
  return std::abs(x) < kDenormalGuard ? 0.0F : x;
}

// First-order highpass by the bilinear transform.
class OnePoleHighpass {
 public:
  OnePoleHighpass() = default;
  OnePoleHighpass(double cutoff_hz, double rate_hz) {
    const double k = std::tan(std::numbers::pi * cutoff_hz / rate_hz);
    pole_ = static_cast<float>((1 - k) / (1 + k));
    gain_ = static_cast<float>(1 / (1 + k));
  }

  void reset() noexcept { previous_in_ = previous_out_ = 0; }

  void process(std::span<float> samples) noexcept {
    const float gain = gain_;
    const float pole = pole_;
    float last_in = previous_in_;
    float last_out = previous_out_;
    for (float& sample : samples) {
      const float in = sample;
      last_out = gain * (in - last_in) + pole * last_out;
      last_in = in;
      sample = last_out;
    }
    previous_in_ = last_in;
    previous_out_ = flush_tiny(last_out);
  }

 private:
  float pole_ = 0;
  float gain_ = 1;
  float previous_in_ = 0;
  float previous_out_ = 0;
};

struct BiquadCoefficients {
  float b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
};

// Transposed direct form II.
class Biquad {
 public:
  Biquad() = default;
  explicit Biquad(const BiquadCoefficients& coefficients) : c_(coefficients) {}

  void reset() noexcept { s1_ = s2_ = 0; }

  void process(std::span<float> samples) noexcept {
    // Copies, which writing a sample cannot change: they stay in registers.
    const BiquadCoefficients c = c_;
    float s1 = s1_;
    float s2 = s2_;
    for (float& sample : samples) {
      const float in = sample;
      const float out = c.b0 * in + s1;
      s1 = c.b1 * in - c.a1 * out + s2;
      s2 = c.b2 * in - c.a2 * out;
      sample = out;
    }
    s1_ = flush_tiny(s1);
    s2_ = flush_tiny(s2);
  }

 private:
  BiquadCoefficients c_;
  float s1_ = 0;
  float s2_ = 0;
};

// Second-order Butterworth-style sections (bilinear).
inline BiquadCoefficients lowpass_section(double cutoff_hz, double q, double rate_hz) {
  const double k = std::tan(std::numbers::pi * cutoff_hz / rate_hz);
  const double norm = 1 / (1 + k / q + k * k);
  const double b0 = k * k * norm;
  return {static_cast<float>(b0), static_cast<float>(2 * b0), static_cast<float>(b0),
          static_cast<float>(2 * (k * k - 1) * norm),
          static_cast<float>((1 - k / q + k * k) * norm)};
}

inline BiquadCoefficients highpass_section(double cutoff_hz, double q, double rate_hz) {
  const double k = std::tan(std::numbers::pi * cutoff_hz / rate_hz);
  const double norm = 1 / (1 + k / q + k * k);
  return {static_cast<float>(norm), static_cast<float>(-2 * norm), static_cast<float>(norm),
          static_cast<float>(2 * (k * k - 1) * norm),
          static_cast<float>((1 - k / q + k * k) * norm)};
}

}  // namespace sideband
