// A voice as the page takes it over: for a DX7, for the engine, for the keys.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/dx7/syx.h"
#include "core/dx7/voice.h"
#include "core/match/live_model.h"
#include "core/match/loudness_curve.h"

#define MT_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace sideband {

struct VoiceFiles {
  std::array<std::uint8_t, dx7::kSingleDumpBytes> dump{};
  std::array<std::byte, match::kLiveModelBytes> model{};
  std::size_t model_bytes = 0;
  match::KeyCourse keys;
};

// What was written last; the exports that give it to the page are in voice_files.cc.
const VoiceFiles& voice_files();

// Writes the voice as its key plays it when held so long; `played_hz` is the pitch that a player
// plays to hear it so. The model is called what the voice is.
void write_voice_files(const dx7::Voice& voice, int midi_note, double played_hz, double hold_s);

}  // namespace sideband
