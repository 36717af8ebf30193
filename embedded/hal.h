// All that a board must provide: three functions. The path itself needs nothing else, no heap, no
// operating system and no interrupts of its own.
#pragma once

#include <span>

#include "core/util/timebase.h"
#include "embedded/instrument.h"

namespace sideband {

// Plays `out` and waits for the next 64 samples (4 ms at 16 kHz, −1…1) of the microphone. On a
// board: swap the halves of a DMA buffer. False ends the program, which a board never does.
bool hal_audio(std::span<const float, kHopSamples> out, std::span<float, kHopSamples> in);

// Reads knobs and switches into `controls`; called once per hop.
void hal_controls(InstrumentControls& controls);

// A line for whoever watches: a serial port, a debugger, or nothing at all.
void hal_log(const char* line);

}  // namespace sideband
