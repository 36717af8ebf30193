// The oscillators give the same bits everywhere: native, WASM and ARM builds share these hashes.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "core/synth/fm/fm_voice.h"
#include "core/synth/harmonic_noise/harmonic_bank.h"
#include "core/util/rng.h"
#include "tests/unit/synth/fm_reference.h"

namespace sideband {
namespace {

// FNV-1a over the bits of the samples.
std::uint64_t hash_of(const std::vector<float>& samples) {
  std::uint64_t hash = 14695981039346656037U;
  for (const float sample : samples) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &sample, sizeof(bits));
    hash = (hash ^ bits) * 1099511628211U;
  }
  return hash;
}

// Controls without a call into the C library, whose sines differ between platforms.
Controls frame_at(int k) {
  Controls frame;
  frame.f0_hz = 300 + (k % 50) * 1.5;
  frame.amplitude = 0.5F;
  for (int op = 0; op < kOperators; ++op) {
    frame.level[static_cast<std::size_t>(op)] = 0.25F * static_cast<float>((k + 3 * op) % 8);
  }
  for (int h = 0; h < kHarmonics; ++h) {
    frame.harmonic[static_cast<std::size_t>(h)] = 0.001F * static_cast<float>((h + k) % 16);
  }
  return frame;
}

template <typename Render>
std::uint64_t hash_of_hops(std::size_t hop, Render render) {
  std::vector<float> out(hop * 250);
  for (int k = 0; k < 250; ++k) {
    render(frame_at(k), std::span(out).subspan(hop * static_cast<std::size_t>(k), hop));
  }
  return hash_of(out);
}

TEST(SameBits, Fm) {
  FmPatch patch = test::patch_of(test::fm_configurations()[1], 2);
  FmVoice voice;
  voice.prepare(48000);
  const auto render = [&](const Controls& frame, std::span<float> out) {
    voice.render(frame, patch, out);
  };
  EXPECT_EQ(hash_of_hops(192, render), 513260280837079086U);
  patch.modulation[5][5] = 0.5F;
  voice.reset();
  EXPECT_EQ(hash_of_hops(192, render), 7420084116139382581U);
  patch.modulation[5][0] = 0.5F;
  voice.reset();
  EXPECT_EQ(hash_of_hops(177, render), 5638586622779580903U);
}

TEST(SameBits, HarmonicBank) {
  HarmonicBank bank;
  bank.prepare(48000, kHarmonics);
  EXPECT_EQ(hash_of_hops(
                192, [&](const Controls& frame, std::span<float> out) { bank.render(frame, out); }),
            798198273212333089U);
}

TEST(SameBits, RandomNumbers) {
  Rng rng(42);
  std::vector<float> numbers(10000);
  for (float& number : numbers) number = rng.uniform();
  EXPECT_EQ(hash_of(numbers), 1156138729057893709U);
}

}  // namespace
}  // namespace sideband
