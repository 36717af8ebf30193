// Tells a low note from two higher ones that merely fit into a common, longer period.
#pragma once

#include <span>

namespace sideband {

// A period T fits any mixture of sounds whose periods divide it: the echo of the last note under a
// new one, or a double stop, at 4 : 5 say. It all but fits, too, where the periods are near it and
// the windows short. A note of period T that is sung on a strong formant looks the same at first:
// one harmonic towers over the rest. Two things tell them apart, both in the weak rest, and neither
// depends on how weak it is.
struct HarmonicEvidence {
  // Two numbers q and r: of the partials that are no multiples of the stronger one, the largest
  // share that are multiples of the other, 0–1. Fifths (2 : 3) are left alone: they cannot be told
  // from a note whose fundamental is missing.
  float second_note = 0;
  // How far the rest's frequencies, measured one by one, are from the harmonics of T, 0–1.
  float inharmonicity = 0;
  // The fundamental's share of the rest, 0–1. Two notes that share T have no partial there.
  float root = 0;
};

// From the newest samples of `signal` (oldest first, 16 kHz). `period` in samples; uses an even
// number of periods, at least kMinEvidenceSamples (partial_meter.h). `noise`: what may be as far
// off as it likes, as a share of all partials' amplitudes.
HarmonicEvidence harmonic_evidence(std::span<const float> signal, float period,
                                   float noise) noexcept;

}  // namespace sideband
