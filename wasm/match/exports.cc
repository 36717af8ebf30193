// Sound matching as a WebAssembly module, for a worker: a sound in, its DX7 voice out, a few
// milliseconds of search per call. One match at a time.
//
// mt_sound() may move all memory: views must be made afresh. Texts are NUL-terminated UTF-8.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/dx7/note.h"
#include "core/match/matcher.h"
#include "core/match/recogniser.h"
#include "core/match/target.h"
#include "core/match/voice_codec.h"
#include "core/measure/picture.h"
#include "wasm/match/voice_files.h"

namespace {

using namespace sideband;

constexpr int kRateHz = 16000;
constexpr int kVelocity = 100;

struct Memory {
  std::vector<std::byte> matcher = std::vector<std::byte>(match::Matcher::kMemoryBytes);
  std::vector<std::byte> scratch = std::vector<std::byte>(std::size_t{4} << 20U);
};

constexpr auto kMostSamples = static_cast<std::size_t>(match::Matcher::kMaxSeconds * kRateHz);

struct LoadedRecogniser {
  std::vector<std::byte> memory = std::vector<std::byte>(match::Recogniser::kMemoryBytes);
  match::Recogniser recogniser;
};

std::vector<float> sound;
std::vector<std::byte> recogniser_file;
std::unique_ptr<LoadedRecogniser> recogniser;
std::unique_ptr<Memory> memory;
std::unique_ptr<match::Matcher> matcher;
match::Matcher::Result found;
std::vector<float> rendered;
std::vector<float> picture;
std::array<char, 16> name;
std::array<char, 256> message;
std::array<double, 6> numbers;

int report(const Status& status) {
  const std::string_view text = status.message();
  const std::size_t length = std::min(text.size(), message.size() - 1);
  std::copy_n(text.begin(), length, message.begin());
  message[length] = '\0';
  return status.ok() ? 1 : 0;
}

std::string_view name_text() {
  const auto end = std::find(name.begin(), name.end(), '\0');
  return {name.data(), static_cast<std::size_t>(end - name.begin())};
}

void render(const dx7::Voice& voice, int midi_note) {
  static dx7::Note note;
  note.prepare(kRateHz);
  note.start(voice, midi_note, kVelocity);
  rendered.assign(sound.size(), 0.0F);
  const auto out = std::span(rendered);
  const auto held =
      std::min(out.size(), static_cast<std::size_t>(std::max(matcher->hold_s(), 0.0) * kRateHz));
  note.render(out.first(held));
  note.key_up();
  note.render(out.subspan(held));
}

}  // namespace

MT_EXPORT(mt_message) const char* mt_message() {
  return message.data();
}

// Room for that many samples of the sound to match, at 16 kHz.
MT_EXPORT(mt_sound) float* mt_sound(int samples) {
  sound.assign(static_cast<std::size_t>(std::max(samples, 0)), 0.0F);
  return sound.data();
}

// What the voice is to be called: up to ten characters and a NUL.
MT_EXPORT(mt_name) char* mt_name() {
  return name.data();
}

// Room for that many bytes of the recogniser's file; without it the search begins from nothing.
MT_EXPORT(mt_recogniser) std::byte* mt_recogniser(int bytes) {
  recogniser_file.resize(static_cast<std::size_t>(std::max(bytes, 0)));
  return recogniser_file.data();
}

// Takes the file; 0 where it is damaged.
MT_EXPORT(mt_recogniser_taken) int mt_recogniser_taken() {
  auto loaded = std::make_unique<LoadedRecogniser>();
  Arena arena(loaded->memory);
  const int ok = report(loaded->recogniser.load(recogniser_file, kMostSamples, arena));
  recogniser = ok != 0 ? std::move(loaded) : nullptr;
  recogniser_file = {};
  return ok;
}

// Begins with the sound; 0 where it cannot be matched. What lies before its onset, and what is
// longer than is listened to, is cut off: mt_samples() are left, at mt_target().
MT_EXPORT(mt_begin) int mt_begin(int seed) {
  if (memory == nullptr) memory = std::make_unique<Memory>();
  sound.erase(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(match::onset_of(sound)));
  if (sound.size() > kMostSamples) sound.resize(kMostSamples);
  match::MatchConfig config;
  config.seed = static_cast<std::uint32_t>(seed);
  if (recogniser != nullptr) config.recogniser = &recogniser->recogniser;
  Arena scratch(memory->scratch);
  config.f0_hz = match::pitch_of(sound, *std::make_unique<Analyzer>(), scratch);
  matcher = std::make_unique<match::Matcher>();
  Arena arena(memory->matcher);
  return report(matcher->prepare(sound, config, arena));
}

MT_EXPORT(mt_samples) int mt_samples() {
  return static_cast<int>(sound.size());
}
MT_EXPORT(mt_target) const float* mt_target() {
  return sound.data();
}

// A unit of work; `done` is the share of the time that has been spent. Returns the best mel-LSD in
// dB.
MT_EXPORT(mt_step) double mt_step(double done) {
  matcher->step(done);
  return matcher->best().loss;
}

MT_EXPORT(mt_steps) int mt_steps() {
  return static_cast<int>(matcher->steps());
}

// How the best patch so far sounds, in line with the sound. As many samples as it has.
MT_EXPORT(mt_preview) const float* mt_preview() {
  const match::Candidate& best = matcher->best();
  const int key = match::nearest_key(std::exp2(static_cast<double>(best.parameters.log2_f0)));
  render(match::to_voice<float>(best.parameters, best.algorithm, key, name_text()), key);
  return rendered.data();
}

// Takes the best voice (voice_files.h): what follows is about it. Returns it as it sounds, like
// mt_preview().
MT_EXPORT(mt_finish) const float* mt_finish() {
  found = matcher->result();
  for (std::size_t i = 0; i < dx7::kNameLength; ++i) {
    const std::string_view text = name_text();
    found.voice.name[i] = i < text.size() && text[i] >= ' ' && text[i] <= '~' ? text[i] : ' ';
  }
  write_voice_files(found.voice, found.midi_note, found.played_hz, found.hold_s);
  render(found.voice, found.midi_note);
  return rendered.data();
}

// mel-LSD in dB, algorithm, key, its pitch and the target's in Hz, seconds held.
MT_EXPORT(mt_numbers) const double* mt_numbers() {
  numbers = {found.voice_mel_db,
             found.voice.algorithm + 1.0,
             static_cast<double>(found.midi_note),
             found.f0_hz,
             found.played_hz,
             found.hold_s};
  return numbers.data();
}

// The spectrogram of the sound, or of what mt_preview() or mt_finish() rendered last: dB, row by
// row from the highest pitch. Null where it is too short.
MT_EXPORT(mt_picture) const float* mt_picture(int of_result, int columns, int rows) {
  picture.resize(static_cast<std::size_t>(columns * rows));
  const std::vector<float>& drawn = of_result != 0 ? rendered : sound;
  const bool ok = draw_spectrogram(drawn, kRateHz, columns, rows, picture, Arena(memory->scratch));
  return ok ? picture.data() : nullptr;
}
