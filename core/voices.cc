#include "core/voices.h"

#include <algorithm>

#include "core/util/portable_math.h"

namespace sideband {
namespace {

constexpr float kCrossfadeSeconds = 0.02F;
// Frames that are heard once more in a hop; the network that hears all its past is the large one.
constexpr int kCatchUpFramesPerHop = 8;
constexpr int kCatchUpFramesPerHopOfGru = 2;

}  // namespace

void Voices::prepare(std::size_t slot_bytes, int sample_rate_hz, std::uint32_t noise_seed,
                     std::size_t hop_capacity, Arena& arena) {
  sample_rate_hz_ = sample_rate_hz;
  rendered_ = arena.take<float>(hop_capacity);
  for (Voice& voice : voices_) {
    voice.slot.prepare(arena.take<std::byte>(slot_bytes), sample_rate_hz, noise_seed);
  }
}

void Voices::reset() noexcept {
  frame_count_ = 0;
  heard_ = wanted_;
  update_fade_targets();
  for (Voice& voice : voices_) {
    if (voice.slot.loaded()) voice.slot.reset();
    voice.next_frame = 0;
    voice.fade = voice.fade_target;
    voice.sounding = voice.fade_target != 0;
  }
}

void Voices::render(const Features& features, const Interventions& interventions, float gate,
                    std::span<float> out) noexcept {
  history_[static_cast<std::size_t>(frame_count_ % kHistoryFrames)] = features;
  ++frame_count_;
  if (loading()) advance_loading();
  if (wanted_ != heard_) change_what_is_heard(frame_count_ - 1, kCatchUpFramesPerHop);
  std::fill(out.begin(), out.end(), 0.0F);
  for (Voice& voice : voices_) {
    if (!voice.slot.loaded()) continue;
    // While it catches up, the new model replays the past on its own.
    if (load_phase_ == LoadPhase::kCatchUp && &voice == &voices_[spare_]) continue;
    if (voice.fade == 0 && voice.fade_target == 0) {
      rest(voice, features);
      continue;
    }
    voice.slot.decode(features);
    voice.next_frame = frame_count_;
    if (!voice.sounding) voice.slot.restart_sound();
    voice.sounding = true;
    const auto rendered = rendered_.first(out.size());
    voice.slot.render(interventions, gate, rendered);
    mix(voice, rendered, out);
  }
}

void Voices::mix(Voice& voice, std::span<const float> rendered, std::span<float> out) noexcept {
  if (voice.fade == voice.fade_target) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += rendered[i] * voice.fade;
    return;
  }
  const float step = 1.0F / (kCrossfadeSeconds * static_cast<float>(sample_rate_hz_));
  for (std::size_t i = 0; i < out.size(); ++i) {
    voice.fade = voice.fade < voice.fade_target ? std::min(voice.fade + step, voice.fade_target)
                                                : std::max(voice.fade - step, voice.fade_target);
    out[i] += rendered[i] * sine_of_turns(voice.fade / 4);
  }
}

// A voice that is not heard.
void Voices::rest(Voice& voice, const Features& features) noexcept {
  voice.sounding = false;
  const int past = voice.slot.receptive_field_frames();
  const bool sleeps = past > 0 && past < kHistoryFrames && !voice.slot.follows();
  if (sleeps) return;
  voice.slot.listen(features);
  voice.next_frame = frame_count_;
}

// Lets the network hear at most `frames` of those before `end` that it missed and still needs (one
// that depends on all its past: those that are kept); true when none is left.
bool Voices::catch_up(Voice& voice, std::int64_t end, int frames) noexcept {
  const int needed = voice.slot.receptive_field_frames();
  const std::int64_t past = needed > 0 ? std::min(needed, kHistoryFrames - 1) : kHistoryFrames - 1;
  voice.next_frame = std::max(voice.next_frame, end - past);
  for (int i = 0; i < frames && voice.next_frame < end; ++i) {
    voice.slot.listen(history_[static_cast<std::size_t>(voice.next_frame++ % kHistoryFrames)]);
  }
  return voice.next_frame >= end;
}

void Voices::hear(int slot) noexcept {
  wanted_.slot = slot;
}

void Voices::set_delta(bool on) noexcept {
  wanted_.delta = on;
}

// As soon as every network that it needs is awake; `end` and `frames` as in catch_up().
void Voices::change_what_is_heard(std::int64_t end, int frames) noexcept {
  bool awake = true;
  for (int slot = 0; slot < kSlots; ++slot) {
    Voice& voice = voice_of(slot);
    const bool needed = slot == wanted_.slot || wanted_.delta;
    if (needed && voice.slot.loaded()) awake = catch_up(voice, end, frames) && awake;
  }
  if (!awake) return;
  heard_ = wanted_;
  update_fade_targets();
}

void Voices::update_fade_targets() noexcept {
  for (Voice& voice : voices_) voice.fade_target = 0;
  Voice& heard = voice_of(heard_.slot);
  if (heard.slot.loaded()) heard.fade_target = 1;
  Voice& other = voice_of(1 - heard_.slot);
  if (heard_.delta && other.slot.loaded()) other.fade_target = -1;
}

Status Voices::load(int slot, std::span<const std::byte> file) noexcept {
  if (slot < 0 || slot >= kSlots) return Status::error("there is no slot ", slot, "; use 0 or 1");
  if (load_phase_ == LoadPhase::kFade) {
    return Status::error("the model before is still fading in; load again in 20 ms");
  }
  load_phase_ = LoadPhase::kIdle;
  load_status_ = voices_[spare_].slot.load(file);
  if (!load_status_) return load_status_;
  load_slot_ = slot;
  load_phase_ = LoadPhase::kUnpack;
  return {};
}

void Voices::load_step() noexcept {
  if (load_phase_ != LoadPhase::kUnpack) return;
  Voice& next = voices_[spare_];
  if (next.slot.load_step()) return;
  load_status_ = next.slot.load_status();
  load_phase_ = load_status_ ? LoadPhase::kCatchUp : LoadPhase::kIdle;
  next.next_frame = 0;
}

// What a hop has to do for a load once its model is unpacked.
void Voices::advance_loading() noexcept {
  Voice& spare = voices_[spare_];
  if (load_phase_ == LoadPhase::kCatchUp) {
    const bool all_past = spare.slot.receptive_field_frames() == 0;
    const int frames = all_past ? kCatchUpFramesPerHopOfGru : kCatchUpFramesPerHop;
    // This hop's own frame is decoded with the others.
    if (catch_up(spare, frame_count_ - 1, frames)) take_over();
  } else if (load_phase_ == LoadPhase::kFade && spare.fade == 0) {
    spare.slot.unload();
    spare.sounding = false;
    load_phase_ = LoadPhase::kIdle;
  }
}

// The new model becomes the slot's voice; the old one becomes the spare and fades out.
void Voices::take_over() noexcept {
  std::swap(voice_index_[static_cast<std::size_t>(load_slot_)], spare_);
  load_phase_ = LoadPhase::kFade;
  update_fade_targets();
}

Status Voices::finish_loading() noexcept {
  if (load_phase_ == LoadPhase::kUnpack) {
    while (load_phase_ == LoadPhase::kUnpack) load_step();
    if (!load_status_) return load_status_;
  }
  if (load_phase_ == LoadPhase::kCatchUp) {
    catch_up(voices_[spare_], frame_count_, kHistoryFrames);
    take_over();
  }
  change_what_is_heard(frame_count_, kHistoryFrames);
  for (Voice& voice : voices_) voice.fade = voice.fade_target;
  advance_loading();
  return load_status_;
}

}  // namespace sideband
