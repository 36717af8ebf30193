// What the panels show: everything the page has told the interface, and nothing else.
#pragma once

#include <array>
#include <cstring>

#include "core/params.h"
#include "core/synth/patch.h"
#include "web/ui/edit_history.h"
#include "web/ui/history.h"
#include "web/ui/output_picture.h"
#include "web/ui/peak_meter.h"

namespace sideband::ui {

inline constexpr int kMaxModels = 64;

enum class Source : int { kMicrophone, kClip, kFile, kCount };

struct Status {
  bool running = false;
  float load = 0;            // share of real time the audio thread uses, 0…1
  float worst_block_ms = 0;  // longest block since Start
  float latency_ms = 0;      // from microphone to speaker
  int dropouts = 0;
  float sample_rate_hz = 0;
  float frame_ms = 0;  // what a picture takes
};

struct Slot {
  std::array<char, 96> name{};
  FmPatch patch;        // as it sounds
  FmPatch model_patch;  // as the model came with; what Reset goes back to
  bool has_patch = false;
  bool awaits_model_patch = true;  // the next patch told is the model's own
};

struct ModelList {
  std::array<char, 4096> text{};  // names, each ended by a zero
  std::array<const char*, kMaxModels> name{};
  int count = 0;

  // One model per line.
  void assign(const char* lines) {
    count = 0;
    std::strncpy(text.data(), lines, text.size() - 1);
    text.back() = 0;
    for (char* at = text.data(); *at != 0 && count < kMaxModels;) {
      char* end = std::strchr(at, '\n');
      if (end != nullptr) *end = 0;
      if (*at != 0) name[static_cast<std::size_t>(count++)] = at;
      if (end == nullptr) break;
      at = end + 1;
    }
  }
};

struct Snapshot {
  History history;
  Status status;
  std::array<Slot, kSlotCount> slot;
  ModelList models;
  std::array<float, kParamCount> param{};
  Source source = Source::kMicrophone;
  PeakMeter input;
  PeakMeter output;
  OutputPicture picture;

  Snapshot() {
    for (std::size_t i = 0; i < param.size(); ++i) param[i] = kParams[i].initial;
  }

  EditState edits() const {
    EditState state;
    state.param = param;
    for (std::size_t i = 0; i < slot.size(); ++i) state.patch[i] = slot[i].patch;
    return state;
  }

  float value(Param p) const { return param[static_cast<std::size_t>(p)]; }
  int heard_slot() const { return value(Param::kSlot) >= 0.5F ? 1 : 0; }
  const Slot& heard() const { return slot[static_cast<std::size_t>(heard_slot())]; }
};

}  // namespace sideband::ui
