#include "core/match/mel_loss.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace sideband::match {
namespace {

// Natural logarithm of positive normal numbers to a float's grain: ln m = 2 artanh((m − 1)/(m + 1))
// for the mantissa around 1.
FloatV logarithm(FloatV x) {
  constexpr std::int32_t kRootOfHalf = 0x3f3504f3;
  constexpr float kLn2 = 0.693147181F;
  IntV bits;
  std::memcpy(&bits, &x, sizeof bits);
  const IntV exponent = (bits - kRootOfHalf) >> 23;
  bits -= exponent << 23;
  FloatV m;
  std::memcpy(&m, &bits, sizeof m);
  const FloatV s = (m - 1.0F) / (m + 1.0F);
  const FloatV s2 = s * s;
  const FloatV tail = ((s2 * (2 / 7.0F) + 2 / 5.0F) * s2 + 2 / 3.0F) * s2 + 2.0F;
  return __builtin_convertvector(exponent, FloatV) * kLn2 + s * tail;
}

FloatV root(FloatV x) {
  for (int i = 0; i < kSimdFloats; ++i) x[i] = std::sqrt(x[i]);
  return x;
}

}  // namespace

bool MelLoss::prepare(int max_samples, int hop, Arena& arena) {
  hop_ = static_cast<std::size_t>(hop);
  const std::size_t frames = static_cast<std::size_t>(max_samples) / hop_ + 1;
  first_ = arena.take<std::size_t>(frames);
  window_ = arena.take<float>(kMelFft);
  target_ = arena.take<FloatV>((frames + kLanes - 1) / kLanes * kMelBands);
  power_ = arena.take<FloatV>(kBins);
  if (!fft_.prepare(kMelFft, arena) || !mel_.prepare(arena) || arena.exhausted()) return false;
  for (std::size_t n = 0; n < kMelFft; ++n) {
    window_[n] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / kMelFft));
  }
  return true;
}

std::array<std::size_t, MelLoss::kLanes> MelLoss::firsts(std::size_t group) const noexcept {
  std::array<std::size_t, kLanes> first;
  for (std::size_t i = 0; i < kLanes; ++i) {
    first[i] = first_[std::min(group * kLanes + i, frames_ - 1)];
  }
  return first;
}

// Power in the bands of the frames of a group.
void MelLoss::listen(std::span<const float> sound, std::size_t group) noexcept {
  const auto first = firsts(group);
  for (std::size_t n = 0; n < kMelFft; ++n) {
    std::array<float, kLanes> lane;
    for (std::size_t i = 0; i < kLanes; ++i) lane[i] = sound[first[i] + n];
    fft_.time(n) = simd_load(lane.data()) * window_[n];
  }
  fft_.forward();
  for (std::size_t k = 0; k < kBins; ++k) {
    power_[k] = fft_.real(k) * fft_.real(k) + fft_.imaginary(k) * fft_.imaginary(k);
  }
  for (std::size_t b = 0; b < kMelBands; ++b) {
    FloatV sum{};
    const float* weight = &mel_.weight[static_cast<std::size_t>(mel_.at[b])];
    const FloatV* power = &power_[static_cast<std::size_t>(mel_.first[b])];
    for (int i = 0; i < mel_.count[b]; ++i) sum += weight[i] * power[i];
    band_[b] = sum;
  }
}

void MelLoss::set_target(std::span<const float> target, int spacing) noexcept {
  const std::size_t each = spacing > 0 ? static_cast<std::size_t>(spacing) : target.size();
  frames_ = 0;
  for (std::size_t part = 0; part < target.size(); part += each) {
    const std::size_t end = std::min(part + each, target.size());
    for (std::size_t first = part; first + kMelFft <= end; first += hop_) first_[frames_++] = first;
  }
  for (std::size_t group = 0; group < groups(); ++group) {
    listen(target, group);
    std::copy(band_.begin(), band_.end(), &target_[group * kMelBands]);
  }
}

// Takes ∂L/∂power of the bins in power_ with their values in the transform: hands it to the
// samples.
void MelLoss::hand_back(std::size_t group, std::span<float> d_sound) noexcept {
  for (std::size_t k = 0; k < kBins; ++k) {
    // ∂power/∂bin is twice the bin; the inverse counts every bin but the first and last twice.
    const FloatV d = k == 0 || k + 1 == kBins ? 2.0F * power_[k] : power_[k];
    fft_.real(k) *= d;
    fft_.imaginary(k) *= d;
  }
  fft_.inverse();
  const auto first = firsts(group);
  const std::size_t used = std::min(kLanes, frames_ - group * kLanes);
  for (std::size_t n = 0; n < kMelFft; ++n) {
    std::array<float, kLanes> lane;
    simd_store(lane.data(), fft_.time(n) * window_[n]);
    for (std::size_t i = 0; i < used; ++i) d_sound[first[i] + n] += lane[i];
  }
}

double MelLoss::evaluate(std::span<const float> sound, double floor, double weight,
                         std::span<float> d_sound) noexcept {
  if (frames_ == 0) return 0;
  constexpr float kDb = 4.34294482F;   // 10/ln 10
  constexpr float kUnderRoot = 1e-3F;  // see spectral_loss.h
  const auto floor_power = static_cast<float>(floor);
  const auto common = static_cast<float>(weight / static_cast<double>(frames_) / kMelBands * kDb);
  double loss = 0;
  for (std::size_t group = 0; group < groups(); ++group) {
    listen(sound, group);
    std::array<FloatV, kMelBands> difference_db;
    FloatV squares{};
    for (std::size_t b = 0; b < kMelBands; ++b) {
      band_[b] += floor_power;
      difference_db[b] = kDb * logarithm(band_[b] / (target_[group * kMelBands + b] + floor_power));
      squares += difference_db[b] * difference_db[b];
    }
    const FloatV rms = root(squares / static_cast<float>(kMelBands) + kUnderRoot);
    const std::size_t used = std::min(kLanes, frames_ - group * kLanes);
    for (std::size_t i = 0; i < used; ++i) loss += static_cast<double>(rms[i]);
    if (d_sound.empty()) continue;
    std::fill(power_.begin(), power_.end(), FloatV{});
    for (std::size_t b = 0; b < kMelBands; ++b) {
      const FloatV d = common * difference_db[b] / (band_[b] * rms);
      const float* share = &mel_.weight[static_cast<std::size_t>(mel_.at[b])];
      FloatV* d_power = &power_[static_cast<std::size_t>(mel_.first[b])];
      for (int i = 0; i < mel_.count[b]; ++i) d_power[i] += share[i] * d;
    }
    hand_back(group, d_sound);
  }
  return loss / static_cast<double>(frames_);
}

}  // namespace sideband::match
