// The offline side of the page as a WebAssembly module, for a worker: whole recordings through the
// instrument by batches, the anchor, loudness, distances and spectrograms. The engine of the audio
// worklet (../exports.cc) is a module of its own and stays small.
//
// Recordings go through numbered buffers of floats, which the host writes and reads at
// rd_buffer(); growing one, and rd_load(), may move all memory: views must be made afresh. Texts
// are NUL-terminated UTF-8; results are 1 on success, 0 where rd_message() is one sentence.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/anchor/lpc_anchor.h"
#include "core/engine.h"
#include "core/measure/distance.h"
#include "core/measure/loudness.h"
#include "core/measure/picture.h"
#include "core/params.h"
#include "core/xnnpack_renderer.h"
#include "wasm/plain_data.h"

#define RD_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace {

using namespace sideband;

constexpr std::size_t kBuffers = 3;
constexpr std::size_t kLoudnessScratchBytes = 1U << 17U;  // half an hour

std::array<std::vector<float>, kBuffers> buffers;
std::vector<std::byte> file;
std::vector<std::byte> scratch;
std::array<char, 256> message;
XnnpackRenderer renderer;
std::vector<Features> played;  // what was heard in buffer 0
std::size_t rendered = 0;

int report(const Status& status) {
  write_text(status.message(), message);
  return status.ok() ? 1 : 0;
}

std::vector<float>& buffer(int index) {
  return buffers[static_cast<std::size_t>(index) % kBuffers];
}

Arena scratch_of(std::size_t bytes) {
  if (scratch.size() < bytes) scratch.resize(bytes);
  return Arena(scratch);
}

}  // namespace

RD_EXPORT(rd_message) const char* rd_message() {
  return message.data();
}

// Room for that many floats in a buffer; what it held is kept as far as it fits.
RD_EXPORT(rd_buffer) float* rd_buffer(int index, int samples) {
  buffer(index).resize(static_cast<std::size_t>(std::max(samples, 0)));
  return buffer(index).data();
}

RD_EXPORT(rd_file) std::byte* rd_file(int bytes) {
  file.resize(static_cast<std::size_t>(std::max(bytes, 0)));
  return file.data();
}

// Takes the model in rd_file() for what follows. batch_frames: how many frames the network sees at
// once, 0 for as many as it can.
RD_EXPORT(rd_load) int rd_load(int rate_hz, int batch_frames) {
  rendered = 0;
  return report(renderer.prepare(file, rate_hz,
                                 batch_frames > 0 ? batch_frames : XnnpackRenderer::kBatchFrames));
}

RD_EXPORT(rd_set) void rd_set(int param, float value) {
  if (param >= 0 && param < kParamCount) renderer.set(static_cast<Param>(param), value);
}

RD_EXPORT(rd_parameters) int rd_parameters() {
  std::size_t values = 0;
  for (const TensorView& tensor : renderer.model().tensors()) {
    const std::string_view name = tensor.name;
    const bool table = tensor.type == DataType::kI16;
    if (table || !name.starts_with("decoder.") || name.ends_with(".scale")) continue;
    std::size_t count = 1;
    for (int axis = 0; axis < tensor.rank; ++axis) {
      count *= static_cast<std::size_t>(tensor.shape[static_cast<std::size_t>(axis)]);
    }
    values += count;
  }
  return static_cast<int>(values);
}

// Analyses buffer 0, once for all the models that are to play it.
RD_EXPORT(rd_listen) int rd_listen(int rate_hz) {
  return report(listen(buffers[0], rate_hz, played));
}

// Back to silence, before a recording. `listened`: buffer 0 is as it was at rd_listen(), and is not
// analysed again.
RD_EXPORT(rd_begin) void rd_begin(int listened) {
  renderer.reset();
  if (listened != 0) renderer.follow(played);
  rendered = 0;
}

// Renders up to `samples` more of buffer 0 into buffer 1, in line with it: the latency is taken
// out. Returns how many samples of buffer 1 are done, −1 on a failure.
RD_EXPORT(rd_render) int rd_render(int samples) {
  const auto latency = static_cast<std::size_t>(renderer.latency_samples());
  const std::vector<float>& in = buffers[0];
  std::vector<float>& out = buffers[1];
  out.resize(in.size());
  const std::size_t end =
      std::min(rendered + static_cast<std::size_t>(std::max(samples, 0)), in.size() + latency);
  constexpr std::size_t kPiece = 8192;
  static std::array<float, kPiece> piece;
  while (rendered < end) {
    const std::size_t count = std::min(kPiece, end - rendered);
    for (std::size_t i = 0; i < count; ++i) {
      piece[i] = rendered + i < in.size() ? in[rendered + i] : 0.0F;
    }
    const auto part = std::span(piece).first(count);
    if (report(renderer.process(part, part)) == 0) return -1;
    for (std::size_t i = 0; i < count; ++i) {
      if (rendered + i >= latency) out[rendered + i - latency] = piece[i];
    }
    rendered += count;
  }
  return static_cast<int>(rendered < latency ? 0 : rendered - latency);
}

// The LPC anchor of buffer 0 into buffer 1, in line with it; 16 kHz.
RD_EXPORT(rd_anchor) int rd_anchor() {
  Arena arena = scratch_of(1U << 16U);
  LpcAnchor anchor;
  if (report(anchor.prepare(arena)) == 0) return 0;
  const std::size_t samples = buffers[0].size();
  std::vector<float> sound = buffers[0];
  sound.resize(samples + LpcAnchor::kWindow);
  anchor.process(sound, sound);
  buffers[1].assign(sound.begin() + LpcAnchor::latency_samples(), sound.end());
  return 1;
}

RD_EXPORT(rd_loudness) double rd_loudness(int index, int rate_hz) {
  Arena arena = scratch_of(kLoudnessScratchBytes);
  return integrated_loudness_lufs(buffer(index), rate_hz, arena);
}

// Buffer 1 against buffer 0, both at 16 kHz; −1 where they are too short.
RD_EXPORT(rd_mss) double rd_mss() {
  return multi_scale_spectral_distance(buffers[0], buffers[1], scratch_of(kDistanceScratchBytes));
}
RD_EXPORT(rd_mel_lsd) double rd_mel_lsd() {
  return mel_log_spectral_distance_db(buffers[0], buffers[1], scratch_of(kDistanceScratchBytes));
}

// The spectrogram of a buffer into buffer 2: rows × columns, dB.
RD_EXPORT(rd_picture) int rd_picture(int index, int rate_hz, int columns, int rows) {
  buffers[2].resize(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
  const bool drawn = draw_spectrogram(buffer(index), rate_hz, columns, rows, buffers[2],
                                      scratch_of(kPictureScratchBytes));
  return drawn ? 1 : report(Status::error("the sound is too short for a spectrogram"));
}
