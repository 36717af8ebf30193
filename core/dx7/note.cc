#include "core/dx7/note.h"

#include <algorithm>
#include <cmath>

#include "core/dx7/curves.h"
#include "core/synth/fm/algorithms.h"
#include "core/util/fast_math.h"

namespace sideband::dx7 {
namespace {

constexpr double kFrameS = 1.0 / kFrameRateHz;

}  // namespace

void Note::prepare(int output_rate_hz) noexcept {
  fm_.prepare(output_rate_hz);
  clock_ = HopClock(output_rate_hz);
  hop_samples_ = hop_used_ = 0;
  lfo_turns_ = 0;
  silent_ = true;
}

void Note::start(const Voice& voice, int midi_note, int velocity) noexcept {
  voice_ = limited(voice);
  patch_ = {};
  const Algorithm& algorithm = kDx7Algorithms[voice_.algorithm];
  const auto carriers = static_cast<float>(algorithm.carriers.size());
  set_routing(patch_, algorithm, static_cast<float>(feedback_gain(voice_.feedback)));
  for (float& gain : patch_.carrier) gain = gain > 0 ? 1 / carriers : 0.0F;
  patch_.i_max = static_cast<float>(kFullIndex);

  note_hz_ = 440 * std::exp2((midi_note + voice_.transpose - 24 - 69) / 12.0);
  for (std::size_t i = 0; i < kOperators; ++i) {
    envelope_[i] = operator_envelope(voice_.op[i], midi_note, velocity);
  }
  pitch_.set(voice_.pitch_envelope);
  // Without key sync oscillators and LFO run on from where the note before has left them.
  if (voice_.oscillator_sync != 0) {
    fm_.reset();
  } else {
    fm_.reset_all_but_phases();
  }
  lfo_start_turns_ = voice_.lfo.sync != 0 ? 0.0 : lfo_turns_ - std::floor(lfo_turns_);
  frame_ = 0;
  release_frame_ = -1;
  key_up_pending_ = false;
  silent_ = false;
  sample_and_hold_cycle_ = -1;
  hop_samples_ = hop_used_ = 0;
}

void Note::key_up() noexcept {
  key_up_pending_ = release_frame_ < 0;
}

double Note::lfo_value(double seconds) noexcept {
  const double rate_hz = lfo_hz(voice_.lfo.speed);
  const double turns = lfo_start_turns_ + seconds * rate_hz;
  lfo_turns_ = turns + kFrameS * rate_hz;
  const double cycle = std::floor(turns);
  const double phase = turns - cycle;
  switch (voice_.lfo.wave) {
    case kSawDown:
      return 1 - 2 * phase;
    case kSawUp:
      return 2 * phase - 1;
    case kSquare:
      return phase < 0.5 ? 1 : -1;
    case kSine:
      return std::sin(kTwoPi * phase);
    case kSampleAndHold:
      if (static_cast<int>(cycle) != sample_and_hold_cycle_) {
        sample_and_hold_cycle_ = static_cast<int>(cycle);
        sample_and_hold_ = random_.uniform();
      }
      return sample_and_hold_;
    default:
      return phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase;
  }
}

Controls Note::next_frame() noexcept {
  const double seconds = frame_ * kFrameS;
  if (key_up_pending_) {
    key_up_pending_ = false;
    release_frame_ = frame_;
    release_from_ = level_;
    pitch_release_from_ = pitch_octaves_;
  }
  const bool released = release_frame_ >= 0;
  const double since_s = released ? (frame_ - release_frame_) * kFrameS : 0;
  pitch_octaves_ = released ? pitch_.released(pitch_release_from_, since_s) : pitch_.held(seconds);

  const double delay_s = lfo_delay_s(voice_.lfo.delay);
  const double faded = delay_s <= 0 ? 1.0 : std::clamp((seconds - delay_s) / delay_s, 0.0, 1.0);
  const double lfo = lfo_value(seconds);
  const double bend = faded * lfo * lfo_pitch_octaves(voice_.lfo.pitch_depth, voice_.pitch_sense);

  Controls controls;
  controls.f0_hz = note_hz_ * std::exp2(pitch_octaves_ + bend);
  bool sounding = !released;
  for (std::size_t i = 0; i < kOperators; ++i) {
    const Operator& op = voice_.op[i];
    level_[i] =
        released ? envelope_[i].released(release_from_[i], since_s) : envelope_[i].held(seconds);
    const double tremolo =
        faded * (0.5 - 0.5 * lfo) * lfo_amplitude(voice_.lfo.amplitude_depth, op.amplitude_sense);
    const double steps = level_[i] + lfo_amplitude_steps(tremolo);
    controls.level[i] = static_cast<float>(kFullIndex * amplitude_of(steps));
    sounding = sounding || (patch_.carrier[i] > 0 && level_[i] > kLowestLevel);
    patch_.ratio[i] = static_cast<float>(op.fixed_frequency != 0 ? fixed_hz(op) / controls.f0_hz
                                                                 : frequency_ratio(op));
  }
  silent_ = !sounding;
  ++frame_;
  return controls;
}

void Note::render(std::span<float> out) noexcept {
  for (std::size_t done = 0; done < out.size();) {
    if (hop_used_ == hop_samples_) {
      hop_samples_ = std::min(clock_.next_hop_samples(), kMaxHopSamples);
      hop_used_ = 0;
      const Controls frame = next_frame();
      fm_.render(frame, patch_, std::span(hop_).first(static_cast<std::size_t>(hop_samples_)));
    }
    const std::size_t count =
        std::min(out.size() - done, static_cast<std::size_t>(hop_samples_ - hop_used_));
    std::copy_n(hop_.begin() + hop_used_, count, out.begin() + static_cast<std::ptrdiff_t>(done));
    hop_used_ += static_cast<int>(count);
    done += count;
  }
}

}  // namespace sideband::dx7
