// The firmware: a compiled-in model, its memory, and a loop from the HAL to the HAL.
#include <array>
#include <cstddef>

#include "embedded/hal.h"
#include "embedded/instrument.h"
#include "embedded/text.h"
#include "model.h"

namespace {

using namespace sideband;

#ifndef SIDEBAND_MODEL_BYTES
#define SIDEBAND_MODEL_BYTES (60U << 10U)
#endif

// Histories, windows, reverb: what of the model cannot lie in flash.
alignas(Arena::kAlignment) std::array<std::byte, SIDEBAND_MODEL_BYTES> memory;
Instrument instrument;

void log_number(const char* what, long value, const char* unit) {
  Line line;
  line.add(what).add(value).add(unit);
  hal_log(line.text());
}

}  // namespace

int main() {
  // The table of tensors is only needed while the instrument is built, but Slot keeps its own.
  static Model model;
  load_model(model);
  if (const Status status = instrument.prepare(model, memory); !status) {
    Line line;
    line.add(status.message());
    hal_log(line.text());
    return 1;
  }
  log_number("model memory used: ", static_cast<long>(instrument.used_bytes()), " bytes");
  log_number("model memory kept: ", static_cast<long>(memory.size()), " bytes");

  std::array<float, kHopSamples> in{};
  std::array<float, kHopSamples> out{};
  InstrumentControls controls;
  long hops = 0;
  while (hal_audio(out, in)) {
    hal_controls(controls);
    instrument.process(in, out, controls);
    ++hops;
  }
  log_number("hops played: ", hops, "");
  return 0;
}
