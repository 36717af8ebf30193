// A note as a function of all its parameters, with the exact gradient: ratios, routing, levels,
// envelopes and pitch envelope → amplitudes and pitch 250 times a second → FmKernel → sound.
//
// The whole note or excerpts of it: a search over many patches looks at a few moments only.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/match/fm_kernel.h"
#include "core/util/arena.h"
#include "core/util/timebase.h"

namespace sideband::match {

inline constexpr double kFullIndexRadians = 12.566370614359172;  // 4π, the DX7's at level 99

template <typename Real>
struct Parameters {
  Real log2_f0 = Real(8.78135971352466);                        // of Hz
  std::array<Real, kOperators> log2_ratio{};                    // detune included
  std::array<Real, kOperators> level{};                         // doublings from full scale
  std::array<std::array<Real, kOperators>, kOperators> gain{};  // [to][from]; 0: no edge
  std::array<Real, kOperators> carrier{};                       // gain to the output; 0: none
  // Four rates: levels 1…4 in doublings and log2 of doublings a second. ADSR: log2 of attack and
  // decay time, sustain, log2 of release time; `rate` is unused.
  std::array<std::array<Real, 4>, kOperators> envelope{};
  std::array<std::array<Real, 4>, kOperators> rate{};
  std::array<Real, 4> pitch{};  // octaves
  std::array<Real, 4> pitch_rate{};

  static constexpr std::size_t kCount = 1 + 6 + 6 + 36 + 6 + 24 + 24 + 4 + 4;
  std::span<Real, kCount> flat() { return std::span<Real, kCount>(&log2_f0, kCount); }
  std::span<const Real, kCount> flat() const {
    return std::span<const Real, kCount>(&log2_f0, kCount);
  }
};

enum class EnvelopeKind : std::uint8_t { kFourRates, kAdsr };

struct Excerpt {
  int start = 0;  // in samples of the note at 16 kHz
  int length = 0;
};

struct ModelConfig {
  int max_samples = 48000;  // of all excerpts together
  int max_frames = 1000;    // of the note, 4 ms each
  EnvelopeKind envelope = EnvelopeKind::kFourRates;
};

template <typename Real>
class FmModel {
 public:
  // [main-thread]
  bool prepare(const ModelConfig& config, Arena& arena);

  // What of the note is rendered, one after the other; the key goes up after `hold_s`.
  void set_excerpts(std::span<const Excerpt> excerpts, double hold_s) noexcept;
  std::size_t samples() const { return samples_; }

  // `with_slopes`: backward() will follow.
  void forward(const Parameters<Real>& parameters, std::span<Real> out,
               bool with_slopes = true) noexcept;

  // After forward() with the same parameters. `pitch_too` asks for the gradients of ratios and
  // pitch, which cost as much again as all others.
  void backward(const Parameters<Real>& parameters, std::span<const Real> out_gradient,
                bool pitch_too, Parameters<Real>& gradient) noexcept;

  // Amplitude (0…1) of an operator at a frame of the last forward().
  Real level_at(std::size_t op, std::size_t frame) const { return level_[op][frame]; }

 private:
  static constexpr std::size_t kMaxExcerpts = 64;
  using Jacobian = std::array<Real, 8>;

  void envelopes(const Parameters<Real>& parameters, bool with_slopes) noexcept;
  void envelope_with_slopes(const Parameters<Real>& parameters, std::size_t op) noexcept;
  void four_rates(const std::array<Real, 4>& levels, const std::array<Real, 4>& rates,
                  std::span<Real> out) const noexcept;
  void fill_amplitude(std::size_t op) noexcept;
  void phases(const Parameters<Real>& parameters) noexcept;
  void pitch_gradient(const Parameters<Real>& parameters, Parameters<Real>& gradient) noexcept;
  template <typename Visit>
  void for_each_hop(Visit visit) const noexcept;

  ModelConfig config_;
  FmKernel<Real> kernel_;
  std::array<Excerpt, kMaxExcerpts> excerpt_{};
  std::size_t excerpts_ = 0;
  std::size_t samples_ = 0;
  std::size_t frames_ = 0;
  double hold_s_ = 1e9;
  std::span<std::uint8_t> needed_;  // frames that some excerpt reaches
  std::array<std::span<Real>, kOperators> level_;
  std::array<std::span<Jacobian>, kOperators> slope_;
  std::array<std::span<Real>, kOperators> d_level_;
  std::array<Parameters<Real>, 1> last_{};  // whose envelopes and phases are in the buffers
  std::array<bool, kOperators> has_slopes_{};
  bool fresh_ = true;
  std::span<double> frequency_;  // Hz at frames
  std::span<double> start_cycles_;
  std::span<double> cycles_;  // at every sample of the excerpts
  std::span<double> d_frequency_;
};

// visit(frame, sample within the hop, first index in the buffers, count)
template <typename Real>
template <typename Visit>
void FmModel<Real>::for_each_hop(Visit visit) const noexcept {
  std::size_t index = 0;
  for (std::size_t e = 0; e < excerpts_; ++e) {
    int at = excerpt_[e].start;
    const int end = at + excerpt_[e].length;
    while (at < end) {
      const int hop = at / kHopSamples;
      const int count = std::min(end, (hop + 1) * kHopSamples) - at;
      visit(static_cast<std::size_t>(hop), at - hop * kHopSamples, index, count);
      index += static_cast<std::size_t>(count);
      at += count;
    }
  }
}

}  // namespace sideband::match
