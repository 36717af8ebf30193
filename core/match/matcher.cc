#include "core/match/matcher.h"

#include <algorithm>
#include <cmath>

#include "core/match/envelope_model.h"
#include "core/match/voice_codec.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

Vector scales(bool pitch_too) {
  Coefficients scale;
  for (float& x : scale.flat()) x = 0;
  scale.level.fill(0.12F);
  for (std::size_t op = 0; op < kOperators; ++op) {
    scale.envelope[op] = {0.12F, 0.2F, 0.2F, 0.2F};
    scale.rate[op] = {0.15F, 0.15F, 0.15F, 0.15F};
    scale.gain[op].fill(0.0F);
    scale.gain[op][op] = 0.012F;
    // Feedback over a stack: below the diagonal. Edges within the sample stay as the DX7 has them.
    for (std::size_t from = 0; from < op; ++from) scale.gain[op][from] = 0.012F;
    if (pitch_too) scale.log2_ratio[op] = 4e-5F;  // a twentieth of a cent
  }
  Vector vector{};
  std::copy_n(scale.flat().begin(), vector.size(), vector.begin());
  return vector;
}

}  // namespace

int nearest_key(double f0_hz) {
  return std::clamp(static_cast<int>(std::lround(69 + 12 * std::log2(f0_hz / 440))), 0, 127);
}

Status Matcher::prepare(std::span<const float> target, const MatchConfig& config, Arena& arena) {
  if (target.size() < kAnalysisRateHz / 20) {
    return Status::error("is shorter than 50 ms: too little to match");
  }
  float peak = 0;
  for (const float x : target) {
    if (!std::isfinite(x)) return Status::error("holds values that are not numbers");
    peak = std::max(peak, std::abs(x));
  }
  if (peak < 1e-4F) return Status::error("is silent: there is nothing to match");
  config_ = config;
  random_.reseed(config.seed);
  const auto samples =
      std::min(target.size(), static_cast<std::size_t>(kMaxSeconds * kAnalysisRateHz));
  target_ = arena.take<float>(std::max(samples, std::size_t{2 * kMelFft}));
  if (target_.empty()) return Status::error("no memory to match a sound of this length");
  std::copy_n(target.begin(), samples, target_.begin());

  const auto max_samples = static_cast<int>(target_.size());
  const ModelConfig model{.max_samples = max_samples, .max_frames = max_samples / kHopSamples + 2};
  const ModelConfig excerpts{
      .max_samples = TargetSketch::kExcerptSamples * static_cast<int>(heard_.excerpt.size()),
      .max_frames = model.max_frames};
  LossConfig loss;
  loss.max_samples = max_samples;
  LossConfig sketch_loss = loss;
  sketch_loss.max_samples = excerpts.max_samples;
  if (!whole_.parts.prepare(model, loss, arena) ||
      !sketch_.parts.prepare(excerpts, sketch_loss, arena) ||
      !key_up_.prepare(target_.size(), arena) || !hearing_.prepare(arena)) {
    return Status::error("no memory to match a sound of this length");
  }
  const double hold_s = when_key_went_up();
  if (!heard_.prepare(target_, config.f0_hz, hold_s, arena)) {
    return Status::error("no memory to match a sound of this length");
  }
  hearing_.listen(target_, hold_s, config.f0_hz);
  share_out_pitches();
  const auto moments = std::span(heard_.excerpt).first(heard_.excerpts);
  sketch_.parts.set_target(moments, heard_.hold_s, target_);
  const Excerpt everything{0, max_samples};
  whole_.parts.set_target({&everything, 1}, heard_.hold_s, target_);
  for (AudioMachine* machine : {&sketch_, &whole_}) {
    machine->parts.law = config.law;
    machine->parts.scale = scales(false);
  }
  alive_ = put_aside_ = 0;
  stuck_ = {};
  born_at_ = 0;
  born_at_step_ = progress_at_ = 0;
  least_loss_ = 1e30;
  refining_ = voice_begun_ = false;
  best_ = {};
  voice_loss_ = 1e30;
  steps_ = 0;
  return {};
}

