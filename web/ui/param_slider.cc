#include "web/ui/param_slider.h"

#include <cstdio>

#include "web/ui/param_curve.h"
#include "web/ui/widgets.h"

namespace sideband::ui {

void param_slider(const Box& box, Param param, const char* label, ImU32 colour, Context& context) {
  const auto index = static_cast<std::size_t>(param);
  const ParamInfo& info = kParams[index];
  char name[40];
  std::snprintf(name, sizeof name, "param_%.*s", static_cast<int>(info.name.size()),
                info.name.data());
  char from_table[32];
  write_label(from_table, sizeof from_table, info);
  float value = context.now.param[index];
  if (slider(name, box, label != nullptr ? label : from_table, info, value, colour)) {
    context.emit(CommandKind::kSetParam, static_cast<float>(index), value);
  }
}

}  // namespace sideband::ui
