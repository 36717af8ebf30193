#include "core/match/audio_machine.h"

#include <algorithm>
#include <cmath>

#include "core/match/envelope_model.h"

namespace sideband::match {
namespace {

// Slowest and fastest a DX7's envelope goes, in log2 of doublings a second.
constexpr float kSlowest = -4.4F;
constexpr float kFastest = 11.4F;
constexpr float kMostFeedback = 0.5F;    // the DX7's 7
constexpr float kSlewDoublings = 0.75F;  // most that one step may change a level
constexpr float kLoudest = 0.0F;         // doublings above full scale, summed level and envelope

float limited(float value, float before, float low, float high, float slew) {
  const float finite = std::isfinite(value) ? value : before;
  return std::clamp(std::clamp(finite, before - slew, before + slew), low, high);
}

}  // namespace

bool AudioParts::prepare(const ModelConfig& model, const LossConfig& loss, Arena& arena) {
  const auto samples = static_cast<std::size_t>(model.max_samples);
  sound_ = arena.take<float>(samples);
  d_sound_ = arena.take<float>(samples);
  target_ = arena.take<float>(samples);
  return model_.prepare(model, arena) && loss_.prepare(loss, arena) && !arena.exhausted();
}

void AudioParts::set_target(std::span<const Excerpt> excerpts, double hold_s,
                            std::span<const float> target) noexcept {
  model_.set_excerpts(excerpts, hold_s);
  std::size_t filled = 0;
  for (const Excerpt& excerpt : excerpts) {
    for (int i = 0; i < excerpt.length && filled < target_.size(); ++i) {
      const auto at = static_cast<std::size_t>(excerpt.start + i);
      target_[filled++] = at < target.size() ? target[at] : 0.0F;
    }
  }
  loss_.set_target(target_.first(std::min(filled, model_.samples())),
                   excerpts.size() > 1 ? excerpts[0].length : 0);
}

AudioParts::Output AudioParts::synthesize(const Coefficients& coefficients) noexcept {
  const auto out = sound_.first(model_.samples());
  model_.forward(coefficients, out);
  return {out, coefficients};
}

AudioParts::Features AudioParts::analyze(const Signal& weights, const Output& output) noexcept {
  Features features;
  weights_ = weights;
  const bool gradient = law != UpdateLaw::kPolicy;
  const auto d_sound = d_sound_.first(gradient ? output.sound.size() : 0);
  last = loss_.evaluate(output.sound, weights, d_sound);
  features.loss = last.total;
  if (gradient) {
    Coefficients d;
    model_.backward(output.parameters, d_sound, pitch_too, d);
    std::copy_n(d.flat().begin(), features.gradient.size(), features.gradient.begin());
  }
  return features;
}

LossParts AudioParts::loss_of(const Coefficients& coefficients,
                              const LossWeights& weights) noexcept {
  const auto out = sound_.first(model_.samples());
  model_.forward(coefficients, out, false);
  return loss_.evaluate(out, weights, {});
}

Vector AudioParts::drive(const Features& features, const Coefficients& coefficients) noexcept {
  Vector direction{};
  // Gradients of fixed coefficients must not reach the laws' memories.
  Vector gradient{};
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    gradient[i] = scale[i] > 0 ? features.gradient[i] : 0.0F;
  }
  bool trial = law == UpdateLaw::kPolicy;
  if (law == UpdateLaw::kHybrid) {
    stalled_ = features.loss < 0.999 * stalled_loss_ ? 0 : stalled_ + 1;
    stalled_loss_ = std::min(stalled_loss_, features.loss);
    trial = stalled_ > 0 && stalled_ % 12 == 0;
  }
  if (trial) {
    constexpr float kSigma = 0.5F;  // of a step
    Vector noise{};
    Coefficients plus = coefficients;
    Coefficients minus = coefficients;
    for (std::size_t i = 0; i < noise.size(); ++i) {
      noise[i] = scale[i] > 0 ? gaussian(random_) : 0.0F;
      plus.flat()[i] += kSigma * scale[i] * noise[i];
      minus.flat()[i] -= kSigma * scale[i] * noise[i];
    }
    keep_safe(coefficients, plus);
    keep_safe(coefficients, minus);
    const auto difference =
        static_cast<float>(loss_of(plus, weights_).total - loss_of(minus, weights_).total);
    if (law == UpdateLaw::kHybrid) {
      const float sign = difference > 0 ? -kSigma : kSigma;
      for (std::size_t i = 0; i < noise.size(); ++i) direction[i] = sign * noise[i];
      return direction;
    }
    for (std::size_t i = 0; i < noise.size(); ++i) {
      gradient[i] = difference / (2 * kSigma) * noise[i];
    }
  }
  switch (law) {
    case UpdateLaw::kAeAr:
      state_.ae_ar(gradient, direction);
      break;
    case UpdateLaw::kHybrid:
      state_.hybrid(gradient, direction);
      break;
    default:
      state_.adam(gradient, direction);
  }
  return direction;
}

void AudioParts::update(Coefficients& coefficients, const Vector& drive) const noexcept {
  const auto flat = coefficients.flat();
  for (std::size_t i = 0; i < drive.size(); ++i) flat[i] += rate * scale[i] * drive[i];
}

void AudioParts::keep_safe(const Coefficients& before, Coefficients& after) noexcept {
  for (std::size_t op = 0; op < kOperators; ++op) {
    after.level[op] = limited(after.level[op], before.level[op], -14, 1, kSlewDoublings);
    after.log2_ratio[op] = limited(after.log2_ratio[op], before.log2_ratio[op], -6, 6.3F, 0.05F);
    for (std::size_t i = 0; i < 4; ++i) {
      after.envelope[op][i] =
          limited(after.envelope[op][i], before.envelope[op][i],
                  static_cast<float>(kFloorDoublings), kLoudest - after.level[op], kSlewDoublings);
      after.rate[op][i] = limited(after.rate[op][i], before.rate[op][i], kSlowest, kFastest, 1);
    }
    for (std::size_t from = 0; from < kOperators; ++from) {
      if (before.gain[op][from] == 0) {
        after.gain[op][from] = 0;
      } else {
        after.gain[op][from] = limited(after.gain[op][from], before.gain[op][from], 1e-3F,
                                       from > op ? 4.0F : kMostFeedback, 0.1F);
      }
    }
    after.carrier[op] = limited(after.carrier[op], before.carrier[op], 0, 1, 0.02F);
  }
  after.log2_f0 = limited(after.log2_f0, before.log2_f0, 2, 13, 0.05F);
  for (std::size_t i = 0; i < 4; ++i) {
    after.pitch[i] = limited(after.pitch[i], before.pitch[i], -4, 4, 0.1F);
    after.pitch_rate[i] = limited(after.pitch_rate[i], before.pitch_rate[i], -6, 4, 0.5F);
  }
}

}  // namespace sideband::match
