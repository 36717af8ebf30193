// What a DX7's numbers mean: levels in steps of 6.02/256 dB, rates in steps a second, ratios, Hz.
//
// Sources. Levels, rates and the attack: R. Levien's measurements (music-synthesizer-for-android,
// wiki page Dx7Envelope). Level scaling: the owner's manual (groups of three keys; a linear curve
// at depth 99 loses about 22 dB an octave; the exponential one doubles every octave). LFO: the
// manual and measurements of its fastest speed, just under 48 Hz. Curves marked "fitted" are ours,
// drawn through those figures; they are within what two instruments differ by, not to the bit.
#pragma once

#include "core/dx7/voice.h"

namespace sideband::dx7 {

// Levels count from full scale (0: envelope and output at 99), 256 steps to a factor of two.
inline constexpr double kStepsPerDoubling = 256;
inline constexpr double kLowestLevel = -3824;  // −90 dB: the envelope generator goes no further
inline constexpr double kAttackStart = kLowestLevel + 1700;  // attacks jump here at once
inline constexpr double kFullIndex = 12.566370614359172;  // radians a modulator at 0 shifts by: 4π

// Amplitude 0…1 (and above, for hard keystrokes) of a level; exactly 0 at the lowest.
double amplitude_of(double level_steps);
double level_of(double amplitude);

// Steps of an envelope level 0…99 below the operator's own level (0 at 99) and of an output level.
double envelope_level_steps(int level);
double output_level_steps(int output_level);

// Decay in steps a second for rate 0…99 and an offset from rate scaling; attacks begin faster, see
// envelope.h. `quantized_rate` is the 0…63 that the hardware makes of a rate.
int quantized_rate(int rate, int offset);
double decay_steps_per_s(double quantized);

// How much higher (lower: negative) an operator plays at this key, in output-level units of 8 to a
// doubling; and how much faster its envelope is, as an offset to quantized_rate.
int level_scaling(const Operator& op, int midi_note);
int rate_scaling(const Operator& op, int midi_note);

// Steps that a keystroke adds; 0 at velocity 100. Fitted: a power law of 0.3.
double velocity_steps(int sensitivity, int velocity);

// Frequency: a ratio of the note with its detune, or Hz. Detune is one cent a step (fitted).
double frequency_ratio(const Operator& op);
double fixed_hz(const Operator& op);
double detune_factor(int detune);

// Gain of the feedback edge for FmVoice, whose feedback hears the mean of two samples in radians.
double feedback_gain(int feedback);

// Pitch envelope: octaves of a level (50 is 0, ±1 at 50 ± 32, +4 at 99, −4 at 0; fitted in between)
// and octaves a second of a rate (fitted).
double pitch_level_octaves(int level);
double pitch_rate_octaves_per_s(int rate);

// LFO: Hz, seconds until it begins and again as long until it is full (fitted), octaves it bends
// up and down at full swing, and the fraction of amplitude sensitivity.
double lfo_hz(int speed);
double lfo_delay_s(int delay);
double lfo_pitch_octaves(int depth, int sensitivity);
double lfo_amplitude(int depth, int sensitivity);  // 0…1
double lfo_amplitude_steps(double amount);         // steps below, for 0…1

}  // namespace sideband::dx7
