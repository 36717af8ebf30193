// The Dear ImGui panels (web/ui, built into wasm/ui.js) on the page's canvas: tells them what the
// instrument does, and does what they ask for. The page works without them. Calls are those of
// web/ui/README.md.

import { kPatchFloats, kSlots, kTraceFloats } from "./audio/messages.js";
import { model_name } from "./audio/models.js";

const kMaxTraces = 256;
const kParts = 0; // the transport and the model chooser are the page's own controls
const kSources = ["mic", "clip", "file"];
const kStatusIntervalMs = 250;
const kOutputIntervalMs = 30; // between pictures of the output
const kOutputFloats = 4096;
const kTextBytes = 128;

// What the page may ask the panels for: window.sideband.panels.act("undo").
const kActions = { undo: 1, redo: 2, reset: 3, compare: 4, end_compare: 5, freeze: 6 };

// ui_next_command's kinds.
const Command = {
  kNone: 0,
  kSet: 1,
  kStart: 2,
  kStop: 3,
  kSlot: 4,
  kLoad: 5,
  kSource: 6,
  kPatch: 7,
};

// Resolves to whether the panels are shown. `page` has start() and choose_source().
export async function show_canvas(instrument, page) {
  const canvas = document.getElementById("canvas");
  const text = document.getElementById("stage-text");
  const give_up = (words) => {
    canvas.hidden = true;
    document.body.classList.add("plain");
    text.hidden = false;
    text.textContent = words;
    return false;
  };
  try {
    const { default: create_ui } = await import(new URL("wasm/ui.js", document.baseURI).href);
    const ui = await create_ui({ canvas });
    if (!ui._ui_init()) {
      return give_up(
        "This browser has no WebGL2, so the patch view is left out. Everything else works without it.",
      );
    }
    canvas.hidden = false;
    const panels = new Panels(ui, canvas, instrument, page);
    instrument.panels = panels;
    await panels.drawn;
    text.hidden = true;
    document.body.classList.add("drawn-panels");
    return true;
  } catch (error) {
    console.warn(error);
    return give_up("The patch view could not be loaded. Everything else works without it.");
  }
}

class Panels {
  #ui;
  #canvas;
  #instrument;
  #page;
  #traces;
  #patch;
  #command = { values: null, text: 0 };
  #taking_patch = false;
  #next_status_ms = 0;
  #output;
  #next_output_ms = 0;
  #first_drawn = null;

  pictures = 0; // drawn so far

  constructor(ui, canvas, instrument, page) {
    this.#ui = ui;
    this.#canvas = canvas;
    this.#instrument = instrument;
    this.#page = page;
    const floats = (address, count) => new Float32Array(ui.HEAPF32.buffer, address, count);
    this.#traces = floats(ui._ui_trace_buffer(), kMaxTraces * kTraceFloats);
    this.#patch = floats(ui._ui_patch_buffer(), kPatchFloats);
    this.#output = {
      spectrum_db: floats(ui._ui_spectrum_buffer(), kOutputFloats),
      samples: floats(ui._ui_sample_buffer(), kOutputFloats),
    };
    this.#command.address = ui._malloc(16);
    this.#command.values = floats(this.#command.address, 4);
    this.#command.text = ui._malloc(kTextBytes);
    ui._ui_set_parts(kParts);
    this.#fit();
    new ResizeObserver(() => this.#fit()).observe(canvas.parentElement);
    this.#tell_all();
    ui._ui_forget_edits();
    this.#listen();
    this.#follow_theme();
    this.drawn = new Promise((resolve) => (this.#first_drawn = resolve));
    requestAnimationFrame(() => this.#frame());
  }

  act(action) {
    if (!(action in kActions)) {
      throw new TypeError(`"${action}" is none of ${Object.keys(kActions).join(", ")}`);
    }
    this.#ui._ui_act(kActions[action]);
    this.#take_commands();
  }

  // Whether the panels have yet to take in what a hand did.
  get input_waits() {
    return this.#ui._ui_input_waits() !== 0;
  }

  // What a picture takes to make, smoothed.
  get frame_ms() {
    return this.#ui._ui_frame_ms();
  }

  // Light or dark as the page is, whatever makes it so.
  #follow_theme() {
    const follow = () => {
      const colour = getComputedStyle(document.body).backgroundColor;
      const [red, green, blue] = colour.match(/[\d.]+/g).map(Number);
      this.#ui._ui_set_theme(0.3 * red + 0.6 * green + 0.1 * blue > 128 ? 1 : 0);
    };
    follow();
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", follow);
    new MutationObserver(follow).observe(document.documentElement, { attributes: true });
  }

  // As tall as the panels need at this width, so that the page scrolls and not the canvas.
  #fit() {
    const width = this.#canvas.parentElement.clientWidth;
    const height = Math.ceil(this.#ui._ui_content_height(width));
    this.#canvas.style.height = `${height}px`;
    this.#ui._ui_resize(width, height, window.devicePixelRatio);
  }

  #tell_all() {
    const { params, models } = this.#instrument;
    for (const { index } of params) this.#ui._ui_set_param(index, this.#instrument.get(index));
    this.#tell_text(models.map(model_name).join("\n"), (address) =>
      this.#ui._ui_set_model_list(address),
    );
    for (let slot = 0; slot < kSlots; ++slot) this.#tell_model(slot);
    this.#tell_status();
  }

