// The recogniser's file, whole, cut short and with bytes of it changed: refused with a sentence, or
// what it hears are numbers and what it guesses are voices.
//
// Input: one byte, whether what follows is the file itself (0), or changes to the one that ships:
// three bytes of offset (those from 0x800000 on within the header), one of a count, the new bytes;
// a count of zero cuts the file off there.
#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <vector>

#include "core/match/recogniser.h"
#include "core/util/arena.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/test_engine.h"

using namespace sideband;

namespace {

constexpr std::size_t kSamples = 4000;
constexpr std::size_t kHeaderBytes = 2224;
constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

std::vector<std::uint8_t> shipped_file() {
  std::ifstream file(SIDEBAND_RECOGNISER, std::ios::binary);
  std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(file)),
                                  std::istreambuf_iterator<char>());
  fuzz::expect(bytes.size() > kHeaderBytes && bytes.size() < kMostBytes,
               "the recogniser that ships is there");
  return bytes;
}

void change(std::span<const std::uint8_t> changes, std::vector<std::uint8_t>& file) {
  while (changes.size() >= 4 && !file.empty()) {
    std::size_t offset = changes[0] | changes[1] << 8U | changes[2] << 16U;
    offset %= offset >= 0x800000U ? std::min(kHeaderBytes, file.size()) : file.size();
    const std::size_t count = std::min<std::size_t>(changes[3], changes.size() - 4);
    changes = changes.subspan(4);
    if (count == 0) file.resize(offset);
    for (std::size_t i = 0; i < count && offset + i < file.size(); ++i) {
      file[offset + i] = changes[i];
    }
    changes = changes.subspan(count);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> shipped = shipped_file();
  static const std::vector<float> tone = test::test_tone(16000, 0.25F);
  static std::vector<std::byte> memory(match::Recogniser::kMemoryBytes);
  static std::vector<std::uint8_t> file;
  if (size == 0) return 0;

  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  if (data[0] == 0) {
    file.assign(rest.begin(), rest.end());
  } else {
    file = shipped;
    change(rest, file);
  }
  Arena arena(memory);
  match::Recogniser recogniser;
  const Status status = recogniser.load(fuzz::bytes(file.data(), file.size()), kSamples, arena);
  if (!status) {
    fuzz::expect_sentence(status.message());
    return 0;
  }
  const double hold_s = recogniser.key_up_s(tone);
  fuzz::expect(hold_s >= 0 && hold_s <= static_cast<double>(kSamples) / 16000,
               "the key goes up within the sound, or at its end");
  const std::array<double, 2> f0_hz{220, 311.1};
  recogniser.listen(tone, hold_s, f0_hz);
  Rng random(data[size / 2]);
  for (std::size_t pitch = 0; pitch < f0_hz.size(); ++pitch) {
    fuzz::expect(std::isfinite(recogniser.log_odds(pitch)), "odds are numbers");
    const auto guess = recogniser.draw(pitch, 0, random);
    fuzz::expect(guess.algorithm >= 1 && guess.algorithm <= 32, "an algorithm that exists");
    fuzz::expect(guess.feedback >= 0 && guess.feedback <= 7, "a feedback that exists");
    for (const std::size_t ratio : guess.ratio) {
      fuzz::expect(ratio < match::kRatioClasses, "a ratio that exists");
    }
  }
  return 0;
}
