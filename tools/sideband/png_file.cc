#include "tools/sideband/png_file.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tools/sideband/fault.h"

namespace sideband::cli {
namespace {

constexpr float kTopDb = -10;
constexpr float kRangeDb = 75;
constexpr float kDifferenceDb = 30;

struct Stop {
  float place;  // 0…1
  std::array<float, 3> colour;
};

constexpr Stop kLevels[] = {{0, {8, 10, 18}},
                            {0.25F, {35, 30, 92}},
                            {0.5F, {24, 112, 138}},
                            {0.75F, {95, 208, 166}},
                            {1, {252, 247, 205}}};
constexpr Stop kDifferences[] = {{0, {70, 150, 255}},
                                 {0.3F, {30, 60, 130}},
                                 {0.5F, {14, 16, 22}},
                                 {0.7F, {140, 52, 34}},
                                 {1, {255, 160, 90}}};

void append_colour(std::span<const Stop> stops, float place, std::vector<std::uint8_t>& pixels) {
  place = std::clamp(place, 0.0F, 1.0F);
  std::size_t upper = 1;
  while (upper + 1 < stops.size() && stops[upper].place < place) ++upper;
  const Stop& from = stops[upper - 1];
  const Stop& to = stops[upper];
  const float part = (place - from.place) / (to.place - from.place);
  for (std::size_t c = 0; c < 3; ++c) {
    const float value = from.colour[c] + (to.colour[c] - from.colour[c]) * part;
    pixels.push_back(static_cast<std::uint8_t>(std::lround(value)));
  }
}

void write_png(const std::string& path, const std::vector<std::uint8_t>& pixels, int columns,
               int rows) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(columns);
  image.height = static_cast<png_uint_32>(rows);
  image.format = PNG_FORMAT_RGB;
  errno = 0;
  if (png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr) == 0) {
    throw Fault(path, errno != 0 ? std::strerror(errno) : image.message);
  }
}

}  // namespace

void write_spectrogram_png(const std::string& path, std::span<const float> db, int columns,
                           int rows) {
  std::vector<std::uint8_t> pixels;
  for (const float value : db) {
    append_colour(kLevels, (value - (kTopDb - kRangeDb)) / kRangeDb, pixels);
  }
  write_png(path, pixels, columns, rows);
}

void write_difference_png(const std::string& path, std::span<const float> db,
                          std::span<const float> reference_db, int columns, int rows) {
  constexpr float kFloorDb = kTopDb - kRangeDb;
  std::vector<std::uint8_t> pixels;
  for (std::size_t i = 0; i < db.size(); ++i) {
    // Below the floor, differences would be of noise that nobody hears.
    const float difference = std::max(db[i], kFloorDb) - std::max(reference_db[i], kFloorDb);
    append_colour(kDifferences, 0.5F + difference / (2 * kDifferenceDb), pixels);
  }
  write_png(path, pixels, columns, rows);
}

}  // namespace sideband::cli
