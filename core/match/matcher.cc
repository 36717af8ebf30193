#include "core/match/matcher.h"

#include <algorithm>
#include <cmath>

#include "core/dx7/curves.h"
#include "core/match/envelope_model.h"
#include "core/match/voice_codec.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr int kBlock = 256;  // of the loudness curve that envelopes are sketched from: 16 ms
constexpr double kBlockS = static_cast<double>(kBlock) / kAnalysisRateHz;
constexpr LossWeights kJudge{.mel = 1, .mel_floor = 1e-6};

double block_db(std::span<const float> sound, std::size_t block) {
  double power = 1e-9;
  for (std::size_t n = block * kBlock; n < (block + 1) * kBlock && n < sound.size(); ++n) {
    power += static_cast<double>(sound[n]) * sound[n] / kBlock;
  }
  return 10 * std::log10(power);
}

// Mel floor over the course of the search: strong partials first.
double annealed_floor(double done) {
  return std::pow(10.0, -2.5 - 3.5 * std::min(1.0, done * 2.5));
}

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
  const ModelConfig sketch{.max_samples = kExcerptSamples * static_cast<int>(excerpt_.size()),
                           .max_frames = model.max_frames};
  LossConfig loss;
  loss.max_samples = max_samples;
  LossConfig sketch_loss = loss;
  sketch_loss.max_samples = sketch.max_samples;
  if (!whole_.parts.prepare(model, loss, arena) ||
      !sketch_.parts.prepare(sketch, sketch_loss, arena)) {
    return Status::error("no memory to match a sound of this length");
  }
  sketch_envelope();
  find_partials();
  choose_excerpts();
  sketch_.parts.set_target({excerpt_.data(), excerpts_}, hold_s_, target_);
  const Excerpt everything{0, max_samples};
  whole_.parts.set_target({&everything, 1}, hold_s_, target_);
  for (AudioMachine* machine : {&sketch_, &whole_}) {
    machine->parts.law = config.law;
    machine->parts.scale = scales(false);
  }
  alive_ = 0;
  refining_ = voice_begun_ = false;
  best_ = {};
  voice_loss_ = 1e30;
  steps_ = 0;
  return {};
}

// The target's loudness as four levels and rates: the shape every operator starts from.
void Matcher::sketch_envelope() noexcept {
  const std::size_t blocks = std::max<std::size_t>(target_.size() / kBlock, 2);
  std::size_t peak = 0;
  double peak_db = -200;
  for (std::size_t b = 0; b < blocks; ++b) {
    const double db = block_db(target_, b);
    if (db > peak_db + 0.1) {
      peak_db = db;
      peak = b;
    }
  }
  std::size_t key_up = blocks - 1;
  if (config_.hold_s > 0) {
    hold_s_ = config_.hold_s;
    key_up = std::min(static_cast<std::size_t>(hold_s_ / kBlockS), blocks - 1);
  } else {
    // The key goes up at the sharpest bend downwards of the loudness after which it never recovers.
    constexpr std::size_t kReach = 5;  // 80 ms
    double sharpest = -6;              // dB
    for (std::size_t b = peak + kReach; b + kReach < blocks; ++b) {
      const double now = block_db(target_, b);
      const double bend =
          (block_db(target_, b + kReach) - now) - (now - block_db(target_, b - kReach));
      double later = -200;
      for (std::size_t c = b + kReach; c < blocks; ++c)
        later = std::max(later, block_db(target_, c));
      if (bend < sharpest && now > -70 && later < now) {
        sharpest = bend;
        key_up = b;
      }
    }
    hold_s_ = static_cast<double>(key_up) * kBlockS;
  }
  key_up = std::max(key_up, std::min(peak + 2, blocks - 1));
  const std::size_t middle = peak + std::max<std::size_t>((key_up - peak) / 4, 1);
  constexpr double kDbPerDoubling = 6.0206;
  const auto doublings = [&](std::size_t b) {
    return static_cast<float>((block_db(target_, std::min(b, blocks - 1)) - peak_db) /
                              kDbPerDoubling);
  };
  const auto fall_rate = [&](float from, float to, std::size_t span) {
    const double rate =
        std::abs(to - from) / (static_cast<double>(std::max<std::size_t>(span, 1)) * kBlockS);
    return static_cast<float>(std::log2(std::max(rate, 0.06)));
  };
  peak_level_ = static_cast<float>((peak_db + 3) / kDbPerDoubling);
  sketch_level_ = {0, doublings(middle), doublings(key_up), static_cast<float>(kFloorDoublings)};
  const double attack_s = std::max(static_cast<double>(peak) * kBlockS, 0.004);
  sketch_rate_[0] = static_cast<float>(std::log2(2.0 / attack_s));
  sketch_rate_[1] = fall_rate(0, sketch_level_[1], middle - peak);
  sketch_rate_[2] = fall_rate(sketch_level_[1], sketch_level_[2], key_up - middle);
  const std::size_t after = std::min(key_up + 6, blocks - 1);
  sketch_rate_[3] = std::max(fall_rate(doublings(key_up), doublings(after), after - key_up), 3.0F);
}

