// The engine as a WebAssembly module: flat C functions over core/engine.h and core/params.h,
// nothing else. The host copies samples to sb_input(), calls sb_process() and reads sb_output().
// One engine per instance, all memory static, no imports.
//
// Texts are NUL-terminated UTF-8. Slots are 0 (A) and 1 (B). A patch is kPatchFloats floats:
// ratio[6], modulation[to][from] (36), carrier[6], i_max. A trace is kTraceFloats floats, in the
// order of FrameTrace's members, the rest 0.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/engine.h"
#include "core/params.h"
#include "wasm/plain_data.h"

#define SB_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace {

using namespace sideband;

constexpr int kMaxFrames = 4096;  // per sb_process call
constexpr std::size_t kSlotBytes = 12U << 20U;
constexpr std::size_t kInboxBytes = 12U << 20U;  // the largest model file taken
constexpr std::size_t kEngineBytes =
    38U << 20U;  // three slots, the analyzer, three hops; sb_prepare checks
constexpr std::size_t kScalaBytes = 64U << 10U;
constexpr int kTraceFloats = 25;

alignas(Arena::kAlignment) std::array<std::byte, kEngineBytes> engine_memory;
alignas(Arena::kAlignment) std::array<std::byte, kInboxBytes> inbox;
std::array<float, kMaxFrames> input;
std::array<float, kMaxFrames> output;
std::array<float, static_cast<std::size_t>(kTraceFloats) * Engine::kTraceFrames> traces;
std::array<float, kPatchFloats> patch_floats;
std::array<char, kScalaBytes> scala_text;
std::array<char, 256> message;

Engine engine;

// Keeps the sentence for sb_message(); 1 when there is none, i.e. all went well.
int report(const Status& status) {
  write_text(status.message(), message);
  return status.ok() ? 1 : 0;
}

bool is_param(int index) {
  return index >= 0 && index < kParamCount;
}
bool is_slot(int slot) {
  return slot >= 0 && slot < kSlots;
}

TableView table(int slot, int which) {
  const bool there = is_slot(slot) && (which == 0 || which == 1);
  return there ? engine.table(slot, static_cast<std::size_t>(which)) : TableView{};
}

const ParamInfo& info(int index) {
  return kParams[static_cast<std::size_t>(is_param(index) ? index : 0)];
}

void write_trace(const FrameTrace& trace, float* out) {
  for (const Features& features : {trace.played, trace.features}) {
    *out++ = features.f0_hz;
    *out++ = features.confidence;
    *out++ = features.loudness_db;
  }
  out = std::copy(trace.level.begin(), trace.level.end(), out);
  out = std::copy(trace.model_level.begin(), trace.model_level.end(), out);
  *out++ = trace.noise_level;
  *out++ = trace.input_peak;
  *out++ = trace.output_peak;
  *out++ = trace.loudness_shift_db;
  *out++ = trace.octave_shift;
  *out++ = trace.gate_db;
  *out = trace.talk ? 1 : 0;
}

}  // namespace

// 1 on success. On failure, here and below, the result is 0 and sb_message() is one sentence.
SB_EXPORT(sb_prepare) int sb_prepare(int sample_rate_hz) {
  EngineConfig config;
  config.sample_rate_hz = sample_rate_hz;
  config.slot_bytes = kSlotBytes;
  Arena arena(engine_memory);
  return report(engine.prepare(config, arena));
}

SB_EXPORT(sb_reset) void sb_reset() {
  engine.reset();
}

SB_EXPORT(sb_message) const char* sb_message() {
  return message.data();
}

SB_EXPORT(sb_max_frames) int sb_max_frames() {
  return kMaxFrames;
}
SB_EXPORT(sb_input) float* sb_input() {
  return input.data();
}
SB_EXPORT(sb_output) float* sb_output() {
  return output.data();
}

