#include "core/voices.h"

#include <algorithm>

#include "core/util/portable_math.h"

namespace sideband {
namespace {

constexpr float kCrossfadeSeconds = 0.02F;
constexpr int kCatchUpFramesPerHop = 8;  // bounds the extra work per hop

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
  catch_up_frame_ = 0;
  update_fade_targets();
  for (Voice& voice : voices_) {
    if (voice.slot.loaded()) voice.slot.reset();
    voice.fade = voice.fade_target;
    voice.sounding = voice.fade_target != 0;
  }
}

void Voices::render(const Features& features, const Interventions& interventions, float gate,
                    std::span<float> out) noexcept {
  history_[static_cast<std::size_t>(frame_count_ % kHistoryFrames)] = features;
  ++frame_count_;
  if (loading()) advance_loading();
  std::fill(out.begin(), out.end(), 0.0F);
  for (Voice& voice : voices_) {
    if (!voice.slot.loaded()) continue;
    // While it catches up, the new model replays the past on its own.
    if (load_phase_ == LoadPhase::kCatchUp && &voice == &voices_[spare_]) continue;
    if (voice.fade == 0 && voice.fade_target == 0) {
      voice.slot.listen(features);
      voice.sounding = false;
      continue;
    }
    voice.slot.decode(features);
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

void Voices::hear(int slot) noexcept {
  heard_slot_ = slot;
  update_fade_targets();
}

void Voices::set_delta(bool on) noexcept {
  delta_ = on;
  update_fade_targets();
}

void Voices::update_fade_targets() noexcept {
  for (Voice& voice : voices_) voice.fade_target = 0;
  Voice& heard = voice_of(heard_slot_);
  if (heard.slot.loaded()) heard.fade_target = 1;
  Voice& other = voice_of(1 - heard_slot_);
  if (delta_ && other.slot.loaded()) other.fade_target = -1;
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

// One hop's share of the loading work; the phases follow each other in this order.
void Voices::advance_loading() noexcept {
  Slot& next = voices_[spare_].slot;
  if (load_phase_ == LoadPhase::kUnpack) {
    if (next.load_step()) return;
    load_status_ = next.load_status();
    load_phase_ = load_status_ ? LoadPhase::kCatchUp : LoadPhase::kIdle;
    const std::int64_t past = std::min(next.receptive_field_frames(), kHistoryFrames - 1);
    catch_up_frame_ = std::max<std::int64_t>(0, frame_count_ - past);
  } else if (load_phase_ == LoadPhase::kCatchUp) {
    const std::int64_t now = frame_count_ - 1;  // this hop's own frame is decoded with the others
    for (int i = 0; i < kCatchUpFramesPerHop && catch_up_frame_ < now; ++i) {
      next.listen(past(catch_up_frame_++));
    }
    if (catch_up_frame_ >= now) take_over();
  } else if (load_phase_ == LoadPhase::kFade) {
    Voice& old = voices_[spare_];
    if (old.fade != 0) return;
    old.slot.unload();
    old.sounding = false;
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
    while (voices_[spare_].slot.load_step()) {
    }
    load_status_ = voices_[spare_].slot.load_status();
    if (!load_status_) {
      load_phase_ = LoadPhase::kIdle;
      return load_status_;
    }
    load_phase_ = LoadPhase::kCatchUp;
    catch_up_frame_ = frame_count_;
  }
  if (load_phase_ == LoadPhase::kCatchUp) {
    while (catch_up_frame_ < frame_count_) voices_[spare_].slot.listen(past(catch_up_frame_++));
    take_over();
  }
  for (Voice& voice : voices_) voice.fade = voice.fade_target;
  advance_loading();
  return load_status_;
}

}  // namespace sideband