// The strongest partials of the loudest part, as ratios to the pitch.
void Matcher::find_partials() noexcept {
  constexpr int kSize = 2048;
  std::array<float, kSize / 2> spectrum{};
  std::size_t loudest = 0;
  double loudest_db = -200;
  for (std::size_t b = 0; (b + kSize / kBlock) * kBlock <= target_.size(); ++b) {
    const double db = block_db(target_, b + 1);
    if (db > loudest_db + 0.5) {
      loudest_db = db;
      loudest = b;
    }
  }
  // A plain transform of one frame: kSize²/2 products, once per match.
  for (std::size_t k = 1; k < spectrum.size(); ++k) {
    double re = 0;
    double im = 0;
    const double turn = 6.283185307179586 * static_cast<double>(k) / kSize;
    double c = 1;
    double s = 0;
    const double dc = std::cos(turn);
    const double ds = std::sin(turn);
    for (std::size_t n = 0; n < kSize && loudest * kBlock + n < target_.size(); ++n) {
      const double hann = 0.5 - 0.5 * std::cos(6.283185307179586 * static_cast<double>(n) / kSize);
      const double x = target_[loudest * kBlock + n] * hann;
      re += x * c;
      im -= x * s;
      const double next = c * dc - s * ds;
      s = s * dc + c * ds;
      c = next;
    }
    spectrum[k] = static_cast<float>(std::sqrt(re * re + im * im));
  }
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
  const float hz_per_bin = static_cast<float>(kAnalysisRateHz) / kSize;
  if (config_.f0_hz > 0) {
    f0_hz_ = config_.f0_hz;
  } else {
    float lowest = peaks[0].bin;
    for (std::size_t i = 0; i < count; ++i) {
      if (peaks[i].height > 0.2F * peaks[0].height) lowest = std::min(lowest, peaks[i].bin);
    }
    f0_hz_ = std::max(20.0F, lowest * hz_per_bin);
  }
  partials_ = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (peaks[i].height < 1e-3F * peaks[0].height) break;
    float ratio = peaks[i].bin * hz_per_bin / static_cast<float>(f0_hz_);
    const float whole = std::round(ratio);
    if (whole >= 1 && std::abs(ratio - whole) < 0.02F * std::sqrt(whole)) ratio = whole;
    if (ratio > 0.3F && ratio < 31) partial_[partials_++] = ratio;
  }
}

// Moments to listen to: dense at the beginning, where timbre moves most, and after key up.
void Matcher::choose_excerpts() noexcept {
  const int last = static_cast<int>(target_.size()) - kExcerptSamples;
  const int up = static_cast<int>(hold_s_ * kAnalysisRateHz);
  excerpts_ = 0;
  const auto add = [&](int start) {
    start = std::clamp(start, 0, std::max(last, 0));
    for (std::size_t i = 0; i < excerpts_; ++i) {
      if (std::abs(excerpt_[i].start - start) < kExcerptSamples / 4) return;
    }
    if (excerpts_ < excerpt_.size()) excerpt_[excerpts_++] = {start, kExcerptSamples};
  };
  for (const double at : {0.0, 0.05, 0.15, 0.35, 0.65, 0.97}) {
    add(static_cast<int>(at * std::max(up - kExcerptSamples, kExcerptSamples)));
  }
  if (up + kExcerptSamples < static_cast<int>(target_.size())) {
    add(up + 400);
  }
}