SB_EXPORT(sb_process) void sb_process(int frames) {
  const auto count = static_cast<std::size_t>(std::clamp(frames, 0, kMaxFrames));
  engine.process(std::span(input).first(count), std::span(output).first(count));
}

// Keys instead of the input; MIDI for them, `delay` samples from the next one processed.
SB_EXPORT(sb_play_keys) void sb_play_keys(int on) {
  engine.play_keys(on != 0);
}
SB_EXPORT(sb_midi) int sb_midi(int status, int first, int second, int delay) {
  const auto byte = [](int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); };
  return engine.midi(byte(status), byte(first), byte(second), delay) ? 1 : 0;
}

// The guard against speakers that feed the microphone; loops found since the start.
SB_EXPORT(sb_guard) void sb_guard(int on) {
  engine.guard_against_howl(on != 0);
}
SB_EXPORT(sb_howls) int sb_howls() {
  return engine.howl_guard().howls();
}
SB_EXPORT(sb_turned_down_db) float sb_turned_down_db() {
  return engine.howl_guard().turned_down_db();
}

SB_EXPORT(sb_latency_samples) int sb_latency_samples() {
  return engine.latency_samples();
}

// Where to write a model file of this size before sb_load(); null when it is too large, or while
// another model is loading (its file is still being read).
SB_EXPORT(sb_model_buffer) std::byte* sb_model_buffer(int bytes) {
  const bool fits = bytes >= 0 && static_cast<std::size_t>(bytes) <= kInboxBytes;
  if (!fits) {
    report(Status::error("a model file of ", bytes, " bytes is larger than the ", kInboxBytes,
                         " bytes that fit; choose its F16 or I8 version, or a smaller variant"));
  } else if (engine.loading()) {
    report(Status::error("another model is still loading; try again in a moment"));
  }
  return fits && !engine.loading() ? inbox.data() : nullptr;
}

SB_EXPORT(sb_load) int sb_load(int slot, int bytes) {
  const auto size = std::min(static_cast<std::size_t>(std::max(bytes, 0)), kInboxBytes);
  return report(engine.load(slot, std::span<const std::byte>(inbox).first(size)));
}

SB_EXPORT(sb_loading) int sb_loading() {
  return engine.loading() ? 1 : 0;
}
// How the last load went, once sb_loading() is 0.
SB_EXPORT(sb_load_status) int sb_load_status() {
  return report(engine.load_status());
}
SB_EXPORT(sb_finish_loading) int sb_finish_loading() {
  return report(engine.finish_loading());
}
SB_EXPORT(sb_loaded) int sb_loaded(int slot) {
  return is_slot(slot) && engine.loaded(slot) ? 1 : 0;
}

// Once a model is loaded: what stands in for its network's input (0: pitch, 1: loudness), so that
// the file can hold it for the next load, knots × width integers and a float for each knot
// (core/inference/tabulated_function.h). Null and 0 where there is none.
SB_EXPORT(sb_table_rows) const std::int16_t* sb_table_rows(int slot, int which) {
  return table(slot, which).rows.data();
}
SB_EXPORT(sb_table_units) const float* sb_table_units(int slot, int which) {
  return table(slot, which).units.data();
}
SB_EXPORT(sb_table_values) int sb_table_values(int slot, int which) {
  return static_cast<int>(table(slot, which).rows.size());
}
SB_EXPORT(sb_table_knots) int sb_table_knots(int slot, int which) {
  return static_cast<int>(table(slot, which).units.size());
}

// The scale that "tuning" 3 draws notes to: the text of a .scl file, at most
// kScalaBytes of it written to sb_scala_buffer().
SB_EXPORT(sb_scala_buffer) char* sb_scala_buffer() {
  return scala_text.data();
}
SB_EXPORT(sb_set_scala) int sb_set_scala(int bytes) {
  if (bytes < 0 || static_cast<std::size_t>(bytes) > kScalaBytes) {
    return report(Status::error("a Scala file has at most ", kScalaBytes, " bytes, not ", bytes));
  }
  return report(engine.set_scala({scala_text.data(), static_cast<std::size_t>(bytes)}));
}