  #tell_text(text, call) {
    const address = this.#ui._ui_text_buffer();
    this.#ui.stringToUTF8(text, address, 4096);
    call(address);
  }

  #tell_model(slot) {
    const model = this.#instrument.model(slot);
    if (!model) return;
    this.#tell_text(model_name(model), (address) => this.#ui._ui_set_model(slot, address));
    this.#tell_patch(slot, this.#instrument.model_patch(slot)); // what its Reset goes back to
    this.#tell_patch(slot, this.#instrument.patch(slot));
  }

  #tell_patch(slot, patch) {
    if (!patch) return;
    this.#patch.set(patch);
    this.#ui._ui_set_patch(slot, this.#ui._ui_patch_buffer());
  }

  #tell_status() {
    const now = this.#instrument.snapshot();
    this.#ui._ui_set_status(
      now.running ? 1 : 0,
      now.load,
      now.worst_block_ms,
      now.latency_ms,
      now.dropouts,
      now.sample_rate_hz,
    );
    this.#ui._ui_set_source(kSources.indexOf(now.source));
  }

  #listen() {
    const instrument = this.#instrument;
    instrument.addEventListener("traces", ({ detail: { traces, count } }) => {
      this.#traces.set(traces);
      this.#ui._ui_push_traces(count);
    });
    instrument.addEventListener("param", ({ detail: { index, value } }) =>
      this.#ui._ui_set_param(index, value),
    );
    instrument.addEventListener("model", ({ detail: { slot } }) => this.#tell_model(slot));
    instrument.addEventListener("patch", ({ detail: { slot } }) => {
      if (!this.#taking_patch) this.#tell_patch(slot, instrument.patch(slot));
    });
    instrument.addEventListener("state", () => this.#tell_status());
  }

  #frame() {
    const now_ms = performance.now();
    if (this.#instrument.running && now_ms > this.#next_status_ms) {
      this.#next_status_ms = now_ms + kStatusIntervalMs;
      this.#tell_status();
    }
    if (now_ms > this.#next_output_ms && this.#ui._ui_wants_output()) {
      this.#next_output_ms = now_ms + kOutputIntervalMs;
      this.#show_output();
    }
    if (this.#ui._ui_frame()) {
      ++this.pictures;
      this.#first_drawn();
    } else if (!document.body.classList.contains("drawn-panels")) {
      this.#fit(); // ask for a picture again
    }
    this.#take_commands();
    requestAnimationFrame(() => this.#frame());
  }

  #show_output() {
    const { spectrum_db, samples } = this.#output;
    if (!this.#instrument.look_at_output(spectrum_db, samples)) return;
    this.#ui._ui_take_output(this.#instrument.sample_rate_hz);
  }

  #take_commands() {
    const { values, address, text } = this.#command;
    for (;;) {
      const kind = this.#ui._ui_next_command(address, text);
      if (kind === Command.kNone) return;
      this.#take_command(kind, values[0], values[1]);
    }
  }

  #take_command(kind, first, second) {
    const instrument = this.#instrument;
    switch (kind) {
      case Command.kSet:
        instrument.set(first, second);
        break;
      case Command.kStart:
        this.#page.start();
        break;
      case Command.kStop:
        instrument.stop();
        break;
      case Command.kSlot:
        instrument.ab(first);
        break;
      case Command.kLoad:
        instrument.load(first, instrument.models[second]).catch(() => {});
        break;
      case Command.kSource:
        this.#page.choose_source(kSources[first]);
        break;
      case Command.kPatch:
        this.#take_patch(first);
        break;
    }
  }

  #take_patch(slot) {
    const address = this.#ui._ui_patch(slot);
    const patch = new Float32Array(this.#ui.HEAPF32.buffer, address, kPatchFloats).slice();
    this.#taking_patch = true;
    this.#instrument.set_patch(slot, patch);
    this.#taking_patch = false;
  }
}
