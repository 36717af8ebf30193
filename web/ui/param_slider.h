// A slider for one of the engine's parameters.
#pragma once

#include "core/params.h"
#include "web/ui/box.h"
#include "web/ui/context.h"

namespace sideband::ui {

// Known as "param_" and the parameter's name. `label` null: from the table; `colour` 0: the accent.
void param_slider(const Box& box, Param param, const char* label, ImU32 colour, Context& context);

}  // namespace sideband::ui
