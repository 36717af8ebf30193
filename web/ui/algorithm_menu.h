// The layouts to choose from: the DX7's 32 algorithms and the papers' configurations, as pictures.
#pragma once

#include "web/ui/box.h"
#include "web/ui/context.h"

namespace sideband::ui {

// A button that opens the menu; what is chosen there re-routes the heard slot. A configuration of
// the papers brings its ratios too.
void algorithm_menu(const Box& box, Context& context);

}  // namespace sideband::ui
