// Spectrograms as PNG files, in the colours of the A/B page.
#pragma once

#include <span>
#include <string>

namespace sideband::cli {

// `db`: rows × columns as draw_spectrogram() writes them, −85 to −10 dB from dark to light.
void write_spectrogram_png(const std::string& path, std::span<const float> db, int columns,
                           int rows);

// Where `db` is louder (warm) and softer (cold) than `reference_db`, full colour at 30 dB.
void write_difference_png(const std::string& path, std::span<const float> db,
                          std::span<const float> reference_db, int columns, int rows);

}  // namespace sideband::cli
