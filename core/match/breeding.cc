// The matcher's population: who is born, who goes on, and who has to go.
#include <algorithm>
#include <cmath>

#include "core/match/matcher.h"
#include "core/match/voice_codec.h"

namespace sideband::match {
namespace {

// Mel floor over the course of the search: strong partials first.
double annealed_floor(double done) {
  return std::pow(10.0, -2.5 - 3.5 * std::min(1.0, done * 2.5));
}

float loudest_of(const Coefficients& p, std::size_t op) {
  return p.level[op] + *std::max_element(p.envelope[op].begin(), p.envelope[op].end());
}

// The same ratios wherever an operator counts, whatever the routing.
bool alike(const Candidate& a, const Candidate& b) {
  constexpr float kUnheard = -6;  // doublings
  constexpr float kSame = 0.004F;
  int different = 0;
  for (std::size_t op = 0; op < kOperators; ++op) {
    const float apart = a.parameters.log2_ratio[op] + a.parameters.log2_f0 -
                        b.parameters.log2_ratio[op] - b.parameters.log2_f0;
    if (std::abs(apart) < kSame) continue;
    if (std::max(loudest_of(a.parameters, op), loudest_of(b.parameters, op)) > kUnheard)
      ++different;
  }
  return different <= 1;
}

}  // namespace

// A child that is much like somebody takes that one's place if it is better, else its parent's or
// that of the worst of three: the population must not become one family.
void Matcher::settle(const Candidate& child, std::size_t parent) noexcept {
  std::size_t place = alive_;
  for (std::size_t i = 0; i < alive_; ++i) {
    if (!alike(child, population_[i])) continue;
    // One alone is kept of those that have become alike.
    if (place == alive_ || population_[i].loss < population_[place].loss) place = i;
  }
  if (place == alive_) {
    place = parent;
    if (child.loss >= population_[parent].loss) {
      for (int i = 0; i < 3; ++i) {
        const std::size_t other = draw(static_cast<std::uint32_t>(alive_));
        if (i == 0 || population_[other].loss > population_[place].loss) place = other;
      }
    }
  }
  if (child.loss < population_[place].loss) population_[place] = child;
}

// A population that finds nothing better any more is put aside but for its best, and another one
// begins; towards the end those that were put aside meet.
void Matcher::begin_again(double done) noexcept {
  constexpr long kPatience = 6000;  // steps without progress
  constexpr double kProgress = 0.98;
  constexpr double kGoodDb = 1;
  const auto by_loss = [](const Candidate& a, const Candidate& b) { return a.loss < b.loss; };
  const auto begin = population_.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(alive_);
  if (done >= kMeeting) {
    for (std::size_t i = 0; i < put_aside_; ++i) {
      if (alive_ < kPopulation) population_[alive_++].loss = 1e30;
      const auto last = begin + static_cast<std::ptrdiff_t>(alive_);
      *std::max_element(begin, last, by_loss) = aside_[i];
    }
    put_aside_ = 0;
    return;
  }
  if (alive_ == 0) return;
  const double least = std::min_element(begin, end, by_loss)->loss;
  if (least < kProgress * least_loss_) {
    least_loss_ = least;
    progress_at_ = steps_;
  }
  if (steps_ - progress_at_ < kPatience || least < kGoodDb || put_aside_ == aside_.size()) return;
  std::partial_sort(begin, begin + static_cast<std::ptrdiff_t>(std::min(kPutAside, alive_)), end,
                    by_loss);
  for (std::size_t i = 0; i < std::min(kPutAside, alive_); ++i) {
    aside_[put_aside_++] = population_[i];
  }
  ++stuck_[population_[0].pitch];
  alive_ = 0;
  born_at_ = done;
  born_at_step_ = progress_at_ = steps_;
  least_loss_ = 1e30;
}

// How far a population has come, 0…1: by the time that it has, or sooner by its steps.
double Matcher::age(double done) const noexcept {
  constexpr double kGrown = 25000;
  const double by_time = born_at_ > 0 ? (done - born_at_) / (kMeeting - born_at_) : done;
  return std::min(std::max(by_time, static_cast<double>(steps_ - born_at_step_) / kGrown), 1.0);
}

void Matcher::breed(double time) noexcept {
  begin_again(time);
  const double done = age(time);
  LossWeights weights = kJudge;
  weights.mel_floor = annealed_floor(done);
  constexpr std::size_t kFewest = 4;  // however little time there is
  constexpr double kFarDb = 1;        // worse than its parent: not worth fitting
  if (alive_ < (done < 0.4 ? kPopulation : kFewest)) {
    Candidate& born = population_[alive_++];
    fresh(born, weights);
    born.loss = 1e30;
    improve(born, 30, 1.5F, weights);
    if (born.loss < best_.loss) best_ = born;
    return;
  }
  const auto alive = static_cast<std::uint32_t>(alive_);
  // The better of three, changed a little; now and then somebody new.
  std::size_t parent = draw(alive);
  for (int i = 0; i < 2; ++i) {
    const std::size_t other = draw(alive);
    if (population_[other].loss < population_[parent].loss) parent = other;
  }
  Candidate child = population_[parent];
  const std::uint32_t kind = draw(100);
  bool warm = false;
  bool young = false;  // and so not to be measured by its parent yet
  if (kind < (done < 0.4 ? 20U : 4U)) {
    fresh(child, weights);
    young = done < 0.4;
  } else if (kind < 75) {
    change(child, weights);
  } else if (kind < 85) {  // half of another one's operators, in their places
    const Candidate& other = population_[draw(alive)];
    for (std::size_t op = 0; op < kOperators; ++op) {
      if (draw(2) == 0) continue;
      const auto hz = std::exp2(static_cast<double>(other.parameters.log2_ratio[op]) +
                                static_cast<double>(other.parameters.log2_f0));
      const double f0_hz = std::exp2(static_cast<double>(child.parameters.log2_f0));
      child.parameters.log2_ratio[op] =
          static_cast<float>(std::log2(legal_ratio(hz / f0_hz, f0_hz)));
      child.parameters.level[op] = other.parameters.level[op];
      child.parameters.envelope[op] = other.parameters.envelope[op];
      child.parameters.rate[op] = other.parameters.rate[op];
    }
  } else if (kind < 92) {  // an operator starts over
    Coefficients anew = child.parameters;
    set_levels(anew);
    const std::size_t op = draw(kOperators);
    child.parameters.level[op] = anew.level[op];
    child.parameters.envelope[op] = anew.envelope[op];
    child.parameters.rate[op] = anew.rate[op];
  } else {
    warm = true;  // just more of the same
  }
  if (!warm) child.loss = 1e30;
  const int steps = done < 0.4 ? 25 : 40;
  improve(child, steps, done < 0.4 ? 1.2F : 0.7F, weights,
          young ? 1e30 : population_[parent].loss + kFarDb);
  settle(child, parent);
  if (child.loss < best_.loss) best_ = child;
}

}  // namespace sideband::match
