// A patch as a DX7 voice, for the page: the nearest legal one as a .syx dump, and a list of what
// was rounded. No engine is involved.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/dx7/convert.h"
#include "core/dx7/performance.h"
#include "core/dx7/syx.h"
#include "wasm/plain_data.h"

#define SB_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace {

using namespace sideband;

// In: a patch (plain_data.h); the six levels at their loudest, in radians; the keys' attack,
// decay (ms), sustain (dB) and release (ms), the transposition (semitones); of each operator the
// envelope's exponent, the LFO's rate (Hz), dip (0…1) and swing (cents).
constexpr std::size_t kInputFloats = kPatchFloats + kOperators + 5 + 4 * kOperators;
constexpr std::size_t kNameBytes = 10;

std::array<float, kInputFloats> input;
std::array<char, kNameBytes> name;
std::array<std::uint8_t, dx7::kSingleDumpBytes> dump_bytes;
dx7::Roundings roundings;
std::array<float, 3> rounding_floats;
std::array<char, 64> rounding_text;

}  // namespace

SB_EXPORT(sb_dx7_input) float* sb_dx7_input() {
  return input.data();
}
// Ten characters, padded with blanks.
SB_EXPORT(sb_dx7_name) char* sb_dx7_name() {
  return name.data();
}

// How many bytes of sb_dx7_dump() are the dump; 0 when there is none.
SB_EXPORT(sb_dx7_export) int sb_dx7_export() {
  const FmPatch patch = read_patch(std::span(input).first<kPatchFloats>());
  const float* in = input.data() + kPatchFloats;
  std::array<float, kOperators> peak_level{};
  for (float& level : peak_level) level = *in++;
  dx7::Performance performance;
  dx7::KeyEnvelope& keys = performance.keys;
  for (float* value : {&keys.attack_ms, &keys.decay_ms, &keys.sustain_db, &keys.release_ms,
                       &performance.transpose_semitones}) {
    *value = *in++;
  }
  for (dx7::OperatorPerformance& op : performance.op) {
    for (float* value : {&op.curve, &op.lfo_rate_hz, &op.lfo_level, &op.lfo_pitch_cents}) {
      *value = *in++;
    }
  }
  roundings = {};
  static dx7::Dump dump;
  dump = {};
  std::array<std::size_t, kOperators> voice_op{};
  dx7::Voice& voice = dump.voice[0];
  voice = dx7::nearest_voice(patch, peak_level, std::string_view(name.data(), name.size()),
                             roundings, &voice_op);
  dx7::set_performance(performance, voice_op, voice, roundings);
  std::size_t used = 0;
  return dx7::write_syx(dump, dump_bytes, used) ? static_cast<int>(used) : 0;
}
SB_EXPORT(sb_dx7_dump) const std::uint8_t* sb_dx7_dump() {
  return dump_bytes.data();
}

SB_EXPORT(sb_dx7_rounding_count) int sb_dx7_rounding_count() {
  return static_cast<int>(roundings.count);
}
// Operator of the voice (0: none), what was wanted, what it became.
SB_EXPORT(sb_dx7_rounding) const float* sb_dx7_rounding(int index) {
  const auto i = static_cast<std::size_t>(std::clamp(index, 0, 63));
  const dx7::Rounding& rounding = roundings.entry[i];
  rounding_floats = {static_cast<float>(rounding.op), static_cast<float>(rounding.wanted),
                     static_cast<float>(rounding.became)};
  return rounding_floats.data();
}
SB_EXPORT(sb_dx7_rounding_text) const char* sb_dx7_rounding_text(int index) {
  const auto i = static_cast<std::size_t>(std::clamp(index, 0, 63));
  write_text(roundings.entry[i].what, rounding_text);
  return rounding_text.data();
}
