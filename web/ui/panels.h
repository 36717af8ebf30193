// The panels. Each reads the context's snapshot, draws inside its box and emits commands.
#pragma once

#include "web/ui/box.h"
#include "web/ui/context.h"

namespace sideband::ui {

void draw_transport(const Box& box, Context& context);  // Start, source, A/B
void draw_graph(const Box& box, Context& context);
void draw_presets(const Box& box, Context& context);  // sounds, morphing, undo, compare
void draw_operators(const Box& box, Context& context);
void draw_spectrum(const Box& box, Context& context);
void draw_spectrogram(const Box& box, Context& context);
void draw_scope(const Box& box, Context& context);
void draw_pitch(const Box& box, Context& context);
void draw_loudness(const Box& box, Context& context);
void draw_envelopes(const Box& box, Context& context);
void draw_meters(const Box& box, Context& context);  // input, output, load, latency
void draw_models(const Box& box, Context& context);
void draw_controls(const Box& box, Context& context);

}  // namespace sideband::ui
