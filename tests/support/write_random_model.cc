// Writes a harmonic + noise model with random weights, small as the papers' Reduced: for measuring
// what such a model costs where none is trained yet.
#include <cstdio>

#include "tests/support/random_model.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto file = sideband::test::random_model(
      {.synth = "harmonic_noise", .hidden = 16, .reverb = true, .seed = 5, .weight_scale = 0.4F});
  std::FILE* out = std::fopen(argv[1], "wb");
  if (out == nullptr) return 1;
  const bool written = std::fwrite(file.data(), 1, file.size(), out) == file.size();
  return std::fclose(out) == 0 && written ? 0 : 1;
}
