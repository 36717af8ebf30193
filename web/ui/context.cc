#include "web/ui/context.h"

namespace sideband::ui {

void Context::emit(CommandKind kind, float a, float b) {
  switch (kind) {
    case CommandKind::kSetParam:
      snapshot_.param[static_cast<std::size_t>(a)] = b;
      break;
    case CommandKind::kChooseSlot:
      snapshot_.param[static_cast<std::size_t>(Param::kSlot)] = a;
      break;
    case CommandKind::kSource:
      snapshot_.source = static_cast<Source>(static_cast<int>(a));
      break;
    default:
      break;
  }
  commands_.push({kind, a, b});
}

void Context::apply(const Sound& sound) {
  for (std::size_t i = 0; i < sound.param.size(); ++i) {
    if (sound.param[i] == now.param[i] || i == static_cast<std::size_t>(Param::kSlot)) continue;
    emit(CommandKind::kSetParam, static_cast<float>(i), sound.param[i]);
  }
  const Slot& slot = now.heard();
  if (!slot.has_patch || EditState::same_patch(slot.patch, sound.patch)) return;
  edit_patch(now.heard_slot(), sound.patch);
}

void Context::edit_patch(int slot, const FmPatch& patch) {
  snapshot_.slot[static_cast<std::size_t>(slot)].patch = patch;
  emit(CommandKind::kPatchEdited, static_cast<float>(slot));
}

}  // namespace sideband::ui
