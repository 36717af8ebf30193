// What pointer and finger do to the patch graph: drag an operator to another one or to the output,
// an edge's gain up and down.
#pragma once

#include "web/ui/graph_scene.h"

namespace sideband::ui {

struct GraphPointer {
  int node = -1;  // below the pointer
  int edge = -1;  // of the layout
  bool bar = false;
};

// Takes in what the pointer does this frame; edits the heard patch as gestures ask for it.
GraphPointer handle_graph_pointer(const Scene& scene, const Box& inner, Context& context);

// The operator that is being dragged towards another, or −1.
int dragged_operator();

}  // namespace sideband::ui
