#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/unit/analyzer/analyzer_fixture.h"

namespace sideband {
namespace {

class PitchAtRate : public ::testing::TestWithParam<int> {};

TEST_P(PitchAtRate, SteadyTonesAreRightAcrossTheRange) {
  const int rate_hz = GetParam();
  for (double f0 = 51; f0 < 3000; f0 *= 1.37) {
    for (const int harmonics : {1, 12}) {
      const auto audio = steady_tone(rate_hz, 0.5, f0, 0.3, harmonics);
      const auto frames = analyze(audio, {.sample_rate_hz = rate_hz}).frames;
      ASSERT_EQ(frames.size(), 125U);
      for (std::size_t k = 30; k < frames.size(); ++k) {
        ASSERT_GE(frames[k].confidence, kVoicedConfidence) << f0 << " Hz, frame " << k;
        ASSERT_LT(std::abs(cents(frames[k].f0_hz, f0)), 3.0) << f0 << " Hz, frame " << k;
      }
    }
  }
}

TEST_P(PitchAtRate, SilenceAndNoiseAreUnvoicedAndTheValueHolds) {
  const int rate_hz = GetParam();
  auto audio = steady_tone(rate_hz, 0.3, 330, 0.3, 8);
  const auto tone_samples = audio.size();
  audio.resize(tone_samples * 4, 0.0F);
  unsigned state = 7;
  for (std::size_t n = tone_samples * 2; n < audio.size(); ++n) {
    state = state * 1664525U + 1013904223U;
    audio[n] = 0.05F * (static_cast<float>(state >> 8U) / 8388608.0F - 1.0F);
  }
  const auto frames = analyze(audio, {.sample_rate_hz = rate_hz}).frames;
  int voiced = 0;
  for (std::size_t k = 75 + 10; k < frames.size(); ++k) {
    voiced += frames[k].confidence >= kVoicedConfidence ? 1 : 0;
    if (k < 150) {
      EXPECT_LT(std::abs(cents(frames[k].f0_hz, 330)), 20.0) << "frame " << k;
    }
  }
  EXPECT_LE(voiced, 4);
  EXPECT_EQ(analyze(std::vector<float>(9000), {.sample_rate_hz = rate_hz}).frames[5].f0_hz, 440.0F);
}

INSTANTIATE_TEST_SUITE_P(Rates, PitchAtRate,
                         ::testing::Values(8000, 11025, 16000, 44100, 48000, 96000, 192000));

TEST(Pitch, MissingFundamentalAndStrongSecondHarmonic) {
  constexpr int kRate = 48000;
  for (const double f0 : {110.0, 196.0, 311.0}) {
    for (const bool missing : {true, false}) {
      std::vector<float> audio(kRate / 2);
      for (std::size_t n = 0; n < audio.size(); ++n) {
        const double phase = 2 * std::numbers::pi * f0 * static_cast<double>(n) / kRate;
        const double sum = missing
                               ? std::sin(2 * phase) + std::sin(3 * phase) + std::sin(4 * phase)
                               : std::sin(phase) + 5 * std::sin(2 * phase) + std::sin(3 * phase);
        audio[n] = static_cast<float>(0.08 * sum);
      }
      const auto frames = analyze(audio, {.sample_rate_hz = kRate}).frames;
      for (std::size_t k = 20; k < frames.size(); ++k) {
        ASSERT_LT(std::abs(cents(frames[k].f0_hz, f0)), 10.0)
            << f0 << (missing ? " missing" : " 2nd");
      }
    }
  }
}

// One harmonic on a formant, the others 20 dB below it: the octave is still the voice's.
TEST(Pitch, ASungVowelKeepsItsOctave) {
  constexpr int kRate = 48000;
  for (const int strong : {2, 3, 4}) {
    const double f0 = 800.0 / strong;
    std::vector<float> audio(kRate / 2);
    for (std::size_t n = 0; n < audio.size(); ++n) {
      double sum = 0;
      for (int k = 1; k <= 12; ++k) {
        const double phase = 2 * std::numbers::pi * k * f0 * static_cast<double>(n) / kRate;
        sum += (k == strong ? 1.0 : 0.1) * std::sin(phase + k * k);
      }
      audio[n] = static_cast<float>(0.2 * sum);
    }
    const auto frames = analyze(audio, {.sample_rate_hz = kRate}).frames;
    for (std::size_t k = 20; k < frames.size(); ++k) {
      ASSERT_LT(std::abs(cents(frames[k].f0_hz, f0)), 10.0) << strong << ", frame " << k;
    }
  }
}

// The room still rings with the note before, 9 dB below, at almost a third of the new one.
TEST(Pitch, TheEchoOfTheNoteBeforeIsNotASubharmonic) {
  constexpr int kRate = 48000;
  auto audio = steady_tone(kRate, 0.8, 374, 0.2, 10);
  const auto second = steady_tone(kRate, 0.4, 1037, 0.2, 10);
  const auto start = audio.size() / 2;
  for (std::size_t n = start; n < audio.size(); ++n) {
    const double decay = 0.35 * std::exp(-3.0 * static_cast<double>(n - start) / kRate);
    audio[n] = static_cast<float>(decay) * audio[n] + second[n - start];
  }
  const auto frames = analyze(audio, {.sample_rate_hz = kRate}).frames;
  for (std::size_t k = 100 + 10; k < frames.size(); ++k) {
    EXPECT_LT(std::abs(cents(frames[k].f0_hz, 1037)), 30.0) << "frame " << k;
  }
}

TEST(Pitch, MainsHumIsUnvoiced) {
  for (const double mains_hz : {50.0, 60.0}) {
    const auto audio = steady_tone(48000, 1.0, mains_hz, 0.004, 7);
    for (const Features& frame : analyze(audio, {.sample_rate_hz = 48000}).frames) {
      EXPECT_LT(frame.confidence, kVoicedConfidence);
    }
  }
}

// A rectifier's or a dimmer's buzz: twice the mains and its harmonics, and no note an octave below.
// (That it begins at all is heard for a moment.)
TEST(Pitch, MainsBuzzIsUnvoiced) {
  for (const double buzz_hz : {100.0, 120.0}) {
    const auto audio = steady_tone(48000, 1.0, buzz_hz, 0.004, 30);
    const auto frames = analyze(audio, {.sample_rate_hz = 48000}).frames;
    for (std::size_t k = 10; k < frames.size(); ++k) {
      EXPECT_LT(frames[k].confidence, kVoicedConfidence) << buzz_hz << " Hz, frame " << k;
    }
  }
}

// A key's click rings at a pitch, but is gone before a note has begun.
TEST(Pitch, KeyClicksAreUnvoicedAndShortNotesAreNot) {
  constexpr int kRate = 48000;
  for (const double hz : {420.0, 800.0, 1500.0, 2200.0}) {
    for (const double decay_s : {0.002, 0.004, 0.08}) {
      std::vector<float> audio(kRate / 2, 0.0F);
      for (std::size_t n = kRate / 10; n < audio.size(); ++n) {
        const double t = static_cast<double>(n) / kRate - 0.1;
        audio[n] = static_cast<float>(0.2 * std::exp(-t / decay_s) *
                                      std::sin(2 * std::numbers::pi * hz * t));
      }
      const auto frames = analyze(audio, {.sample_rate_hz = kRate}).frames;
      const auto voiced = std::count_if(frames.begin(), frames.end(), [](const Features& frame) {
        return frame.confidence >= kVoicedConfidence;
      });
      if (decay_s < 0.01) {
        EXPECT_LE(voiced, 2) << hz << " Hz, " << decay_s << " s";
      } else {
        EXPECT_GE(voiced, 40) << hz << " Hz";
      }
    }
  }
}

TEST(Pitch, ANoteIsRightSoonAfterItStarts) {
  constexpr int kRate = 48000;
  for (const double f0 : {220.0, 440.0, 880.0}) {
    std::vector<float> audio(kRate / 5, 0.0F);
    const auto note = steady_tone(kRate, 0.3, f0, 0.3, 8);
    audio.insert(audio.end(), note.begin(), note.end());
    const auto frames = analyze(audio, {.sample_rate_hz = kRate}).frames;
    for (std::size_t k = 0; k < frames.size(); ++k) {
      const double since_start_ms = 4.0 * static_cast<double>(k + 1) - 200;
      const bool voiced = frames[k].confidence >= kVoicedConfidence;
      if (since_start_ms >= 20) {
        EXPECT_TRUE(voiced) << f0 << " Hz, " << since_start_ms << " ms";
      }
      if (voiced) {
        EXPECT_LT(std::abs(cents(frames[k].f0_hz, f0)), 50.0) << f0 << " Hz, " << since_start_ms;
      }
    }
  }
}

// The old note fades over 40 ms while the new one comes in: half of that passes before it is the
// louder one.
TEST(Pitch, ANoteIsRightWhileTheOneBeforeStillEnds) {
  const int rate_hz = 48000;
  for (const auto& [old_hz, new_hz] : {std::pair{262.8, 639.0}, {409.9, 769.8}, {880.0, 698.5}}) {
    auto audio = steady_tone(rate_hz, 0.5, old_hz, 0.3, 8);
    const auto next = steady_tone(rate_hz, 0.5, new_hz, 0.3, 8);
    const std::size_t fade = 1920;
    const std::size_t start = audio.size() - fade;
    for (std::size_t n = 0; n < fade; ++n) {
      const auto rise = 0.5F - 0.5F * std::cos(std::numbers::pi_v<float> * static_cast<float>(n) /
                                               static_cast<float>(fade));
      audio[start + n] = (1 - rise) * audio[start + n] + rise * next[n];
    }
    audio.insert(audio.end(), next.begin() + fade, next.end());
    const auto frames = analyze(audio, {.sample_rate_hz = rate_hz}).frames;
    for (std::size_t k = start / 192 + 5; k < frames.size(); ++k) {  // 24 ms on
      ASSERT_GE(frames[k].confidence, kVoicedConfidence) << new_hz << " Hz, frame " << k;
      ASSERT_LT(std::abs(cents(frames[k].f0_hz, new_hz)), 50.0) << new_hz << " Hz, frame " << k;
    }
  }
}

// Steps of a semitone whose notes are played apart: it is softer in between. Some come at a bad
// moment for the hops.
TEST(Pitch, MostNearNotesAreRightWithinTwelveMilliseconds) {
  const int rate_hz = 48000;
  const std::size_t fade = 576;
  int right = 0;
  int steps = 0;
  for (double old_hz = 330; old_hz < 900; old_hz *= std::exp2(1 / 12.0)) {
    for (const double semitones : {-1.0, 1.0}) {
      const double new_hz = old_hz * std::exp2(semitones / 12);
      auto audio = steady_tone(rate_hz, 0.5, old_hz, 0.3, 8);
      const auto next = steady_tone(rate_hz, 0.2, new_hz, 0.3, 8);
      const std::size_t start = audio.size() - fade;
      for (std::size_t n = 0; n < fade; ++n) {
        const float rise = static_cast<float>(n) / static_cast<float>(fade);
        audio[start + n] = (1 - rise) * (1 - rise) * audio[start + n] + rise * rise * next[n];
      }
      audio.insert(audio.end(), next.begin() + fade, next.end());
      const auto frames = analyze(audio, {.sample_rate_hz = rate_hz}).frames;
      right += std::all_of(
          frames.begin() + static_cast<std::ptrdiff_t>(start / 192 + 2), frames.end(),
          [&](const Features& frame) { return std::abs(cents(frame.f0_hz, new_hz)) < 50; });
      ++steps;
    }
  }
  EXPECT_GE(right, 3 * steps / 4) << "of " << steps;
}

// One formant, and the noise of a room 6 dB below: neither is a higher note.
TEST(Pitch, ALowVoiceInNoiseKeepsItsPitch) {
  constexpr int kRate = 48000;
  for (const auto& [f0_hz, formant_hz] : {std::pair{85.0, 700.0}, {110.0, 600.0}, {110.0, 700.0}}) {
    const double f0 = f0_hz;
    std::vector<float> voice(2 * kRate);
    for (std::size_t n = 0; n < voice.size(); ++n) {
      double sum = 0;
      for (int k = 1; k <= 24; ++k) {
        const double off = (k * f0 - formant_hz) / 60;
        const double level = (0.05 + 1 / (1 + off * off)) / std::sqrt(k);
        const double phase = 2 * std::numbers::pi * k * f0 * static_cast<double>(n) / kRate;
        sum += level * std::sin(phase + k * k);
      }
      voice[n] = static_cast<float>(sum);
    }
    std::vector<float> noise(voice.size());
    unsigned state = 7;
    float lowpass = 0;
    for (float& sample : noise) {
      state = state * 1664525U + 1013904223U;
      lowpass += 0.2F * (static_cast<float>(state >> 8U) / 8388608.0F - 1.0F - lowpass);
      sample = lowpass;
    }
    const auto power = [](const std::vector<float>& x) {
      return std::inner_product(x.begin(), x.end(), x.begin(), 0.0F);
    };
    const float gain = 0.5F * std::sqrt(power(voice) / power(noise));
    for (std::size_t n = 0; n < voice.size(); ++n) voice[n] += gain * noise[n];
    const auto frames = analyze(voice, {.sample_rate_hz = kRate}).frames;
    const auto wrong = std::count_if(frames.begin() + 40, frames.end(), [&](const Features& frame) {
      return frame.confidence >= kVoicedConfidence && std::abs(cents(frame.f0_hz, f0)) > 50;
    });
    EXPECT_LE(wrong, 4) << f0 << " Hz, formant at " << formant_hz << " Hz";
  }
}

TEST(Pitch, ReportedLatencyIsTheMeasuredLag) {
  // Along a glide of one octave per second the value lags by lag · 1200 cents per second.
  for (const int rate_hz : {16000, 48000}) {
    const auto pitch = [](double t) { return 150 * std::exp2(t); };
    const auto audio = tone(rate_hz, 2.0, pitch, 0.3, 10);
    const auto analysis = analyze(audio, {.sample_rate_hz = rate_hz});
    double lag_s = 0;
    int count = 0;
    for (std::size_t k = 50; k < analysis.frames.size(); ++k, ++count) {
      const double now = 0.004 * static_cast<double>(k + 1);
      lag_s += cents(pitch(now), analysis.frames[k].f0_hz) / 1200;
    }
    lag_s /= count;
    const double reported_s = static_cast<double>(analysis.latency_samples) / rate_hz;
    EXPECT_NEAR(lag_s, reported_s, 0.0015) << rate_hz;
    EXPECT_LT(reported_s, 0.010);
  }
}

TEST(Pitch, TheRangeOfTheInstrumentIsKept) {
  const auto audio = steady_tone(48000, 0.4, 98, 0.3, 10);
  const auto analysis =
      analyze(audio, {.sample_rate_hz = 48000, .min_f0_hz = 180, .max_f0_hz = 1400});
  for (const Features& frame : analysis.frames) {
    if (frame.confidence >= kVoicedConfidence) {
      EXPECT_GT(frame.f0_hz, 175.0F);
    }
  }
}

}  // namespace
}  // namespace sideband