float Matcher::random_ratio(double f0_hz) noexcept {
  constexpr std::array<float, 20> kCommon{0.5F, 1, 1, 1, 1, 1, 2, 2,  2,  3,
                                          3,    4, 5, 6, 7, 8, 9, 11, 12, 14};
  const std::uint32_t kind = draw(10);
  const auto scale = static_cast<float>(f0_hz_ / f0_hz);
  if (kind < 4 && partials_ > 0) {
    return scale * partial_[draw(static_cast<std::uint32_t>(partials_))];
  }
  if (kind < 5 && partials_ > 1) {  // differences of partials: what a modulator would be
    const float a = partial_[draw(static_cast<std::uint32_t>(partials_))];
    const float b = partial_[draw(static_cast<std::uint32_t>(partials_))];
    if (std::abs(a - b) > 0.4F) return scale * std::abs(a - b);
  }
  return kCommon[draw(static_cast<std::uint32_t>(kCommon.size()))];
}

Coefficients Matcher::fresh(int algorithm) noexcept {
  Coefficients p;
  // Half do without feedback, which costs as much as all the rest: operators then run as vectors.
  set_algorithm(algorithm, draw(2) == 0 ? 0.02F : 0.0F, p);
  // What sounds an octave up may be a patch whose lowest ratio is 2.
  constexpr std::array<double, 8> kParts{1, 1, 1, 1, 2, 2, 3, 4};
  const double f0_hz = std::max(f0_hz_ / kParts[draw(kParts.size())], 20.0);
  p.log2_f0 = static_cast<float>(std::log2(f0_hz));
  p.pitch_rate.fill(0);
  for (std::size_t op = 0; op < kOperators; ++op) {
    p.log2_ratio[op] = std::log2(random_ratio(f0_hz));
    p.envelope[op] = sketch_level_;
    p.rate[op] = sketch_rate_;
    if (p.carrier[op] > 0) {
      p.level[op] = std::min(peak_level_ + random_.uniform(), 0.0F);
    } else {
      p.level[op] = -3 + 1.5F * random_.uniform();
      // A modulator's index falls less than a carrier's loudness.
      for (std::size_t i = 1; i < 3; ++i) p.envelope[op][i] *= 0.4F;
      for (std::size_t i = 1; i < 3; ++i) p.rate[op][i] -= 1;
    }
  }
  return p;
}

void Matcher::improve(AudioMachine& machine, Candidate& candidate, int steps, float rate,
                      const LossWeights& weights, const LossWeights& judge) noexcept {
  machine.parts.start(random_.next());
  machine.parts.rate = rate;
  machine.coefficients = candidate.parameters;
  machine.output = machine.parts.synthesize(machine.coefficients);
  for (int i = 0; i < steps; ++i) machine.step(weights);
  steps_ += steps;
  const double now = machine.parts.loss_of(machine.coefficients, judge).total;
  if (now >= candidate.loss) return;
  candidate.parameters = machine.coefficients;
  candidate.loss = now;
}

double Matcher::distance(const Coefficients& parameters) noexcept {
  return whole_.parts.loss_of(parameters, kJudge).mel_db;
}

void Matcher::seed(const Candidate& candidate) noexcept {
  if (alive_ < population_.size()) population_[alive_++] = candidate;
}