// 0–1: how much of "calibrate" has been heard.
SB_EXPORT(sb_calibration_progress) float sb_calibration_progress() {
  return engine.calibration().progress();
}

SB_EXPORT(sb_set) void sb_set(int index, float value) {
  if (is_param(index)) engine.set(static_cast<Param>(index), value);
}
SB_EXPORT(sb_get) float sb_get(int index) {
  return is_param(index) ? engine.get(static_cast<Param>(index)) : 0.0F;
}

// The slot's patch as edited (sb_patch) or as the model has it (sb_model_patch), copied to the one
// patch buffer; null while the slot is empty. sb_set_patch() takes what the buffer holds.
SB_EXPORT(sb_patch) float* sb_patch(int slot) {
  return sb_loaded(slot) != 0 ? write_patch(engine.patch(slot), patch_floats) : nullptr;
}
SB_EXPORT(sb_model_patch) float* sb_model_patch(int slot) {
  return sb_loaded(slot) != 0 ? write_patch(engine.model_patch(slot), patch_floats) : nullptr;
}
SB_EXPORT(sb_patch_buffer) float* sb_patch_buffer() {
  return patch_floats.data();
}
SB_EXPORT(sb_patch_floats) int sb_patch_floats() {
  return kPatchFloats;
}
SB_EXPORT(sb_set_patch) void sb_set_patch(int slot) {
  if (sb_loaded(slot) != 0) engine.set_patch(slot, read_patch(patch_floats));
}

// Frames are numbered in doubles: exact for longer than any concert, and plain numbers in
// JavaScript.
SB_EXPORT(sb_frame_count) double sb_frame_count() {
  return static_cast<double>(engine.frame_count());
}

// Copies the traces of frames `from` … the newest to sb_trace_buffer(), oldest first; frames that
// are gone already are left out. Returns how many.
SB_EXPORT(sb_trace) int sb_trace(double from) {
  const std::int64_t end = engine.frame_count();
  const std::int64_t oldest = std::max<std::int64_t>(0, end - Engine::kTraceFrames);
  const std::int64_t begin = std::clamp(static_cast<std::int64_t>(from), oldest, end);
  for (std::int64_t frame = begin; frame < end; ++frame) {
    write_trace(engine.trace(frame),
                &traces[static_cast<std::size_t>(frame - begin) * kTraceFloats]);
  }
  return static_cast<int>(end - begin);
}
SB_EXPORT(sb_trace_buffer) const float* sb_trace_buffer() {
  return traces.data();
}
SB_EXPORT(sb_trace_floats) int sb_trace_floats() {
  return kTraceFloats;
}

SB_EXPORT(sb_param_count) int sb_param_count() {
  return kParamCount;
}
SB_EXPORT(sb_param_name) const char* sb_param_name(int index) {
  return info(index).name.data();
}
SB_EXPORT(sb_param_unit) const char* sb_param_unit(int index) {
  return info(index).unit.data();
}
SB_EXPORT(sb_param_text) const char* sb_param_text(int index) {
  return info(index).text.data();
}
SB_EXPORT(sb_param_min) float sb_param_min(int index) {
  return info(index).min;
}
SB_EXPORT(sb_param_max) float sb_param_max(int index) {
  return info(index).max;
}
SB_EXPORT(sb_param_initial) float sb_param_initial(int index) {
  return info(index).initial;
}
SB_EXPORT(sb_param_curve) int sb_param_curve(int index) {
  return static_cast<int>(info(index).curve);
}
// Whether it changes what the model makes of the playing; the others are the player's or the
// room's.
SB_EXPORT(sb_param_intervention) int sb_param_intervention(int index) {
  return is_param(index) && is_intervention(static_cast<Param>(index)) ? 1 : 0;
}
