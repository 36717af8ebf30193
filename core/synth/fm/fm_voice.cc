#include "core/synth/fm/fm_voice.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/util/fast_math.h"
#include "core/util/simd.h"

namespace sideband {
namespace {

constexpr int kBlockSamples = 64;
constexpr int kLanes = 4;
constexpr std::size_t kBlockVectors = kBlockSamples / kLanes;
constexpr float kMaxLevel = 1000;  // radians; keeps the phase within what rounds exactly

#if defined(SIDEBAND_M_PROFILE)
constexpr bool kHasVectors = false;
#else
constexpr bool kHasVectors = true;
#endif

using Block = std::array<Double4, kBlockVectors>;

double sine(std::uint64_t phase, double shift_turns) {
  return sine_of_phase<double, std::uint64_t>(phase, shift_turns);
}

}  // namespace

void FmVoice::prepare(int output_rate_hz) noexcept {
  output_rate_hz_ = output_rate_hz;
  reset();
}

void FmVoice::reset() noexcept {
  reset_all_but_phases();
  for (OperatorPhase& phase : phase_) phase.reset();
}

void FmVoice::reset_all_but_phases() noexcept {
  routing_.reset();
  for (OperatorPhase& phase : phase_) phase.go_on();
  past_ = {};
  ratio_ = {1, 1, 1, 1, 1, 1};
  ratio_as_given_ = {1, 1, 1, 1, 1, 1};
  f0_hz_ = 440;
  primed_ = false;
}

void FmVoice::begin_hop(const Controls& frame, const FmPatch& patch, int samples) noexcept {
  routing_.advance(patch);
  if (std::isfinite(frame.f0_hz) && frame.f0_hz >= 0) f0_hz_ = frame.f0_hz;
  for (std::size_t op = 0; op < kOperators; ++op) {
    const float ratio = patch.ratio[op];
    if (ratio != ratio_as_given_[op] && std::isfinite(ratio)) {
      ratio_as_given_[op] = ratio;
      ratio_[op] = decimal_meant(ratio);
    }
    phase_[op].begin_hop(ratio_[op] * f0_hz_ / output_rate_hz_, samples);
    const float given = frame.level[op];
    const double level = std::isfinite(given) ? std::clamp(given, -kMaxLevel, kMaxLevel) : 0.0F;
    const double start = primed_ ? previous_level_[op] : level;
    level_[op] = {start, level - start};
    previous_level_[op] = level;
  }
  primed_ = true;
}

void FmVoice::render(const Controls& frame, const FmPatch& patch, std::span<float> out) noexcept {
  if (out.empty()) return;
  const auto samples = static_cast<int>(out.size());
  begin_hop(frame, patch, samples);
  if (routing_.cross_feedback()) {
    render_by_sample(out);
  } else {
    for (int start = 0; start < samples; start += kBlockSamples) {
      const auto count = static_cast<std::size_t>(std::min(kBlockSamples, samples - start));
      const std::span<float> block = out.subspan(static_cast<std::size_t>(start), count);
      if constexpr (kHasVectors) {
        render_block(start, samples, block);
      } else {
        render_scalar_block(start, samples, block);
      }
    }
  }
  for (OperatorPhase& phase : phase_) phase.end_hop(samples);
}

// Operator by operator, four samples at a time; the last vector may reach past the block's end.
void FmVoice::render_block(int start, int hop_samples, std::span<float> out) noexcept {
  const std::size_t vectors = (out.size() + kLanes - 1) / kLanes;
  const auto first_sample = static_cast<std::uint64_t>(start);
  Block fraction;
  for (std::size_t v = 0; v < vectors; ++v) {
    const double n = start + static_cast<double>(v) * kLanes;
    fraction[v] = Double4{n + 1, n + 2, n + 3, n + 4} / static_cast<double>(hop_samples);
  }
  std::array<Block, kOperators> y;
  Block sum{};
  for (std::size_t op = kOperators; op-- > 0;) {
    Block& own = y[op];
    std::array<double, 2>& past = past_[op];
    const HopGain level = level_[op];
    if (!routing_.audible(op) || !level.alive()) {
      std::fill(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(vectors), Double4{});
      past = {};
      continue;
    }
    const FmRouting::Inputs& inputs = routing_.inputs(op);
    Block shift{};
    for (int i = 0; i < inputs.direct_count; ++i) {
      const Edge& edge = inputs.direct[static_cast<std::size_t>(i)];
      const Block& from = y[static_cast<std::size_t>(edge.from)];
      for (std::size_t v = 0; v < vectors; ++v) {
        shift[v] += from[v] * (edge.turns.start + edge.turns.change * fraction[v]);
      }
    }
    if (inputs.feedback_count == 0) {
      OperatorPhase::Lanes lanes = phase_[op].lanes(first_sample);
      for (std::size_t v = 0; v < vectors; ++v) {
        own[v] = (level.start + level.change * fraction[v]) *
                 sine_of_phase<Double4, Uint64x4>(lanes.phase, shift[v]);
        lanes.advance();
      }
      const std::size_t last = out.size() - 1;
      past = {own[last / kLanes][last % kLanes], past[0]};
      if (last > 0) past[1] = own[(last - 1) / kLanes][(last - 1) % kLanes];
    } else {
      const HopGain gain = inputs.feedback[0].turns;  // its own: others take render_by_sample()
      for (std::size_t n = 0; n < out.size(); ++n) {
        const double r = fraction[n / kLanes][n % kLanes];
        const double turns = shift[n / kLanes][n % kLanes] +
                             0.5 * (past[0] + past[1]) * (gain.start + gain.change * r);
        past = {(level.start + level.change * r) * sine(phase_[op].at(first_sample + n), turns),
                past[0]};
        own[n / kLanes][n % kLanes] = past[0];
      }
    }
    const HopGain& carrier = routing_.carrier(op);
    if (!carrier.alive()) continue;
    for (std::size_t v = 0; v < vectors; ++v) {
      sum[v] += own[v] * (carrier.start + carrier.change * fraction[v]);
    }
  }
  for (std::size_t n = 0; n < out.size(); ++n) {
    out[n] = static_cast<float>(sum[n / kLanes][n % kLanes]);
  }
}

// The same samples where there are no vectors: what an operator needs stays in registers, and gains
// that rest are not ramped.
void FmVoice::render_scalar_block(int start, int hop_samples, std::span<float> out) noexcept {
  using Samples = std::array<double, kBlockSamples>;
  const std::size_t count = out.size();
  Samples fraction;
  for (std::size_t n = 0; n < count; ++n) {
    fraction[n] = (start + static_cast<double>(n + 1)) / static_cast<double>(hop_samples);
  }
  const auto add = [&](const HopGain& gain, const Samples& from, Samples& to) {
    const double rest = gain.start;
    if (gain.change == 0) {
#pragma GCC unroll 4
      for (std::size_t n = 0; n < count; ++n) to[n] += from[n] * rest;
      return;
    }
    for (std::size_t n = 0; n < count; ++n) {
      to[n] += from[n] * (gain.start + gain.change * fraction[n]);
    }
  };
  std::array<Samples, kOperators> y;
  Samples sum{};
  for (std::size_t op = kOperators; op-- > 0;) {
    Samples& own = y[op];
    std::array<double, 2>& past = past_[op];
    const HopGain level = level_[op];
    if (!routing_.audible(op) || !level.alive()) {
      own.fill(0);
      past = {};
      continue;
    }
    const FmRouting::Inputs& inputs = routing_.inputs(op);
    own.fill(0);  // holds the shift first
    for (int i = 0; i < inputs.direct_count; ++i) {
      const Edge& edge = inputs.direct[static_cast<std::size_t>(i)];
      add(edge.turns, y[static_cast<std::size_t>(edge.from)], own);
    }
    OperatorPhase::Single phase = phase_[op].single(static_cast<std::uint64_t>(start));
    if (inputs.feedback_count == 0) {
      for (std::size_t n = 0; n < count; ++n) {
        own[n] = (level.start + level.change * fraction[n]) * sine(phase.phase, own[n]);
        phase.advance();
      }
      past = {own[count - 1], count > 1 ? own[count - 2] : past[0]};
    } else {
      const HopGain gain = inputs.feedback[0].turns;  // its own: others take render_by_sample()
      for (std::size_t n = 0; n < count; ++n) {
        const double turns =
            own[n] + 0.5 * (past[0] + past[1]) * (gain.start + gain.change * fraction[n]);
        past = {(level.start + level.change * fraction[n]) * sine(phase.phase, turns), past[0]};
        own[n] = past[0];
        phase.advance();
      }
    }
    const HopGain& carrier = routing_.carrier(op);
    if (carrier.alive()) add(carrier, own, sum);
  }
  for (std::size_t n = 0; n < count; ++n) out[n] = static_cast<float>(sum[n]);
}

// All operators take turns at every sample: for patches in which one hears the past of another.
void FmVoice::render_by_sample(std::span<float> out) noexcept {
  std::array<double, kOperators> y{};
  for (std::size_t n = 0; n < out.size(); ++n) {
    const double r = static_cast<double>(n + 1) / static_cast<double>(out.size());
    double sum = 0;
    for (std::size_t op = kOperators; op-- > 0;) {
      const HopGain& level = level_[op];
      y[op] = 0;
      if (!routing_.audible(op) || !level.alive()) continue;
      const FmRouting::Inputs& inputs = routing_.inputs(op);
      double turns = 0;
      for (int i = 0; i < inputs.direct_count; ++i) {
        const Edge& edge = inputs.direct[static_cast<std::size_t>(i)];
        turns +=
            y[static_cast<std::size_t>(edge.from)] * (edge.turns.start + edge.turns.change * r);
      }
      for (int i = 0; i < inputs.feedback_count; ++i) {
        const Edge& edge = inputs.feedback[static_cast<std::size_t>(i)];
        const std::array<double, 2>& past = past_[static_cast<std::size_t>(edge.from)];
        turns += 0.5 * (past[0] + past[1]) * (edge.turns.start + edge.turns.change * r);
      }
      y[op] = (level.start + level.change * r) * sine(phase_[op].at(n), turns);
      const HopGain& carrier = routing_.carrier(op);
      sum += y[op] * (carrier.start + carrier.change * r);
    }
    for (std::size_t op = 0; op < kOperators; ++op) past_[op] = {y[op], past_[op][0]};
    out[n] = static_cast<float>(sum);
  }
}

}  // namespace sideband
