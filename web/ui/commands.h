// What the interface asks of the page: a short queue of commands, and nothing else.
#pragma once

#include <array>
#include <cstdint>

namespace sideband::ui {

// The numbers are the page's contract (README.md).
enum class CommandKind : int {
  kNone = 0,
  kSetParam = 1,  // index, value
  kStart = 2,
  kStop = 3,
  kChooseSlot = 4,   // slot: 0 is A, 1 is B
  kLoadModel = 5,    // slot, index in the model list; text is the model's name
  kSource = 6,       // 0 microphone, 1 clip, 2 file
  kPatchEdited = 7,  // slot; the page reads ui_patch(slot)
};

struct Command {
  CommandKind kind = CommandKind::kNone;
  float a = 0;
  float b = 0;
};

class CommandQueue {
 public:
  // A run of changes to one parameter (a drag) is kept as its last value.
  void push(const Command& command) {
    if (size_ > 0) {
      Command& last = queue_[(head_ + size_ - 1) % kCapacity];
      const bool same_param = command.kind == CommandKind::kSetParam && last.a == command.a;
      const bool same_patch = command.kind == CommandKind::kPatchEdited && last.a == command.a;
      if (last.kind == command.kind && (same_param || same_patch)) {
        last = command;
        return;
      }
    }
    if (size_ == kCapacity) return;  // the page has stopped reading
    queue_[(head_ + size_) % kCapacity] = command;
    ++size_;
  }

  Command pop() {
    if (size_ == 0) return {};
    const Command command = queue_[head_];
    head_ = (head_ + 1) % kCapacity;
    --size_;
    return command;
  }

 private:
  static constexpr std::uint32_t kCapacity = 256;  // an undo may set every parameter at once
  std::array<Command, kCapacity> queue_{};
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace sideband::ui
