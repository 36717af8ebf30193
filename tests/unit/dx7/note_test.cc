// A DX7 voice as it sounds: documented levels, envelope rates, scaling, pitch, and conversion.
#include "core/dx7/note.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "core/dx7/convert.h"
#include "core/dx7/curves.h"
#include "core/synth/fm/algorithms.h"

namespace sideband::dx7 {
namespace {

constexpr int kRateHz = 48000;

std::vector<float> played(const Voice& voice, int midi_note, double seconds, double hold_s = 1e9,
                          int velocity = 100, int rate_hz = kRateHz) {
  static Note note;
  note.prepare(rate_hz);
  note.start(voice, midi_note, velocity);
  std::vector<float> out(static_cast<std::size_t>(seconds * rate_hz));
  const auto held = std::min(out.size(), static_cast<std::size_t>(std::min(hold_s, 1e3) * rate_hz));
  note.render(std::span(out).first(held));
  note.key_up();
  note.render(std::span(out).subspan(held));
  return out;
}

double rms_db(const std::vector<float>& x, double from_s, double to_s) {
  double sum = 0;
  const auto begin = static_cast<std::size_t>(from_s * kRateHz);
  const auto end = static_cast<std::size_t>(to_s * kRateHz);
  for (std::size_t i = begin; i < end; ++i) sum += x[i] * x[i];
  return 10 * std::log10(sum / static_cast<double>(end - begin) + 1e-20);
}

// Frequency from upward zero crossings of something close to a sine.
double frequency_hz(const std::vector<float>& x) {
  double first = -1;
  double last = -1;
  int count = -1;
  for (std::size_t i = 2000; i + 1 < x.size(); ++i) {
    if (!(x[i] < 0 && x[i + 1] >= 0)) continue;
    last = static_cast<double>(i) + x[i] / (x[i] - x[i + 1]);
    if (first < 0) first = last;
    ++count;
  }
  return count * kRateHz / (last - first);
}

// Algorithm 1 has two carriers, each of which may have half of full scale.
TEST(Dx7Note, InitVoiceIsASineOfTheKeyAtHalfOfFullScale) {
  const auto out = played(Voice(), 69, 0.5);
  EXPECT_NEAR(rms_db(out, 0.1, 0.5), -9.03, 0.05);
  EXPECT_NEAR(frequency_hz(out), 440, 0.01);
  EXPECT_NEAR(frequency_hz(played(Voice(), 57, 0.5)), 220, 0.01);
}

TEST(Dx7Note, OutputLevelsFallByThreeQuartersOfADecibelAndFasterBelowTwenty) {
  EXPECT_NEAR(output_level_steps(99), 0, 1e-9);
  EXPECT_NEAR(output_level_steps(91), -256, 1e-9);  // eight units halve the amplitude
  EXPECT_NEAR(output_level_steps(20), 32 * (48 - 127), 1e-9);
  EXPECT_NEAR(output_level_steps(1), 32 * (5 - 127), 1e-9);
  Voice voice;
  const double full = rms_db(played(voice, 60, 0.3), 0.1, 0.3);
  for (const int level : {91, 83, 75, 51, 43}) {
    voice.op[0].output_level = static_cast<std::uint8_t>(level);
    const double expected = full - (99 - level) * 0.7526;
    EXPECT_NEAR(rms_db(played(voice, 60, 0.3), 0.1, 0.3), expected, 0.1) << level;
  }
  voice.op[0].output_level = 0;
  EXPECT_LT(rms_db(played(voice, 60, 0.3), 0.1, 0.3), -150);
}

TEST(Dx7Note, DecaysAreLinearInDecibelsAtTheDocumentedRates) {
  for (const int rate : {20, 35, 50, 60}) {
    Voice voice;
    voice.op[0].envelope = {{99, static_cast<std::uint8_t>(rate), 99, 99}, {99, 0, 0, 0}};
    const int quantized = rate * 41 / 64;
    const double expected_db_per_s =
        0.2819 * std::exp2(quantized / 4) * (1 + 0.25 * (quantized % 4));
    const auto out = played(voice, 84, 1.2);
    const double span_s = std::min(0.5, 40 / expected_db_per_s);
    const double fall = rms_db(out, 0.03, 0.05) - rms_db(out, 0.03 + span_s, 0.05 + span_s);
    EXPECT_NEAR(fall / span_s, expected_db_per_s, 0.02 * expected_db_per_s + 0.05) << rate;
  }
}

TEST(Dx7Note, AttacksJumpAndThenSlowDown) {
  Voice voice;
  voice.op[0].envelope = {{35, 99, 99, 99}, {99, 99, 99, 0}};
  const EnvelopeCurve curve = operator_envelope(voice.op[0], 60, 100);
  EXPECT_NEAR(curve.held(0), kAttackStart, 1e-6);
  double last_gain = 1e9;
  double at = kAttackStart;
  for (int i = 1; i <= 10 && at < 0; ++i) {
    const double next = curve.held(i * 0.05);
    if (next >= 0) break;
    EXPECT_LT(next - at, last_gain);
    last_gain = next - at;
    at = next;
  }
  EXPECT_NEAR(curve.held(60), 0, 1e-6);
}

TEST(Dx7Note, ReleaseGoesToLevelFourFromWhereverItIs) {
  Voice voice;
  voice.op[0].envelope = {{99, 99, 99, 55}, {99, 99, 99, 0}};
  const auto out = played(voice, 60, 1.0, 0.3);
  EXPECT_GT(rms_db(out, 0.2, 0.3), -9.1);
  const double db_per_s = 0.2819 * std::exp2(35 / 4) * (1 + 0.25 * (35 % 4));
  EXPECT_NEAR(rms_db(out, 0.35, 0.4) - rms_db(out, 0.55, 0.6), 0.2 * db_per_s, 1.0);
}

TEST(Dx7Note, RatiosFixedFrequenciesAndDetune) {
  Voice voice;
  voice.op[0].coarse = 3;
  voice.op[0].fine = 50;
  EXPECT_NEAR(frequency_hz(played(voice, 57, 0.5)), 220 * 4.5, 0.02);
  voice.op[0].coarse = 0;
  voice.op[0].fine = 0;
  EXPECT_NEAR(frequency_hz(played(voice, 69, 0.5)), 220, 0.02);
  voice.op[0].fixed_frequency = 1;
  voice.op[0].coarse = 2;
  voice.op[0].fine = 70;
  const double hz = std::pow(10.0, 2.7);
  EXPECT_NEAR(frequency_hz(played(voice, 30, 0.5)), hz, 0.02);
  EXPECT_NEAR(frequency_hz(played(voice, 90, 0.5)), hz, 0.02);
  EXPECT_NEAR(detune_factor(14) / detune_factor(7), std::exp2(7 / 1200.0), 1e-12);
  voice = {};
  voice.transpose = 36;
  EXPECT_NEAR(frequency_hz(played(voice, 57, 0.5)), 440, 0.02);
}

TEST(Dx7Note, LevelScalingFollowsTheManual) {
  Operator op;
  op.right_depth = 99;
  op.right_curve = kMinusLinear;
  // 22 dB an octave, in steps of 0.7526 dB, counted in groups of three keys.
  EXPECT_NEAR(level_scaling(op, 60 + 12) * 0.7526, -22, 0.8);
  EXPECT_NEAR(level_scaling(op, 60 + 24) * 0.7526, -44, 0.8);
  EXPECT_EQ(level_scaling(op, 59), 0);
  op.right_curve = kPlusExponential;
  EXPECT_NEAR(level_scaling(op, 60 + 36) / static_cast<double>(level_scaling(op, 60 + 24)), 2,
              0.15);
  op.left_depth = 50;
  op.left_curve = kPlusLinear;
  EXPECT_GT(level_scaling(op, 40), 0);
}

TEST(Dx7Note, HigherKeysAndHarderKeystrokes) {
  Voice voice;
  voice.op[0].envelope = {{99, 40, 99, 99}, {99, 0, 0, 0}};
  voice.op[0].rate_scaling = 7;
  const auto low = played(voice, 36, 0.6);
  const auto high = played(voice, 96, 0.6);
  EXPECT_LT(rms_db(high, 0.4, 0.5) - rms_db(high, 0.05, 0.1),
            2 * (rms_db(low, 0.4, 0.5) - rms_db(low, 0.05, 0.1)));
  voice = {};
  voice.op[0].velocity_sense = 7;
  voice.op[0].output_level = 80;
  const double soft = rms_db(played(voice, 60, 0.3, 1e9, 30), 0.1, 0.3);
  const double normal = rms_db(played(voice, 60, 0.3, 1e9, 100), 0.1, 0.3);
  const double hard = rms_db(played(voice, 60, 0.3, 1e9, 127), 0.1, 0.3);
  EXPECT_GT(normal, soft + 12);
  EXPECT_GT(hard, normal + 3);
  EXPECT_LT(hard, normal + 8);
}

TEST(Dx7Note, PitchEnvelopeAndLfoBendThePitch) {
  Voice voice;
  voice.pitch_envelope = {{99, 99, 99, 99}, {82, 82, 82, 82}};
  EXPECT_NEAR(frequency_hz(played(voice, 57, 0.5)), 440, 0.1);
  EXPECT_NEAR(pitch_level_octaves(99), 4, 1e-9);
  EXPECT_NEAR(pitch_level_octaves(0), -4, 1e-9);
  voice = {};
  voice.lfo = {99, 0, 99, 0, 1, kSquare};
  voice.pitch_sense = 7;
  static Note note;
  note.prepare(kRateHz);
  note.start(voice, 69, 100);
  double highest = 0;
  double lowest = 1e9;
  for (int i = 0; i < 250; ++i) {
    const double hz = note.next_frame().f0_hz;
    highest = std::max(highest, hz);
    lowest = std::min(lowest, hz);
  }
  EXPECT_NEAR(highest, 880, 0.5);
  EXPECT_NEAR(lowest, 220, 0.5);
  EXPECT_NEAR(lfo_hz(99), 47.7, 0.5);
}

// Two notes of one key, one after the other on the same Note.
std::array<std::vector<float>, 2> played_twice(const Voice& voice) {
  Note note;
  note.prepare(kRateHz);
  std::array<std::vector<float>, 2> out;
  for (auto& sound : out) {
    sound.resize(35 * 192);  // whole hops of 4 ms, but no whole number of periods
    note.start(voice, 69, 100);
    note.render(sound);
  }
  return out;
}

TEST(Dx7Note, WithKeySyncNotesAreAlikeAndWithoutTheOscillatorsRunOn) {
  Voice voice;
  const auto synced = played_twice(voice);
  EXPECT_EQ(synced[0], synced[1]);
  voice.oscillator_sync = 0;
  const auto free = played_twice(voice);
  EXPECT_EQ(free[0], synced[0]);
  // The second note begins where a sine that never stopped would be, once the attack is over.
  const std::size_t length = free[0].size();
  const double turns = 440.0 * static_cast<double>(length + 2001) / kRateHz;
  EXPECT_NEAR(free[1][2000], 0.5 * std::sin(6.283185307179586 * turns), 1e-3);
  EXPECT_GT(std::abs(free[1][2000] - synced[1][2000]), 0.05);
}

TEST(Dx7Note, WithoutLfoSyncTheLfoRunsOn) {
  Voice voice;
  voice.lfo = {30, 0, 99, 0, 1, kSawUp};
  voice.pitch_sense = 5;
  const auto first_pitches = [&] {
    Note note;
    note.prepare(kRateHz);
    std::array<double, 2> hz{};
    for (double& first_hz : hz) {
      note.start(voice, 69, 100);
      first_hz = note.next_frame().f0_hz;
      for (int i = 1; i < 20; ++i) note.next_frame();
    }
    return hz;
  };
  const auto synced = first_pitches();
  EXPECT_EQ(synced[0], synced[1]);
  voice.lfo.sync = 0;
  const auto free = first_pitches();
  EXPECT_EQ(free[0], synced[0]);
  const double turns = 20 / 250.0 * lfo_hz(30);  // of a saw from −1 to 1, after 20 frames
  EXPECT_NEAR(std::log2(free[1] / 440), (2 * turns - 1) * lfo_pitch_octaves(99, 5), 1e-9);
}

TEST(Dx7Note, TheSameSamplesHoweverTheyAreSplit) {
  Voice voice;
  voice.algorithm = 3;
  voice.feedback = 7;
  voice.lfo = {60, 20, 30, 30, 1, kSampleAndHold};
  for (auto& op : voice.op) op.output_level = 85;
  Note note;  // sample and hold draws on from note to note: each has a voice of its own
  note.prepare(44100);
  note.start(voice, 50, 100);
  std::vector<float> again(22050);
  note.render(again);
  Note fresh;
  fresh.prepare(44100);
  fresh.start(voice, 50, 100);
  std::vector<float> pieces(again.size());
  for (std::size_t at = 0; at < pieces.size(); at += 97) {
    fresh.render(std::span(pieces).subspan(at, std::min<std::size_t>(97, pieces.size() - at)));
  }
  EXPECT_EQ(again, pieces);
  for (const float x : again) ASSERT_TRUE(std::isfinite(x) && std::abs(x) < 1.5F);
}

TEST(Dx7Convert, AVoiceThatWasAPatchIsThatVoice) {
  for (int a = 0; a < 32; ++a) {
    Voice voice;
    voice.algorithm = static_cast<std::uint8_t>(a);
    voice.feedback = static_cast<std::uint8_t>(a % 7 + 1);
    for (std::size_t i = 0; i < kOperators; ++i) {
      Operator& op = voice.op[i];
      op.output_level = static_cast<std::uint8_t>(60 + 6 * i);
      op.coarse = static_cast<std::uint8_t>(i * 3);
      op.fine = static_cast<std::uint8_t>(i * 7);
      op.detune = static_cast<std::uint8_t>(4 + i);
    }
    std::array<float, kOperators> level{};
    const FmPatch patch = to_patch(voice, 60, level);
    Roundings roundings;
    const Voice back = nearest_voice(patch, level, "SAME", roundings);
    EXPECT_EQ(roundings.count, 0U) << "algorithm " << a + 1;
    // Operators may be numbered differently where the algorithm has a symmetry: compare as patches.
    std::array<float, kOperators> level_back{};
    const FmPatch again = to_patch(back, 60, level_back);
    std::vector<std::pair<float, float>> one;
    std::vector<std::pair<float, float>> two;
    for (std::size_t i = 0; i < kOperators; ++i) {
      one.emplace_back(level[i], patch.ratio[i]);
      two.emplace_back(level_back[i], again.ratio[i]);
    }
    std::sort(one.begin(), one.end());
    std::sort(two.begin(), two.end());
    for (std::size_t i = 0; i < kOperators; ++i) {
      EXPECT_NEAR(one[i].first, two[i].first, 1e-4 * one[i].first);
      EXPECT_NEAR(one[i].second, two[i].second, 1e-4 * one[i].second);
    }
    EXPECT_EQ(back.feedback, voice.feedback);
  }
}

TEST(Dx7Convert, WhatWasRoundedIsListed) {
  FmPatch patch;
  patch.i_max = 2;
  patch.carrier[0] = 1;
  for (std::size_t from = 1; from < 6; ++from) patch.modulation[0][from] = 1;  // five into one
  patch.ratio = {1, 40, 1, 1, 1, 1};
  Roundings roundings;
  const Voice voice = nearest_voice(patch, {2, 20, 1, 1, 1, 1}, "LOOP", roundings);
  EXPECT_EQ(printable_name(voice).view(), "LOOP");
  std::string said;
  for (const Rounding& rounding : roundings.list()) said += std::string(rounding.what) + "; ";
  EXPECT_NE(said.find("edges"), std::string::npos) << said;
  EXPECT_NE(said.find("level in dB"), std::string::npos) << said;  // 20 rad is above 4π
}

}  // namespace
}  // namespace sideband::dx7