void Matcher::breed(double done) noexcept {
  LossWeights weights = kJudge;
  weights.mel_floor = annealed_floor(done);
  if (alive_ < population_.size()) {
    Candidate& born = population_[alive_++];
    born.algorithm = any_algorithm();
    born.parameters = fresh(born.algorithm);
    born.loss = 1e30;
    improve(sketch_, born, 30, 1.5F, weights, kJudge);
    if (born.loss < best_.loss) best_ = born;
    return;
  }
  // The better of three, changed a little; now and then somebody new.
  std::size_t parent = draw(kPopulation);
  for (int i = 0; i < 2; ++i) {
    const std::size_t other = draw(kPopulation);
    if (population_[other].loss < population_[parent].loss) parent = other;
  }
  Candidate child = population_[parent];
  const std::uint32_t kind = draw(20);
  bool warm = false;
  if (kind < 2 && done < 0.6) {
    child.algorithm = any_algorithm();
    child.parameters = fresh(child.algorithm);
  } else if (kind < 6) {
    child.algorithm = any_algorithm();
    set_algorithm(child.algorithm, draw(2) == 0 ? 0.03F : 0.0F, child.parameters);
  } else if (kind < 13) {
    const std::uint32_t changes = 1 + draw(2);
    for (std::uint32_t i = 0; i < changes; ++i) {
      const std::size_t op = draw(kOperators);
      child.parameters.log2_ratio[op] =
          std::log2(random_ratio(std::exp2(static_cast<double>(child.parameters.log2_f0))));
      if (draw(2) == 0) child.parameters.level[op] += 1.5F * random_.uniform();
    }
  } else if (kind < 15) {  // half of another one's operators, in their places
    const Candidate& other = population_[draw(kPopulation)];
    for (std::size_t op = 0; op < kOperators; ++op) {
      if (draw(2) == 0) continue;
      child.parameters.log2_ratio[op] =
          other.parameters.log2_ratio[op] + other.parameters.log2_f0 - child.parameters.log2_f0;
      child.parameters.level[op] = other.parameters.level[op];
      child.parameters.envelope[op] = other.parameters.envelope[op];
      child.parameters.rate[op] = other.parameters.rate[op];
    }
  } else if (kind < 17) {  // an operator starts over
    const Coefficients anew = fresh(child.algorithm);
    const std::size_t op = draw(kOperators);
    child.parameters.level[op] = anew.level[op];
    child.parameters.envelope[op] = anew.envelope[op];
    child.parameters.rate[op] = anew.rate[op];
  } else {
    warm = true;  // just more of the same
  }
  if (!warm) child.loss = 1e30;
  const int steps = done < 0.4 ? 25 : 40;
  improve(sketch_, child, steps, done < 0.4 ? 1.2F : 0.7F, weights, kJudge);
  // The child takes its parent's place, or that of the worst of three.
  if (child.loss < population_[parent].loss) {
    population_[parent] = child;
  } else {
    std::size_t worst = draw(kPopulation);
    for (int i = 0; i < 2; ++i) {
      const std::size_t other = draw(kPopulation);
      if (population_[other].loss > population_[worst].loss) worst = other;
    }
    if (child.loss < population_[worst].loss) population_[worst] = child;
  }
  if (child.loss < best_.loss) best_ = child;
}

void Matcher::refine(double done) noexcept {
  if (!refining_) {
    refining_ = true;
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
      finalist_[i].loss = whole_.parts.loss_of(finalist_[i].parameters, kJudge).total;
    }
    best_ = finalist_[0];
    turn_ = 0;
  }
  // All three in turn, then only the best of them.
  std::size_t which = turn_++ % kFinalists;
  if (done > 0.75) {
    which = 0;
    for (std::size_t i = 1; i < kFinalists; ++i) {
      if (finalist_[i].loss < finalist_[which].loss) which = i;
    }
  }
  whole_.parts.pitch_too = false;
  const float rate = done < 0.7 ? 0.5F : (done < 0.8 ? 0.25F : (turn_ % 2 == 0 ? 0.12F : 0.05F));
  improve(whole_, finalist_[which], 12, rate, kJudge, kJudge);
  if (finalist_[which].loss < best_.loss) best_ = finalist_[which];
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
  if (done < 0.55 || alive_ < kPopulation) {
    breed(std::min(done / 0.55, 1.0));
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
  result.midi_note = nearest_key(result.f0_hz);
  result.hold_s = hold_s_;
  result.voice_mel_db = voice_loss_;
  result.mel_db = whole_.parts.loss_of(best_.parameters, kJudge).total;
  result.candidate = best_;
  return result;
}

}  // namespace sideband::match
