#include "wasm/match/voice_files.h"

#include <string_view>

namespace sideband {
namespace {

VoiceFiles files;

}  // namespace

const VoiceFiles& voice_files() {
  return files;
}

void write_voice_files(const dx7::Voice& voice, int midi_note, double played_hz, double hold_s) {
  static dx7::Dump dump;
  dump = {};
  dump.voice[0] = voice;
  std::size_t used = 0;
  static_cast<void>(dx7::write_syx(dump, files.dump, used));  // as many bytes as one voice takes
  const match::LoudnessCurve curve =
      match::loudness_curve(voice, midi_note, hold_s, match::kLoudestPlayedDb);
  files.keys = curve.keys;
  std::array<char, dx7::kNameLength> small{};  // the DX7 has capitals, models do not
  std::size_t length = 0;
  for (std::size_t i = 0; i < small.size(); ++i) {
    const char c = voice.name[i];
    small[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (c != ' ') length = i + 1;
  }
  files.model_bytes = match::write_live_model(voice, midi_note, played_hz, curve,
                                              {small.data(), length}, files.model);
}

}  // namespace sideband

using sideband::voice_files;

// The voice as a .syx dump of 163 bytes, and as a model file.
MT_EXPORT(mt_dump) const std::uint8_t* mt_dump() {
  return voice_files().dump.data();
}
MT_EXPORT(mt_model) const std::byte* mt_model() {
  return voice_files().model.data();
}
MT_EXPORT(mt_model_bytes) int mt_model_bytes() {
  return static_cast<int>(voice_files().model_bytes);
}

// What keys need to play its course of loudness: attack and decay in ms, sustain in dB, release in
// ms.
MT_EXPORT(mt_keys) const double* mt_keys() {
  static std::array<double, 4> numbers;
  const sideband::match::KeyCourse& keys = voice_files().keys;
  numbers = {static_cast<double>(keys.attack_ms), static_cast<double>(keys.decay_ms),
             static_cast<double>(keys.sustain_db), static_cast<double>(keys.release_ms)};
  return numbers.data();
}
