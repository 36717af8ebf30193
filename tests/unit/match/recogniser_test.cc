// The shipped recogniser: the same numbers as PyTorch, what it hears of a voice, and what it
// refuses.
#include "core/match/recogniser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "core/dx7/note.h"

namespace sideband::match {
namespace {

constexpr std::size_t kMostSamples = 64000;

std::vector<std::byte> shipped() {
  std::ifstream file(SIDEBAND_SOURCE_DIR "/models/recogniser.safetensors", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

struct Loaded {
  explicit Loaded(const std::vector<std::byte>& file = shipped())
      : block(Recogniser::kMemoryBytes), arena(block) {
    status = recogniser.load(file, kMostSamples, arena);
  }
  std::vector<std::byte> block;
  Arena arena;
  Recogniser recogniser;
  Status status;
};

std::vector<float> next_line(std::istream& file) {
  std::string line;
  std::getline(file, line);
  std::istringstream words(line);
  std::vector<float> values;
  for (std::string word; std::getline(words, word, ',');) values.push_back(std::stof(word));
  return values;
}

void expect_same(std::span<const float> ours, const std::vector<float>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(ours[i], theirs[i], 1e-3F + 1e-4F * std::abs(theirs[i])) << "value " << i;
  }
}

// 2 s at 16 kHz of a voice with one modulator, its key up after `hold_s`.
std::vector<float> played(int midi_note, double hold_s) {
  dx7::Voice voice;
  voice.algorithm = 4;
  voice.op[0].envelope = {{95, 40, 25, 60}, {99, 90, 70, 0}};
  voice.op[1] = voice.op[0];
  voice.op[1].output_level = 75;
  voice.op[1].coarse = 3;
  dx7::Note note;
  note.prepare(16000);
  note.start(voice, midi_note, 100);
  std::vector<float> sound(32000);
  const auto held = static_cast<std::size_t>(hold_s * 16000);
  note.render(std::span(sound).first(held));
  note.key_up();
  note.render(std::span(sound).subspan(held));
  return sound;
}

TEST(Recogniser, EqualsPyTorch) {
  Loaded loaded;
  ASSERT_TRUE(loaded.status.ok()) << loaded.status.message();
  std::ifstream golden(SIDEBAND_SOURCE_DIR "/tests/golden/match/recogniser.csv");
  RecogniserInput::Comb comb;
  for (std::size_t i = 0; i < comb.size(); ++i) {
    comb[i] = static_cast<std::uint8_t>((i * 37 + i / 7 * 11) % 241);
  }
  std::array<std::uint8_t, 60 * RecogniserInput::kBands> bands;
  for (std::size_t i = 0; i < bands.size(); ++i) {
    bands[i] = static_cast<std::uint8_t>((i * 29 + i / 5 * 13) % 241);
  }
  expect_same(loaded.recogniser.key_up_log_odds(bands), next_line(golden));
  loaded.recogniser.hear(2, 110, comb);  // MIDI note 45
  expect_same(loaded.recogniser.heads(2), next_line(golden));
  Recogniser::Guess guess;
  guess.algorithm = 5;
  expect_same(loaded.recogniser.ratio_log_odds(2, guess, 5), next_line(golden));
  guess.ratio = {0, 0, 0, 0, 20, 1};
  expect_same(loaded.recogniser.ratio_log_odds(2, guess, 3), next_line(golden));
}

TEST(Recogniser, HearsWhenTheKeyGoesUp) {
  Loaded loaded;
  ASSERT_TRUE(loaded.status.ok());
  for (const double hold_s : {0.5, 0.93, 1.5}) {
    EXPECT_NEAR(loaded.recogniser.key_up_s(played(57, hold_s)), hold_s, 0.016);
  }
  const std::vector<float> held = played(57, 2);
  EXPECT_EQ(loaded.recogniser.key_up_s(held), 2);
  EXPECT_EQ(loaded.recogniser.key_up_s(std::vector<float>(300)), 300.0 / 16000);
}

TEST(Recogniser, KnowsVoicesAndNotWhatIsNone) {
  Loaded loaded;
  ASSERT_TRUE(loaded.status.ok());
  EXPECT_TRUE(loaded.recogniser.knows(played(57, 1.2), 1.2));
  Rng random(3);
  std::vector<float> noise(32000);
  for (float& x : noise) x = 0.3F * random.uniform();
  EXPECT_FALSE(loaded.recogniser.knows(noise, 2));
}

TEST(Recogniser, TellsTheKeyFromItsOctaves) {
  Loaded loaded;
  ASSERT_TRUE(loaded.status.ok());
  const double f0_hz = 220;
  const std::array<double, 3> supposed{f0_hz, 2 * f0_hz, f0_hz / 2};
  loaded.recogniser.listen(played(57, 1.2), 1.2, supposed);
  EXPECT_GT(loaded.recogniser.log_odds(0), loaded.recogniser.log_odds(1));
  EXPECT_GT(loaded.recogniser.log_odds(0), loaded.recogniser.log_odds(2));
}

TEST(Recogniser, DrawsLegalVoicesTheSameForTheSameSeed) {
  Loaded loaded;
  ASSERT_TRUE(loaded.status.ok());
  const std::array<double, 1> supposed{220};
  loaded.recogniser.listen(played(57, 1.2), 1.2, supposed);
  Rng random(4);
  Rng again(4);
  for (int i = 0; i < 50; ++i) {
    const Recogniser::Guess guess = loaded.recogniser.draw(0, i % 2 == 0 ? 0 : 17, random);
    EXPECT_GE(guess.algorithm, 1);
    EXPECT_LE(guess.algorithm, 32);
    EXPECT_TRUE(i % 2 == 0 || guess.algorithm == 17);
    EXPECT_LE(guess.feedback, 7);
    for (const std::size_t ratio : guess.ratio) EXPECT_LT(ratio, kRatioClasses);
    EXPECT_EQ(guess.ratio, loaded.recogniser.draw(0, i % 2 == 0 ? 0 : 17, again).ratio);
  }
}

TEST(Recogniser, HearsNumbersEvenWhereWeightsAreHuge) {
  std::vector<std::byte> file = shipped();
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file.data(), sizeof(header_bytes));
  const std::vector<float> huge(192, std::numeric_limits<float>::max());
  // The first tensor: the biases of the first layer.
  std::memcpy(file.data() + sizeof(header_bytes) + header_bytes, huge.data(), huge.size() * 4);
  Loaded loaded(file);
  ASSERT_TRUE(loaded.status.ok()) << loaded.status.message();
  const std::array<double, 1> supposed{220};
  loaded.recogniser.listen(played(57, 1.2), 1.2, supposed);
  EXPECT_TRUE(std::isfinite(loaded.recogniser.log_odds(0)));
  for (const float odds : loaded.recogniser.heads(0)) EXPECT_TRUE(std::isfinite(odds));
  Rng random(4);
  const Recogniser::Guess guess = loaded.recogniser.draw(0, 0, random);
  for (const std::size_t ratio : guess.ratio) EXPECT_LT(ratio, kRatioClasses);
}

TEST(Recogniser, RefusesWhatIsDamagedInASentence) {
  const std::vector<std::byte> whole = shipped();
  std::vector<std::byte> file = whole;
  file.resize(file.size() / 2);
  EXPECT_FALSE(Loaded(file).status.ok());
  EXPECT_FALSE(Loaded(std::vector<std::byte>(100)).status.ok());
  file = whole;
  std::fill(file.end() - 4000, file.end(), std::byte{0xFF});  // not numbers
  const Loaded not_finite(file);
  EXPECT_NE(std::string(not_finite.status.message()).find("finite"), std::string::npos)
      << not_finite.status.message();
  std::ifstream other(SIDEBAND_SOURCE_DIR "/models/flute/ddx7-reduced.safetensors",
                      std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(other), {}};
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  const Loaded model({bytes, bytes + text.size()});
  EXPECT_NE(std::string(model.status.message()).find("is not a recogniser"), std::string::npos)
      << model.status.message();
}

}  // namespace
}  // namespace sideband::match
