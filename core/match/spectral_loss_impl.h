// The body of SpectralLoss, included by its header.
#pragma once

namespace sideband::match {

template <typename Real, typename Transform>
bool SpectralLoss<Real, Transform>::prepare_scale(int size, int hop, int max_samples, Scale& scale,
                                                  Arena& arena) {
  scale.size = size;
  scale.hop = hop;
  scale.window = arena.take<Real>(static_cast<std::size_t>(size));
  scale.target_stride = static_cast<std::size_t>(size / 2 + 1);
  const auto frames = static_cast<std::size_t>(max_samples / hop + 1);
  scale.target = arena.take<Real>(frames * scale.target_stride);
  if (!scale.fft.prepare(size, arena) || arena.exhausted()) return false;
  // Normalised to unit energy, as torch.stft(normalized=True) with a Hann window is to √size: the
  // scale of tools/train's mss().
  for (int n = 0; n < size; ++n) {
    const double hann = 0.5 - 0.5 * std::cos(6.283185307179586 * n / size);
    scale.window[static_cast<std::size_t>(n)] = static_cast<Real>(hann / std::sqrt(double(size)));
  }
  return true;
}

template <typename Real, typename Transform>
bool SpectralLoss<Real, Transform>::prepare(const LossConfig& config, Arena& arena) {
  int largest = kMelFft;
  for (std::size_t i = 0; i < kSizes; ++i) {
    const int size = config.sizes[i];
    scale_[i].size = size;
    if (size == 0) continue;
    if (!prepare_scale(size, size / 4, config.max_samples, scale_[i], arena)) return false;
    largest = std::max(largest, size);
  }
  if (!prepare_scale(kMelFft, config.mel_hop, config.max_samples, mel_scale_, arena)) return false;
  if (!mel_.prepare(arena)) return false;
  const auto bins = static_cast<std::size_t>(largest / 2 + 1);
  mel_target_ = arena.take<Real>(
      static_cast<std::size_t>((config.max_samples / config.mel_hop + 1) * kMelBands));
  envelope_target_ =
      arena.take<Real>(static_cast<std::size_t>(config.max_samples / kEnvelopeBlock + 1));
  frame_ = arena.take<Real>(static_cast<std::size_t>(largest));
  bins_ = arena.take<std::complex<Real>>(bins);
  magnitude_ = arena.take<Real>(bins);
  d_magnitude_ = arena.take<Real>(bins);
  return !arena.exhausted();
}

template <typename Real, typename Transform>
template <typename Visit>
std::size_t SpectralLoss<Real, Transform>::for_each_frame(const Scale& scale, std::size_t samples,
                                                          Visit visit) const noexcept {
  const std::size_t spacing = spacing_ > 0 ? static_cast<std::size_t>(spacing_) : samples;
  const auto size = static_cast<std::size_t>(scale.size);
  std::size_t index = 0;
  for (std::size_t part = 0; part < samples; part += spacing) {
    const std::size_t end = std::min(part + spacing, samples);
    for (std::size_t first = part; first + size <= end;
         first += static_cast<std::size_t>(scale.hop)) {
      visit(first, index++);
    }
  }
  return index;
}

template <typename Real, typename Transform>
void SpectralLoss<Real, Transform>::spectrum(Scale& scale, std::span<const Real> sound,
                                             std::size_t first) noexcept {
  const auto size = static_cast<std::size_t>(scale.size);
  for (std::size_t n = 0; n < size; ++n) frame_[n] = sound[first + n] * scale.window[n];
  scale.fft.forward(frame_.first(size), bins_.first(size / 2 + 1));
  for (std::size_t k = 0; k <= size / 2; ++k) {
    const Real re = bins_[k].real();
    const Real im = bins_[k].imag();
    magnitude_[k] = std::sqrt(re * re + im * im);
  }
}

// Takes ∂L/∂|X| in d_magnitude_ with X in bins_: hands it to the samples of the frame.
template <typename Real, typename Transform>
void SpectralLoss<Real, Transform>::add_gradient(Scale& scale, std::size_t first,
                                                 std::span<Real> d_sound) noexcept {
  const auto size = static_cast<std::size_t>(scale.size);
  for (std::size_t k = 0; k <= size / 2; ++k) {
    // The inverse transform counts every bin but the first and the last twice.
    const Real half = k == 0 || k == size / 2 ? Real(1) : Real(0.5);
    const Real scaled =
        magnitude_[k] > Real(1e-20) ? half * d_magnitude_[k] / magnitude_[k] : Real(0);
    bins_[k] *= scaled;
  }
  scale.fft.inverse(bins_.first(size / 2 + 1), frame_.first(size));
  for (std::size_t n = 0; n < size; ++n) d_sound[first + n] += frame_[n] * scale.window[n];
}

template <typename Real, typename Transform>
void SpectralLoss<Real, Transform>::set_target(std::span<const Real> target, int spacing) noexcept {
  spacing_ = spacing;
  for (Scale& scale : scale_) {
    if (scale.size == 0) continue;
    double sum = 0;
    const std::size_t frames =
        for_each_frame(scale, target.size(), [&](std::size_t first, std::size_t index) {
          spectrum(scale, target, first);
          for (std::size_t k = 0; k < scale.target_stride; ++k) {
            scale.target[index * scale.target_stride + k] = magnitude_[k];
            sum += magnitude_[k];
          }
        });
    scale.mean = sum / std::max<double>(1.0, static_cast<double>(frames * scale.target_stride));
  }
  for_each_frame(mel_scale_, target.size(), [&](std::size_t first, std::size_t index) {
    spectrum(mel_scale_, target, first);
    for (std::size_t b = 0; b < kMelBands; ++b) {
      Real power = 0;
      for (int i = 0; i < mel_.count[b]; ++i) {
        const Real s = magnitude_[static_cast<std::size_t>(mel_.first[b] + i)];
        power += mel_.weight[static_cast<std::size_t>(mel_.at[b] + i)] * s * s;
      }
      mel_target_[index * kMelBands + b] = power * kMelFft;
    }
  });
  for (std::size_t block = 0; (block + 1) * kEnvelopeBlock <= target.size(); ++block) {
    Real power = 0;
    for (std::size_t n = block * kEnvelopeBlock; n < (block + 1) * kEnvelopeBlock; ++n) {
      power += target[n] * target[n];
    }
    envelope_target_[block] = power / kEnvelopeBlock;
  }
}

template <typename Real, typename Transform>
double SpectralLoss<Real, Transform>::compare_spectra(Scale& scale, std::span<const Real> sound,
                                                      const LossWeights& weights,
                                                      std::span<Real> d_sound) noexcept {
  const std::size_t frames = for_each_frame(scale, sound.size(), [](std::size_t, std::size_t) {});
  if (frames == 0) return 0;
  const double count = static_cast<double>(frames * scale.target_stride);
  const double linear = weights.linear / count / std::max(scale.mean, 1e-9);
  const double logarithm = weights.logarithm / count;
  const auto epsilon = static_cast<Real>(weights.log_epsilon);
  double loss = 0;
  for_each_frame(scale, sound.size(), [&](std::size_t first, std::size_t index) {
    spectrum(scale, sound, first);
    Real difference = 0;
    Real logs = 0;
    for (std::size_t k = 0; k < scale.target_stride; ++k) {
      const Real t = scale.target[index * scale.target_stride + k];
      const Real s = magnitude_[k];
      const Real log_ratio = std::log((s + epsilon) / (t + epsilon));
      difference += std::abs(s - t);
      logs += std::abs(log_ratio);
      const Real sign = s > t ? Real(1) : Real(s < t ? -1 : 0);
      d_magnitude_[k] =
          sign * (static_cast<Real>(linear) + static_cast<Real>(logarithm) / (s + epsilon));
    }
    loss += linear * difference + logarithm * logs;
    if (!d_sound.empty()) add_gradient(scale, first, d_sound);
  });
  return loss;
}

template <typename Real, typename Transform>
double SpectralLoss<Real, Transform>::compare_mel(std::span<const Real> sound,
                                                  const LossWeights& weights,
                                                  std::span<Real> d_sound) noexcept {
  Scale& scale = mel_scale_;
  const std::size_t frames = for_each_frame(scale, sound.size(), [](std::size_t, std::size_t) {});
  if (frames == 0) return 0;
  constexpr double kDb = 4.3429448190325183;  // 10/ln 10
  constexpr double kUnderRoot = 1e-3;
  const auto floor = static_cast<Real>(weights.mel_floor);
  double loss = 0;
  for_each_frame(scale, sound.size(), [&](std::size_t first, std::size_t index) {
    spectrum(scale, sound, first);
    std::array<Real, kMelBands> power{};
    std::array<Real, kMelBands> difference_db{};
    double squares = 0;
    for (std::size_t b = 0; b < kMelBands; ++b) {
      Real sum = 0;
      for (int i = 0; i < mel_.count[b]; ++i) {
        const Real s = magnitude_[static_cast<std::size_t>(mel_.first[b] + i)];
        sum += mel_.weight[static_cast<std::size_t>(mel_.at[b] + i)] * s * s;
      }
      power[b] = sum * kMelFft + floor;
      const Real target = mel_target_[index * kMelBands + b] + floor;
      difference_db[b] = static_cast<Real>(kDb) * std::log(power[b] / target);
      squares += static_cast<double>(difference_db[b]) * difference_db[b];
    }
    const double rms = std::sqrt(squares / kMelBands + kUnderRoot);
    loss += rms;
    if (d_sound.empty()) return;
    std::fill(d_magnitude_.begin(), d_magnitude_.begin() + kMelFft / 2 + 1, Real(0));
    const double common = weights.mel / static_cast<double>(frames) / rms / kMelBands * kDb;
    for (std::size_t b = 0; b < kMelBands; ++b) {
      const auto d = static_cast<Real>(common * difference_db[b] / power[b] * 2 * kMelFft);
      for (int i = 0; i < mel_.count[b]; ++i) {
        const auto bin = static_cast<std::size_t>(mel_.first[b] + i);
        d_magnitude_[bin] +=
            d * mel_.weight[static_cast<std::size_t>(mel_.at[b] + i)] * magnitude_[bin];
      }
    }
    add_gradient(scale, first, d_sound);
  });
  return loss / static_cast<double>(frames);
}

template <typename Real, typename Transform>
double SpectralLoss<Real, Transform>::compare_envelope(std::span<const Real> sound,
                                                       const LossWeights& weights,
                                                       std::span<Real> d_sound) noexcept {
  constexpr double kDb = 4.3429448190325183;
  constexpr Real kFloor = Real(1e-7);  // −70 dB
  const std::size_t blocks = sound.size() / kEnvelopeBlock;
  if (blocks == 0) return 0;
  double loss = 0;
  for (std::size_t block = 0; block < blocks; ++block) {
    const auto part = sound.subspan(block * kEnvelopeBlock, kEnvelopeBlock);
    Real power = 0;
    for (const Real x : part) power += x * x;
    power = power / kEnvelopeBlock + kFloor;
    const Real db = static_cast<Real>(kDb) * std::log(power / (envelope_target_[block] + kFloor));
    loss += std::abs(db);
    if (d_sound.empty()) continue;
    const double sign = db > 0 ? 1 : (db < 0 ? -1 : 0);
    const auto d = static_cast<Real>(weights.envelope / static_cast<double>(blocks) * sign * kDb /
                                     power * 2 / kEnvelopeBlock);
    for (std::size_t n = 0; n < kEnvelopeBlock; ++n) {
      d_sound[block * kEnvelopeBlock + n] += d * part[n];
    }
  }
  return loss / static_cast<double>(blocks);
}

template <typename Real, typename Transform>
LossParts SpectralLoss<Real, Transform>::evaluate(std::span<const Real> sound,
                                                  const LossWeights& weights,
                                                  std::span<Real> d_sound) noexcept {
  std::fill(d_sound.begin(), d_sound.end(), Real(0));
  LossParts parts;
  if (weights.linear > 0 || weights.logarithm > 0) {
    for (Scale& scale : scale_) {
      if (scale.size > 0) parts.spectra += compare_spectra(scale, sound, weights, d_sound);
    }
  }
  if (weights.mel > 0) parts.mel_db = compare_mel(sound, weights, d_sound);
  if (weights.envelope > 0) parts.envelope_db = compare_envelope(sound, weights, d_sound);
  parts.total = parts.spectra + weights.mel * parts.mel_db + weights.envelope * parts.envelope_db;
  return parts;
}

}  // namespace sideband::match
