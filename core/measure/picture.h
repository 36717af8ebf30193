// A spectrogram as numbers: dB per column of time and row of pitch, for the page and for PNG files.
#pragma once

#include <span>

#include "core/util/arena.h"

namespace sideband {

inline constexpr float kPictureFloorDb = -100;
inline constexpr double kPictureLowestHz = 60;
inline constexpr std::size_t kPictureScratchBytes = 1U << 17U;

// Writes rows × columns values (row 0 is the highest pitch), dB relative to a full-scale sine. Rows
// are evenly spaced on the mel scale from kPictureLowestHz to Nyquist; each shows the strongest bin
// it covers, each column the strongest frame. False where the sound is shorter than a window.
bool draw_spectrogram(std::span<const float> samples, int rate_hz, int columns, int rows,
                      std::span<float> out_db, Arena scratch);

}  // namespace sideband
