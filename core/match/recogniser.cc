#include "core/match/recogniser.h"

#include <algorithm>
#include <cmath>

#include "core/inference/tensor_table.h"
#include "core/util/safetensors.h"
#include "core/util/timebase.h"

namespace sideband::match {
namespace {

constexpr float kFull = 240;  // of a level in a byte

// y = W x + b of one frame.
void run(DenseLayer& layer, std::span<const float> x, std::span<float> y, Epilogue epilogue) {
  layer.run({x.data(), x.size(), x.size(), 1}, {y.data(), y.size(), y.size(), 1}, epilogue);
}

std::size_t chosen(std::span<const float> logits, Rng& random) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  float left = (0.5F + 0.5F * random.uniform()) * sum;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    left -= std::exp(logits[i] - largest);
    if (left <= 0) return i;
  }
  return logits.size() - 1;
}

// Weights of a damaged file may be finite and yet so large that a sum overflows: that tells
// nothing.
void forget_overflow(std::span<float> values) {
  for (float& value : values) {
    if (!std::isfinite(value)) value = 0;
  }
}

}  // namespace

double ratio_of_class(std::size_t ratio_class) {
  if (ratio_class < kWholeRatioClasses) {
    return ratio_class == 0 ? 0.5 : static_cast<double>(ratio_class);
  }
  return 0.5 * std::exp2(static_cast<double>(ratio_class - kWholeRatioClasses) / 12);
}

std::array<DenseLayer*, 9> Recogniser::layers() noexcept {
  return {&up_[0],   &up_[1], &up_[2],       &moment_, &body_[0],
          &body_[1], &head_,  &ratio_heard_, &ratio_};
}

Status Recogniser::load(std::span<const std::byte> file, std::size_t max_samples, Arena& arena) {
  std::array<TensorView, 32> views;
  SafetensorsFile header;
  if (const Status status = parse_safetensors(file, arena, views, header); !status.ok()) {
    return status;
  }
  if (header.find_metadata("sideband_recogniser").data() == nullptr) {
    return Status::error("is not a recogniser: it lacks the entry 'sideband_recogniser'");
  }
  TensorTable table(
      std::span<const TensorView>(views).first(static_cast<std::size_t>(header.tensor_count)));
  const auto prepare = [&](std::string_view name, int inputs, int outputs, DenseLayer& layer) {
    const DenseShape shape{inputs, outputs};
    layer.prepare(table.take_linear(name, shape), shape, arena);
  };
  const std::size_t frames = max_samples / RecogniserInput::kBandHop + 1;
  for (std::size_t i = 0; i < up_.size(); ++i) {
    const DenseShape shape{kUpWidths[i], kUpWidths[i + 1], kUpTaps[i]};
    up_[i].prepare(table.take_convolution(TensorName("up.conv.") + static_cast<int>(i), shape),
                   shape, arena);
    up_frames_[i] =
        arena.take<float>((frames + 2 * kMostPadding) * static_cast<std::size_t>(kUpWidths[i]));
  }
  up_log_odds_ = arena.take<float>(frames + 1);
  const WeightTensor never = table.take(TensorName("up.never"), {1});
  prepare("moment", RecogniserInput::kCells, kMomentWidth, moment_);
  prepare("body.0", RecogniserInput::kMoments * kMomentWidth + 1, kWidth, body_[0]);
  prepare("body.1", kWidth, kWidth, body_[1]);
  prepare("head", kWidth, kHeads, head_);
  prepare("heard", kWidth, kRatioWidth, ratio_heard_);
  prepare("ratio", kRatioWidth, kRatioClasses, ratio_);
  const WeightTensor given = table.take(TensorName("given.weight"), {int{kGiven}, kRatioWidth});
  given_ = arena.take<float>(kGiven * kRatioWidth);
  if (const Status status = table.finish(); !status.ok()) return status;
  if (!input_.prepare(max_samples, arena) || arena.exhausted()) {
    return Status::error("needs more memory than there is");
  }
  for (DenseLayer* layer : layers()) {
    while (layer->load_step()) {
    }
    if (layer->failed()) {
      return Status::error("tensor '", layer->name(), "' has a value that is not finite");
    }
  }
  never.read(0, 1, 0, 1, std::span(&never_, 1));
  if (!std::isfinite(never_)) {
    return Status::error("tensor 'up.never' has a value that is not finite");
  }
  for (std::size_t row = 0; row < kGiven; ++row) {
    given.read(row, kRatioWidth, 0, 1, given_.subspan(row * kRatioWidth, kRatioWidth));
  }
  for (const float value : given_) {
    if (!std::isfinite(value)) {
      return Status::error("tensor 'given.weight' has a value that is not finite");
    }
  }
  return {};
}

bool Recogniser::knows(std::span<const float> sound, double hold_s) noexcept {
  constexpr int kLowestKey = 24;
  constexpr int kHighestKey = 96;
  // 49 of 52 random voices reach it at some key, 10 of 34 recorded notes.
  constexpr float kLeastLogOdds = 2;
  input_.listen(sound, hold_s);
  for (int key = kLowestKey; key <= kHighestKey; ++key) {
    const double f0_hz = 440 * std::exp2((key - 69) / 12.0);
    RecogniserInput::Comb comb;
    input_.lay_out(f0_hz, comb);
    hear(0, f0_hz, comb);
    if (heads_[0][0] >= kLeastLogOdds) return true;
  }
  return false;
}

