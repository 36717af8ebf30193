#include "core/anchor/lpc_anchor.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sideband {
namespace {

constexpr double kSilentEnergy = 1e-9;  // of a windowed window; −116 dB
// White noise 50 dB below the signal keeps the filter of a pure tone stable.
constexpr double kWhitening = 1e-5;
constexpr std::size_t kWindowSize = LpcAnchor::kWindow;

}  // namespace

double predict_linearly(std::span<const double> autocorrelation, std::span<double> coefficients) {
  std::fill(coefficients.begin(), coefficients.end(), 0.0);
  double error = autocorrelation[0];
  if (!(error > 0)) return 0;
  for (std::size_t order = 0; order < coefficients.size(); ++order) {
    double sum = autocorrelation[order + 1];
    for (std::size_t k = 0; k < order; ++k) sum -= coefficients[k] * autocorrelation[order - k];
    const double reflection = sum / error;
    coefficients[order] = reflection;
    // Both ends of the shorter predictor change together.
    for (std::size_t k = 0; k < order / 2; ++k) {
      const double front = coefficients[k];
      const double back = coefficients[order - 1 - k];
      coefficients[k] = front - reflection * back;
      coefficients[order - 1 - k] = back - reflection * front;
    }
    if (order % 2 == 1) coefficients[order / 2] *= 1 - reflection;
    error *= 1 - reflection * reflection;
  }
  return std::max(error, 0.0);
}

Status LpcAnchor::prepare(Arena& arena) {
  heard_ = arena.take<float>(kWindowSize);
  shape_ = arena.take<float>(kWindowSize);
  work_ = arena.take<double>(kWindowSize);
  sounding_ = arena.take<float>(kWindowSize);
  if (arena.exhausted()) return Status::error("the anchor needs 20 KB of memory; give it more");
  for (std::size_t n = 0; n < kWindowSize; ++n) {
    const double turn = static_cast<double>(n) / static_cast<double>(kWindowSize);
    shape_[n] = static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn));
  }
  reset();
  return {};
}

void LpcAnchor::reset() noexcept {
  std::fill(heard_.begin(), heard_.end(), 0.0F);
  std::fill(sounding_.begin(), sounding_.end(), 0.0F);
  filled_ = 0;
  played_ = 0;
}

void LpcAnchor::process(std::span<const float> in, std::span<float> out) noexcept {
  for (std::size_t i = 0; i < in.size(); ++i) {
    const float sample = std::isfinite(in[i]) ? in[i] : 0.0F;
    out[i] = sounding_[static_cast<std::size_t>(played_++)];
    heard_[static_cast<std::size_t>(filled_++)] = sample;
    if (filled_ == kWindow) run_window();
  }
}

void LpcAnchor::run_window() noexcept {
  std::move(sounding_.begin() + played_, sounding_.end(), sounding_.begin());
  std::fill(sounding_.end() - played_, sounding_.end(), 0.0F);
  played_ = 0;

  for (std::size_t n = 0; n < kWindowSize; ++n) {
    work_[n] = static_cast<double>(heard_[n]) * static_cast<double>(shape_[n]);
  }
  std::array<double, kOrder + 1> autocorrelation{};
  for (std::size_t lag = 0; lag <= kOrder; ++lag) {
    for (std::size_t n = lag; n < kWindowSize; ++n) {
      autocorrelation[lag] += work_[n] * work_[n - lag];
    }
  }
  if (autocorrelation[0] > kSilentEnergy) {
    autocorrelation[0] *= 1 + kWhitening;
    std::array<double, kOrder> predictor{};
    const double gain = std::sqrt(predict_linearly(autocorrelation, predictor));
    for (std::size_t n = 0; n < kWindowSize; ++n) {
      double value = n == 0 ? gain : 0;
      for (std::size_t k = 0; k < std::min<std::size_t>(n, kOrder); ++k) {
        value += predictor[k] * work_[n - 1 - k];
      }
      work_[n] = std::abs(value) < 1e-30 ? 0 : value;  // no denormals
      sounding_[n] += static_cast<float>(work_[n]);
    }
  }
  std::move(heard_.begin() + kStep, heard_.end(), heard_.begin());
  filled_ = kWindow - kStep;
}

}  // namespace sideband