void Matcher::improve(Candidate& candidate, int steps, float rate, const LossWeights& weights,
                      double hopeless) noexcept {
  constexpr int kTrial = 8;  // steps, after which most that will come to something have come near
  sketch_.parts.start(random_.next());
  sketch_.parts.rate = rate;
  sketch_.coefficients = candidate.parameters;
  sketch_.output = sketch_.parts.synthesize(sketch_.coefficients);
  for (int i = 0; i < steps; ++i) {
    if (i == kTrial && hopeless < 1e30) {
      if (sketch_.parts.loss_of(sketch_.coefficients, kJudge).total > hopeless) {
        steps_ += i;
        return;
      }
      sketch_.output = sketch_.parts.synthesize(sketch_.coefficients);
    }
    sketch_.step(weights);
  }
  steps_ += steps;
  const double now = sketch_.parts.loss_of(sketch_.coefficients, kJudge).total;
  if (now >= candidate.loss) return;
  candidate.parameters = sketch_.coefficients;
  candidate.loss = now;
}

double Matcher::distance(const Coefficients& parameters) noexcept {
  return whole_.parts.loss_of(parameters, kJudge).mel_db;
}

void Matcher::seed(const Candidate& candidate) noexcept {
  if (alive_ < population_.size()) population_[alive_++] = candidate;
}

// Partials that lie close beat: of one operator's detunes the best, all else unchanged.
void Matcher::change_detune(Candidate& candidate) noexcept {
  constexpr float kOctavesPerStep = 1 / 1200.0F;
  constexpr int kMostSteps = 7;
  float& log2_ratio = candidate.parameters.log2_ratio[draw(kOperators)];
  const float before = log2_ratio;
  float best = before;
  // Two of its neighbours, and some of the others.
  for (int i = 0; i < 6; ++i) {
    const int steps = i < 2 ? 2 * i - 1 : static_cast<int>(draw(2 * kMostSteps + 1)) - kMostSteps;
    log2_ratio = before + static_cast<float>(steps) * kOctavesPerStep;
    const double loss = whole_.parts.loss_of(candidate.parameters, kJudge).total;
    ++steps_;
    if (loss >= candidate.loss) continue;
    candidate.loss = loss;
    best = log2_ratio;
  }
  log2_ratio = best;
}

// The key's end to the frame.
void Matcher::place_key_up(const Candidate& candidate) noexcept {
  if (config_.hold_s > 0) return;
  constexpr double kFrameS = 1.0 / kFrameRateHz;
  const Excerpt everything{0, static_cast<int>(target_.size())};
  const double found_s = heard_.hold_s;
  double least = 1e30;
  for (int frames = -6; frames <= 6; ++frames) {
    const double hold_s = std::max(found_s + frames * kFrameS, kFrameS);
    whole_.parts.set_target({&everything, 1}, hold_s, target_);
    const double loss = whole_.parts.loss_of(candidate.parameters, kJudge).total;
    if (loss >= least) continue;
    least = loss;
    heard_.hold_s = hold_s;
  }
  whole_.parts.set_target({&everything, 1}, heard_.hold_s, target_);
}

void Matcher::choose_finalists() noexcept {
  for (std::size_t i = 0; i < kFinalists; ++i) {
    std::size_t chosen = 0;
    for (std::size_t c = 1; c < alive_; ++c) {
      if (population_[c].loss < population_[chosen].loss) chosen = c;
    }
    finalist_[i] = population_[chosen];
    // Not three times the same patch.
    for (std::size_t c = 0; c < alive_; ++c) {
      if (std::abs(population_[c].loss - finalist_[i].loss) < 0.02) population_[c].loss += 1e6;
    }
    if (i == 0) place_key_up(finalist_[i]);
    finalist_[i].loss = whole_.parts.loss_of(finalist_[i].parameters, kJudge).total;
  }
  best_ = finalist_[0];
  turn_ = 0;
  turn_at_ = 0;
}