std::span<const float> Recogniser::key_up_log_odds(std::span<const std::uint8_t> bands) noexcept {
  const std::size_t count = bands.size() / RecogniserInput::kBands;
  std::array<Frames, 3> heard;  // those with something in them
  for (std::size_t i = 0; i < up_.size(); ++i) {
    const auto width = static_cast<std::size_t>(kUpWidths[i]);
    std::fill(up_frames_[i].begin(), up_frames_[i].end(), 0.0F);
    heard[i] = {up_frames_[i].data() + kMostPadding * width, width, width, count};
  }
  for (std::size_t n = 0; n < bands.size(); ++n) {
    heard[0].data[n] = static_cast<float>(bands[n]) / kFull;
  }
  for (std::size_t i = 0; i < up_.size(); ++i) {
    const std::size_t width = heard[i].channels;
    const auto taps = static_cast<std::size_t>(kUpTaps[i]);
    // The frames that a convolution sees lie end to end already.
    const ConstFrames seen{heard[i].data - taps / 2 * width, taps * width, width, count};
    if (i + 1 < up_.size()) {
      up_[i].run(seen, heard[i + 1], Epilogue::kRelu);
    } else {
      up_[i].run(seen, {up_log_odds_.data(), 1, 1, count}, Epilogue::kStore);
    }
  }
  up_log_odds_[count] = never_;
  forget_overflow(up_log_odds_.first(count));
  return up_log_odds_.first(count + 1);
}

double Recogniser::key_up_s(std::span<const float> sound) noexcept {
  const auto log_odds = key_up_log_odds(input_.bands(sound));
  const auto best = std::max_element(log_odds.begin(), log_odds.end());
  return best + 1 == log_odds.end()
             ? static_cast<double>(sound.size()) / kAnalysisRateHz
             : RecogniserInput::band_seconds(static_cast<std::size_t>(best - log_odds.begin()));
}

void Recogniser::hear(std::size_t pitch, double f0_hz, const RecogniserInput::Comb& comb) noexcept {
  std::array<float, RecogniserInput::kMoments * kMomentWidth + 1> moments;
  for (std::size_t m = 0; m < RecogniserInput::kMoments; ++m) {
    std::array<float, RecogniserInput::kCells> cells;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i] = static_cast<float>(comb[m * cells.size() + i]) / kFull;
    }
    run(moment_, cells, std::span(moments).subspan(m * kMomentWidth, kMomentWidth),
        Epilogue::kRelu);
  }
  moments.back() = static_cast<float>(std::log2(f0_hz / 220));
  std::array<float, kWidth> first;
  std::array<float, kWidth> second;
  run(body_[0], moments, first, Epilogue::kRelu);
  run(body_[1], first, second, Epilogue::kRelu);
  run(head_, second, heads_[pitch], Epilogue::kStore);
  run(ratio_heard_, second, heard_[pitch], Epilogue::kStore);
  forget_overflow(heads_[pitch]);
  forget_overflow(heard_[pitch]);
}

void Recogniser::listen(std::span<const float> sound, double hold_s,
                        std::span<const double> f0_hz) noexcept {
  input_.listen(sound, hold_s);
  for (std::size_t i = 0; i < std::min(f0_hz.size(), kPitches); ++i) {
    RecogniserInput::Comb comb;
    input_.lay_out(f0_hz[i], comb);
    hear(i, f0_hz[i], comb);
  }
}

void Recogniser::add_given(std::size_t index, Heard& sums) const noexcept {
  for (std::size_t i = 0; i < kRatioWidth; ++i) sums[i] += given_[index * kRatioWidth + i];
}

std::array<float, kRatioClasses> Recogniser::ratio_log_odds(std::size_t pitch, const Guess& guess,
                                                            std::size_t op) noexcept {
  Heard sums = heard_[pitch];
  add_given(static_cast<std::size_t>(guess.algorithm - 1), sums);
  const std::size_t place = kOperators - 1 - op;
  add_given(kAlgorithms + place, sums);
  for (std::size_t before = 0; before < place; ++before) {
    const std::size_t ratio = guess.ratio[kOperators - 1 - before];
    add_given(kAlgorithms + kOperators + before * kRatioClasses + ratio, sums);
  }
  for (float& x : sums) x = std::max(x, 0.0F);
  std::array<float, kRatioClasses> log_odds;
  run(ratio_, sums, log_odds, Epilogue::kStore);
  forget_overflow(log_odds);
  return log_odds;
}

Recogniser::Guess Recogniser::draw(std::size_t pitch, int algorithm, Rng& random) noexcept {
  Guess guess;
  const auto heads = std::span<const float>(heads_[pitch]);
  guess.algorithm = algorithm > 0
                        ? algorithm
                        : 1 + static_cast<int>(chosen(heads.subspan(1, kAlgorithms), random));
  guess.feedback = static_cast<int>(chosen(heads.subspan(1 + kAlgorithms, kFeedbacks), random));
  for (std::size_t op = kOperators; op-- > 0;) {
    guess.ratio[op] = chosen(ratio_log_odds(pitch, guess, op), random);
  }
  return guess;
}

}  // namespace sideband::match
