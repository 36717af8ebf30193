// Between DX7 voices and the continuous parameters of FmModel, both ways.
#pragma once

#include "core/dx7/convert.h"
#include "core/dx7/voice.h"
#include "core/match/fm_model.h"

namespace sideband::match {

// A voice as a key plays it. LFO and its sensitivities have no continuous counterpart and are left
// out; a fixed frequency becomes the ratio it is at this key.
template <typename Real>
Parameters<Real> to_parameters(const dx7::Voice& voice, int midi_note, int velocity);

// Routing of algorithm 1…32 with this feedback gain, carriers at the DX7's scale.
template <typename Real>
void set_algorithm(int algorithm, Real feedback_gain, Parameters<Real>& parameters);

// The nearest legal voice that plays `parameters` at this key: operator by operator, in the routing
// of `algorithm` (1…32). What the rounding did to levels and rates is for the caller to hear.
template <typename Real>
dx7::Voice to_voice(const Parameters<Real>& parameters, int algorithm, int midi_note,
                    std::string_view name);

// The nearest ratio that a voice can hold whose pitch is `f0_hz`, detune included: some between the
// steps of fine and all below ½ there are none.
double legal_ratio(double ratio, double f0_hz);

}  // namespace sideband::match