// A turn is twelve steps on the whole sound, a few at a time, and then a look at the detunes.
void Matcher::refine(double done) noexcept {
  constexpr int kSteps = 12;
  constexpr int kAtOnce = 4;
  if (!refining_) {
    refining_ = true;
    choose_finalists();
    return;
  }
  if (turn_at_ == 0) {
    // All three in turn, then only the best of them.
    which_ = turn_++ % kFinalists;
    if (done > 0.75) {
      which_ = 0;
      for (std::size_t i = 1; i < kFinalists; ++i) {
        if (finalist_[i].loss < finalist_[which_].loss) which_ = i;
      }
    }
    whole_.parts.pitch_too = false;
    whole_.parts.rate = done < 0.7 ? 0.5F : (done < 0.8 ? 0.25F : (turn_ % 2 == 0 ? 0.12F : 0.05F));
    whole_.parts.start(random_.next());
    whole_.coefficients = finalist_[which_].parameters;
  }
  Candidate& candidate = finalist_[which_];
  if (turn_at_ < kSteps) {
    // Somebody may have asked for a distance meanwhile.
    whole_.output = whole_.parts.synthesize(whole_.coefficients);
    for (int i = 0; i < kAtOnce; ++i) whole_.step(kJudge);
    steps_ += kAtOnce;
    turn_at_ += kAtOnce;
    if (turn_at_ < kSteps) return;
    const double now = whole_.parts.loss_of(whole_.coefficients, kJudge).total;
    if (now < candidate.loss) {
      candidate.parameters = whole_.coefficients;
      candidate.loss = now;
    }
  } else {
    change_detune(candidate);
    turn_at_ = 0;
  }
  if (candidate.loss < best_.loss) best_ = candidate;
}

// Rounding costs; a walk over the voice's own numbers wins some of it back.
void Matcher::polish_voice() noexcept {
  const int key = nearest_key(std::exp2(static_cast<double>(best_.parameters.log2_f0)));
  const auto loss_of = [&](const dx7::Voice& voice) {
    ++steps_;
    return whole_.parts.loss_of(to_parameters<float>(voice, key, 100), kJudge).total;
  };
  if (!voice_begun_) {
    voice_begun_ = true;
    voice_ = to_voice<float>(best_.parameters, best_.algorithm, key, "MATCH");
    voice_loss_ = loss_of(voice_);
    // Operators nobody would miss are silenced: a simpler patch is easier to play and to edit.
    constexpr double kUnheardDb = 0.03;
    for (dx7::Operator& op : voice_.op) {
      const std::uint8_t level = op.output_level;
      if (level == 0) continue;
      op.output_level = 0;
      const double without = loss_of(voice_);
      if (without <= voice_loss_ + kUnheardDb) {
        voice_loss_ = without;
      } else {
        op.output_level = level;
      }
    }
    return;
  }
  dx7::VoiceBytes bytes = dx7::to_bytes(voice_);
  const std::size_t op = draw(kOperators) * 21;
  constexpr std::array<std::size_t, 10> kFields{16, 16, 4, 5, 6, 0, 1, 2, 3, 20};
  const std::size_t field = draw(12) == 0 ? 135 : op + kFields[draw(kFields.size())];
  const int step = static_cast<int>(1 + draw(3)) * (draw(2) == 0 ? 1 : -1);
  bytes[field] = static_cast<std::uint8_t>(
      std::clamp(static_cast<int>(bytes[field]) + step, 0, dx7::parameter(field).max));
  const dx7::Voice tried = dx7::from_bytes(bytes);
  const double loss = loss_of(tried);
  if (loss >= voice_loss_) return;
  voice_ = tried;
  voice_loss_ = loss;
}

void Matcher::step(double done) noexcept {
  constexpr double kGlobal = 0.65;  // of the time is for algorithms, pitches and ratios
  if (done < kGlobal || alive_ == 0) {
    breed(std::min(done / kGlobal, 1.0));
  } else if (done < 0.9) {
    refine(done);
  } else {
    if (!refining_) refine(done);
    polish_voice();
  }
}

Matcher::Result Matcher::result() noexcept {
  Result result;
  if (!voice_begun_) polish_voice();
  result.voice = voice_;
  result.f0_hz = std::exp2(static_cast<double>(best_.parameters.log2_f0));
  result.played_hz = heard_.f0_hz;
  result.midi_note = nearest_key(result.f0_hz);
  result.hold_s = heard_.hold_s;
  result.voice_mel_db = voice_loss_;
  result.mel_db = whole_.parts.loss_of(best_.parameters, kJudge).total;
  result.candidate = best_;
  return result;
}

}  // namespace sideband::match
