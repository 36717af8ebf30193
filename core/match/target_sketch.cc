#include "core/match/target_sketch.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "core/match/envelope_model.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr int kBlock = 256;  // of the loudness curve that envelopes are sketched from: 16 ms
constexpr double kBlockS = static_cast<double>(kBlock) / kAnalysisRateHz;
constexpr int kTransformSize = 2048;

double block_db(std::span<const float> sound, std::size_t block) {
  double power = 1e-9;
  for (std::size_t n = block * kBlock; n < (block + 1) * kBlock && n < sound.size(); ++n) {
    power += static_cast<double>(sound[n]) * sound[n] / kBlock;
  }
  return 10 * std::log10(power);
}

}  // namespace

bool TargetSketch::prepare(std::span<const float> sound, double given_f0_hz, double given_hold_s,
                           Arena& arena) {
  const auto frame = arena.take<float>(kTransformSize);
  const auto bins = arena.take<std::complex<float>>(kTransformSize / 2 + 1);
  if (!fft_.prepare(kTransformSize, arena) || arena.exhausted()) return false;
  hold_s = given_hold_s;
  sketch_envelope(sound);
  find_partials(sound, given_f0_hz, frame, bins);
  choose_excerpts(sound.size());
  return true;
}

// The target's loudness as four levels and rates: the shape every operator starts from.
void TargetSketch::sketch_envelope(std::span<const float> sound) noexcept {
  const std::size_t blocks = std::max<std::size_t>(sound.size() / kBlock, 2);
  std::size_t peak = 0;
  double peak_db = -200;
  for (std::size_t b = 0; b < blocks; ++b) {
    const double db = block_db(sound, b);
    if (db > peak_db + 0.1) {
      peak_db = db;
      peak = b;
    }
  }
  std::size_t key_up = std::min(static_cast<std::size_t>(hold_s / kBlockS), blocks - 1);
  key_up = std::max(key_up, std::min(peak + 2, blocks - 1));
  const std::size_t middle = peak + std::max<std::size_t>((key_up - peak) / 4, 1);
  constexpr double kDbPerDoubling = 6.0206;
  const auto doublings = [&](std::size_t b) {
    return static_cast<float>((block_db(sound, std::min(b, blocks - 1)) - peak_db) /
                              kDbPerDoubling);
  };
  const auto fall_rate = [&](float from, float to, std::size_t span) {
    const double slope =
        std::abs(to - from) / (static_cast<double>(std::max<std::size_t>(span, 1)) * kBlockS);
    return static_cast<float>(std::log2(std::max(slope, 0.06)));
  };
  peak_level = static_cast<float>((peak_db + 3) / kDbPerDoubling);
  level = {0, doublings(middle), doublings(key_up), static_cast<float>(kFloorDoublings)};
  const double attack_s = std::max(static_cast<double>(peak) * kBlockS, 0.004);
  rate[0] = static_cast<float>(std::log2(2.0 / attack_s));
  rate[1] = fall_rate(0, level[1], middle - peak);
  rate[2] = fall_rate(level[1], level[2], key_up - middle);
  const std::size_t after = std::min(key_up + 6, blocks - 1);
  rate[3] = std::max(fall_rate(doublings(key_up), doublings(after), after - key_up), 3.0F);
}

// The strongest partials of the loudest part, as ratios to the pitch.
void TargetSketch::find_partials(std::span<const float> sound, double given_f0_hz,
                                 std::span<float> frame,
                                 std::span<std::complex<float>> bins) noexcept {
  std::array<float, kTransformSize / 2> spectrum{};
  std::size_t loudest = 0;
  double loudest_db = -200;
  for (std::size_t b = 0; (b + kTransformSize / kBlock) * kBlock <= sound.size(); ++b) {
    const double db = block_db(sound, b + 1);
    if (db > loudest_db + 0.5) {
      loudest_db = db;
      loudest = b;
    }
  }
  for (std::size_t n = 0; n < frame.size(); ++n) {
    const std::size_t at = loudest * kBlock + n;
    const double hann =
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / kTransformSize);
    frame[n] = at < sound.size() ? sound[at] * static_cast<float>(hann) : 0.0F;
  }
  fft_.forward(frame, bins);
  for (std::size_t k = 0; k < spectrum.size(); ++k) spectrum[k] = std::abs(bins[k]);
  struct Peak {
    float bin;
    float height;
  };
  std::array<Peak, 24> peaks{};
  std::size_t count = 0;
  for (std::size_t k = 2; k + 1 < spectrum.size(); ++k) {
    if (spectrum[k] < spectrum[k - 1] || spectrum[k] <= spectrum[k + 1]) continue;
    const float a = std::log(spectrum[k - 1] + 1e-12F);
    const float b = std::log(spectrum[k] + 1e-12F);
    const float c = std::log(spectrum[k + 1] + 1e-12F);
    const float bend = a - 2 * b + c;
    const float bin = static_cast<float>(k) + (bend < 0 ? 0.5F * (a - c) / bend : 0.0F);
    std::size_t at = count < peaks.size() ? count++ : peaks.size() - 1;
    if (at == peaks.size() - 1 && peaks[at].height > spectrum[k]) continue;
    peaks[at] = {bin, spectrum[k]};
    for (; at > 0 && peaks[at - 1].height < peaks[at].height; --at) {
      std::swap(peaks[at - 1], peaks[at]);
    }
  }
  const float hz_per_bin = static_cast<float>(kAnalysisRateHz) / kTransformSize;
  if (given_f0_hz > 0) {
    f0_hz = given_f0_hz;
  } else {
    float lowest = peaks[0].bin;
    for (std::size_t i = 0; i < count; ++i) {
      if (peaks[i].height > 0.2F * peaks[0].height) lowest = std::min(lowest, peaks[i].bin);
    }
    f0_hz = std::max(20.0F, lowest * hz_per_bin);
  }
  partials = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (peaks[i].height < 1e-3F * peaks[0].height) break;
    float ratio = peaks[i].bin * hz_per_bin / static_cast<float>(f0_hz);
    const float whole = std::round(ratio);
    if (whole >= 1 && std::abs(ratio - whole) < 0.02F * std::sqrt(whole)) ratio = whole;
    if (ratio > 0.3F && ratio < 31) partial[partials++] = ratio;
  }
}

// Moments to listen to: dense at the beginning, where timbre moves most, and after key up.
void TargetSketch::choose_excerpts(std::size_t samples) noexcept {
  const int last = static_cast<int>(samples) - kExcerptSamples;
  const int up = static_cast<int>(hold_s * kAnalysisRateHz);
  excerpts = 0;
  const auto add = [&](int start) {
    start = std::clamp(start, 0, std::max(last, 0));
    for (std::size_t i = 0; i < excerpts; ++i) {
      if (std::abs(excerpt[i].start - start) < kExcerptSamples / 4) return;
    }
    if (excerpts < excerpt.size()) excerpt[excerpts++] = {start, kExcerptSamples};
  };
  for (const double at : {0.0, 0.05, 0.15, 0.35, 0.65, 0.97}) {
    add(static_cast<int>(at * std::max(up - kExcerptSamples, kExcerptSamples)));
  }
  if (up + kExcerptSamples < static_cast<int>(samples)) {
    add(up + 400);
  }
}

}  // namespace sideband::match
