#include "web/ui/graph_draw.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "web/ui/notation.h"
#include "web/ui/theme.h"
#include "web/ui/widgets.h"

namespace sideband::ui {
namespace {

std::size_t at(int op) {
  return static_cast<std::size_t>(op);
}

// 0…1; an index of 1.5 rad, where the sidebands overtake the carrier, is at 0.63.
float strength_of_index(float index_rad) {
  return 1.0F - std::exp(-std::fabs(index_rad) / 1.5F);
}

void stroke(ImDrawList* draw, const ImVec2* p, ImU32 colour, float strength) {
  const auto line = [&](float opacity, float width) {
    if (p[0].x == p[3].x && p[1].x == p[0].x) {
      draw->AddLine(p[0], p[3], fade(colour, opacity), u(width));
    } else {
      draw->AddBezierCubic(p[0], p[1], p[2], p[3], fade(colour, opacity), u(width), 24);
    }
  };
  if (strength > 0.02F) {
    line(0.07F * strength, 5.0F + 22.0F * strength);
    line(0.13F * strength, 3.5F + 11.0F * strength);
  }
  line(0.30F + 0.70F * strength, 1.25F + 3.75F * strength);
}

void arrow_head(ImDrawList* draw, ImVec2 tip_at, ImVec2 from, ImU32 colour, float size) {
  const float dx = tip_at.x - from.x;
  const float dy = tip_at.y - from.y;
  const float length = std::fmax(std::sqrt(dx * dx + dy * dy), 0.001F);
  const ImVec2 d{dx / length * size, dy / length * size};
  draw->AddTriangleFilled(tip_at, {tip_at.x - d.x - 0.6F * d.y, tip_at.y - d.y + 0.6F * d.x},
                          {tip_at.x - d.x + 0.6F * d.y, tip_at.y - d.y - 0.6F * d.x}, colour);
}

}  // namespace

float index_of(const Scene& scene, const Context& context, const GraphEdge& edge) {
  const FmPatch& patch = context.now.heard().patch;
  const float index = scene.level[at(edge.from)] * patch.modulation[at(edge.to)][at(edge.from)];
  // A modulator's level has it in already.
  const bool carrier = patch.carrier[at(edge.from)] > 0;
  return carrier ? index * context.now.value(Param::kIndexScale) : index;
}

void draw_edges(ImDrawList* draw, const Scene& scene, const Context& context, int hot_edge) {
  for (int i = 0; i < scene.layout.edge_count; ++i) {
    const GraphEdge& edge = scene.layout.edge[at(i)];
    const ImU32 colour = palette().op[at(edge.from)];
    const float strength = strength_of_index(index_of(scene, context, edge));
    ImVec2 p[4];
    route(scene, edge, p);
    const float head = u(6.0F + 3.0F * strength);
    const ImVec2 tip_at = p[3];
    if (edge.kind == EdgeKind::kForward) p[3].y -= 0.6F * head;
    if (edge.kind != EdgeKind::kForward) p[3].x += 0.6F * head;
    if (i == hot_edge) stroke(draw, p, mix(colour, palette().text, 0.5F), 1.0F);
    stroke(draw, p, colour, strength);
    arrow_head(draw, tip_at,
               edge.kind == EdgeKind::kForward ? ImVec2{p[3].x, p[3].y - head}
                                               : ImVec2{p[3].x + head, p[3].y},
               fade(colour, 0.45F + 0.55F * strength), head);
  }
  for (int op = 0; op < kOperators; ++op) {
    if (!scene.layout.node[at(op)].carrier) continue;
    const Box box = node_box(scene, op);
    const ImVec2 from{box.centre().x, box.y1 + u(2)};
    const ImVec2 to{box.centre().x, scene.bar.y0};
    const ImVec2 p[4] = {from, from, to, to};
    stroke(draw, p, palette().op[at(op)], scene.fullness[at(op)]);
  }
}

void draw_node(ImDrawList* draw, const Scene& scene, int op, const NodeLook& look) {
  const bool hot = look.hot;
  const Palette& colours = palette();
  const Box box = node_box(scene, op);
  const float full = scene.fullness[at(op)];
  const float presence = scene.layout.node[at(op)].heard ? 1.0F : 0.4F;
  const ImU32 colour = colours.op[at(op)];
  const float rounding = 0.2F * scene.node;
  for (int ring = 3; ring > 0 && full > 0.02F; --ring) {
    const float grow = u(2.5F) * static_cast<float>(ring);
    fill_rounded(draw, {box.x0 - grow, box.y0 - grow}, {box.x1 + grow, box.y1 + grow},
                 fade(colour, 0.06F * full * presence), rounding + grow);
  }
  fill_rounded(draw, box.min(), box.max(), mix(colours.panel, colour, hot ? 0.22F : 0.10F),
               rounding);
  const float surface = std::round(box.y1 - full * box.height());
  draw->PushClipRect({box.x0, surface}, box.max(), true);
  fill_rounded(draw, box.min(), box.max(), fade(colour, presence), rounding);
  draw->PopClipRect();
  draw->AddRect(box.min(), box.max(), fade(colour, (hot ? 1.0F : 0.8F) * presence), rounding, 0,
                u(hot ? 2.0F : 1.5F));

  if (look.selected) {
    const float out = u(4);
    draw->AddRect({box.x0 - out, box.y0 - out}, {box.x1 + out, box.y1 + out},
                  fade(colours.text, 0.75F), rounding + out, 0, u(1.5F));
  }
  if (look.mark != 0) {
    const ImVec2 corner{box.x1 - u(1), box.y0 + u(1)};
    draw->AddCircleFilled(corner, u(9), look.mark == 'M' ? colours.bad : colours.warn);
    const char words[2] = {look.mark, 0};
    text(draw, Type::kSmall, corner, colours.background, words, Align::kCentre);
  }

  char number[4];
  char ratio[16] = "×";
  std::snprintf(number, sizeof number, "%d", op + 1);
  write_ratio(ratio + 2, sizeof ratio - 2, scene.ratio[at(op)]);
  const ImVec2 c = box.centre();
  const bool roomy = scene.node > u(40);
  const auto label = [&](ImU32 ink, ImU32 ink_small) {
    text(draw, roomy ? Type::kTitle : Type::kStrong, {c.x, c.y - (roomy ? u(13) : u(7))}, ink,
         number, Align::kCentre);
    text(draw, Type::kSmall, {c.x, c.y + (roomy ? u(6) : u(8))}, ink_small, ratio, Align::kCentre);
  };
  // Light upon the empty part, dark upon the filled one.
  draw->PushClipRect({box.x0 - u(8), box.y0}, {box.x1 + u(8), surface}, true);
  label(fade(colours.text, presence), fade(mix(colour, colours.text, 0.5F), presence));
  draw->PopClipRect();
  draw->PushClipRect({box.x0 - u(8), surface}, {box.x1 + u(8), box.y1}, true);
  label(colours.background, colours.background);
  draw->PopClipRect();
}

void draw_output_bar(ImDrawList* draw, const Scene& scene, const Context& context, bool hot) {
  const Palette& colours = palette();
  const Box& bar = scene.bar;
  draw->AddRectFilled(bar.min(), bar.max(), hot ? colours.hovered : colours.raised, u(7));
  const float full = std::clamp(1.0F + context.now.output.level_db / -kMeterFloorDb, 0.0F, 1.0F);
  draw->AddRectFilled({bar.x0, bar.y0}, {bar.x1, bar.y0 + u(2.5F)},
                      fade(colours.text, 0.25F + 0.75F * full), u(1.2F));
  const bool silent = std::none_of(scene.layout.node.begin(), scene.layout.node.end(),
                                   [](const NodePlace& node) { return node.carrier; });
  text(draw, Type::kSmall, {bar.x0 + u(12), bar.centre().y + u(1)},
       silent ? colours.warn : colours.dim,
       silent ? "OUTPUT: drag an operator here to hear it" : "OUTPUT");
  if (!context.view.noise_heard) return;
  // The noise branch goes straight to the output.
  const float noise = context.shown(Channel::kNoiseLevel);
  const float db = 20.0F * std::log10(std::fmax(noise, 1e-5F));
  const float level = std::clamp(1.0F + db / 80.0F, 0.0F, 1.0F);
  const float x = bar.x1 - u(12);
  text(draw, Type::kSmall, {x - u(52), bar.centre().y + u(1)}, colours.dim, "NOISE", Align::kRight);
  draw->AddRectFilled({x - u(44), bar.centre().y - u(1)}, {x, bar.centre().y + u(3)},
                      colours.hovered, u(2));
  draw->AddRectFilled({x - u(44), bar.centre().y - u(1)},
                      {x - u(44) + u(44) * level, bar.centre().y + u(3)}, colours.text, u(2));
}

}  // namespace sideband::ui
