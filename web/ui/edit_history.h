// What a player has edited, and the way back: undo and redo over whole states.
#pragma once

#include <array>
#include <cstddef>

#include "core/params.h"
#include "core/synth/patch.h"

namespace sideband::ui {

inline constexpr int kSlotCount = 2;

// Everything a gesture can change. Which slot is heard is no edit.
struct EditState {
  std::array<float, kParamCount> param{};
  std::array<FmPatch, kSlotCount> patch;

  bool operator==(const EditState& other) const {
    for (std::size_t i = 0; i < param.size(); ++i) {
      if (i != static_cast<std::size_t>(Param::kSlot) && param[i] != other.param[i]) return false;
    }
    for (std::size_t i = 0; i < patch.size(); ++i) {
      if (!same_patch(patch[i], other.patch[i])) return false;
    }
    return true;
  }

  static bool same_patch(const FmPatch& a, const FmPatch& b) {
    return a.ratio == b.ratio && a.modulation == b.modulation && a.carrier == b.carrier;
  }
};

// A fixed ring of states; the one at `here_` is what sounds. The oldest are forgotten.
class EditHistory {
 public:
  static constexpr int kCapacity = 100;

  // A new state after the present one; what had been undone is gone. The same state is no step.
  void commit(const EditState& state) {
    if (size_ > 0 && state == at(here_)) return;
    here_ = size_ == 0 ? 0 : here_ + 1;
    if (here_ == kCapacity) {
      first_ = (first_ + 1) % kCapacity;
      --here_;
    }
    size_ = here_ + 1;
    at(here_) = state;
  }

  bool can_undo() const { return here_ > 0; }
  bool can_redo() const { return here_ + 1 < size_; }
  const EditState& undo() { return at(can_undo() ? --here_ : here_); }
  const EditState& redo() { return at(can_redo() ? ++here_ : here_); }

  // Another model: its patch is where the slot now starts, at every step.
  void replace_patch(int slot, const FmPatch& patch) {
    for (int i = 0; i < size_; ++i) at(i).patch[static_cast<std::size_t>(slot)] = patch;
  }

 private:
  EditState& at(int step) { return states_[static_cast<std::size_t>((first_ + step) % kCapacity)]; }

  std::array<EditState, kCapacity> states_{};
  int first_ = 0;
  int size_ = 0;
  int here_ = 0;
};

// Decides when a run of changes is one step: while a pointer is held it is not over, and without
// one (keys, the page's own controls, scripts) it is over after a pause.
class EditRecorder {
 public:
  static constexpr double kPauseS = 0.5;

  // At every picture, and before an undo with `finish`.
  void watch(const EditState& now, bool held, double now_s, bool finish = false) {
    if (!(now == seen_)) {
      seen_ = now;
      changed_s_ = now_s;
      pending_ = true;
    }
    const bool released = was_held_ && !held;
    was_held_ = held;
    if (pending_ && !held && (released || finish || now_s - changed_s_ > kPauseS)) {
      history.commit(seen_);
      pending_ = false;
    }
  }

  // Where everything starts: nothing before it can be had back.
  void start_from(const EditState& state) {
    history = {};
    history.commit(state);
    adopt(state);
  }
  // Where a loaded model puts its slot: no step either.
  void replace_patch(int slot, const FmPatch& patch) {
    seen_.patch[static_cast<std::size_t>(slot)] = patch;
    history.replace_patch(slot, patch);
  }
  // An undo's own effect is not to be recorded.
  void adopt(const EditState& state) {
    seen_ = state;
    pending_ = false;
  }

  EditHistory history;

 private:
  EditState seen_;
  double changed_s_ = 0;
  bool pending_ = false;
  bool was_held_ = false;
};

}  // namespace sideband::ui
