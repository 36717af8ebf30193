// What a panel is given: the snapshot to read, the view's own state, and where to put commands.
#pragma once

#include "web/ui/commands.h"
#include "web/ui/presets.h"
#include "web/ui/snapshot.h"
#include "web/ui/spectrogram.h"

namespace sideband::ui {

// What a panel or the page asks of the whole interface; the numbers are the page's contract.
enum class Action : int {
  kNone = 0,
  kUndo = 1,
  kRedo = 2,
  kReset = 3,       // the heard slot back to its model
  kCompareOn = 4,   // the untouched model sounds until
  kCompareOff = 5,  // this
  kFreeze = 6,
};

// What the spectrum's axis covers.
enum class SpectrumScale : int { kLog, kLow, kWide, kCount };

// What only the interface knows.
struct View {
  Action action = Action::kNone;  // asked for in this picture
  bool can_undo = false;
  bool can_redo = false;
  bool comparing = false;
  int selected_op = 0;
  int preset_from = 0;
  int preset_to = 0;
  float morph = 1;
  float shown_seconds = 8;  // of the strips
  SpectrumScale spectrum_scale = SpectrumScale::kLog;
  bool narrow = false;  // a phone: everything one can press is at least 40 px high
  bool frozen = false;
  double head_frame = 0;          // the strips' right edge, in frames; moves smoothly
  std::int64_t shown_frame = -1;  // the frame the graph and the operators show; −1 before any
  std::int64_t read_frame = -1;   // the one the strips read out: the pointer's, else the newest
  bool hovering_time = false;  // the pointer was over a strip in the frame before, at hover_frame
  std::int64_t hover_frame = 0;
  bool pending_hover = false;  // the same of this one
  std::int64_t pending_frame = 0;
  float dt_s = 0;
  float pitch_low_midi = 57;  // the pitch strip's range, which follows the playing
  float pitch_high_midi = 81;
  float level_range = 1;  // the envelopes' full height
  bool noise_heard = false;
};

class Context {
 public:
  Context(Snapshot& snapshot, const History& shown, const Spectrogram& shown_spectrogram,
          View& view_state, CommandQueue& commands)
      : now(snapshot),
        history(shown),
        spectrogram(shown_spectrogram),
        view(view_state),
        snapshot_(snapshot),
        commands_(commands) {}

  const Snapshot& now;
  const History& history;  // the live one, or the frozen copy
  const Spectrogram& spectrogram;
  View& view;

  // Puts a command in the queue and shows its effect at once; the page's answer has the last word.
  void emit(CommandKind kind, float a = 0, float b = 0);
  void edit_patch(int slot, const FmPatch& patch);
  // The heard slot sounds like this; what is so already is not told again.
  void apply(const Sound& sound);

  // A channel at the frame shown or read out, 0 where there is none.
  float shown(Channel channel) const { return value_at(channel, view.shown_frame); }
  float read(Channel channel) const { return value_at(channel, view.read_frame); }

 private:
  float value_at(Channel channel, std::int64_t frame) const {
    return history.holds(frame) ? history.at(channel, frame) : 0.0F;
  }

  Snapshot& snapshot_;
  CommandQueue& commands_;
};

}  // namespace sideband::ui
