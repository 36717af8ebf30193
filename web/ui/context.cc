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

void Context::edit_patch(int slot, const FmPatch& patch) {
  snapshot_.slot[static_cast<std::size_t>(slot)].patch = patch;
  emit(CommandKind::kPatchEdited, static_cast<float>(slot));
}

}  // namespace sideband::ui
