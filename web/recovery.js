// What goes wrong while playing, and how the instrument goes on by itself: a microphone taken away, a
// tab that closes, sound the browser pauses or holds back, an audio processor that fails.

import { close_microphone, open_microphone } from "./audio/capture.js";
import { Problem, Way } from "./audio/problem.js";

const kMaxRestarts = 3; // of a failing audio processor, within
const kRestartWindowMs = 10000;

export class Recovery {
  #instrument;
  #turn; // () → which start or stop was the last
  #restart; // resolves when a fresh processor plays the same state
  #tell;
  #notice;
  #announce;
  #restarts = [];

  constructor(instrument, { turn, restart, tell, notice, announce }) {
    this.#instrument = instrument;
    this.#turn = turn;
    this.#restart = restart;
    this.#tell = tell;
    this.#notice = notice;
    this.#announce = announce;
  }

  // A microphone that is unplugged gives way to the next one; a shared tab that closes ends the play.
  async source_gone() {
    const instrument = this.#instrument;
    const start = () => instrument.start();
    if (instrument.source !== "mic") {
      await instrument.stop();
      const text = "The shared sound ended. Start again to share it anew.";
      this.#announce(new Problem(text, { ways: [Way.kRetry] }), "Listening", start);
      return;
    }
    try {
      close_microphone(await open_microphone());
      instrument.device_id = null;
      await instrument.start();
      this.#notice("The microphone was taken away; another one is used now.");
    } catch {
      await instrument.stop();
      const text =
        "The microphone was unplugged or taken away. Connect it, and it plays on by itself; or play a clip.";
      this.#announce(new Problem(text, { ways: [Way.kRetry, Way.kClip] }), "Listening", start);
      this.#wait_for_microphone();
    }
  }

  #wait_for_microphone() {
    const turn = this.#turn();
    const devices = navigator.mediaDevices;
    const look = async () => {
      if (turn !== this.#turn()) return devices.removeEventListener("devicechange", look);
      const found = (await devices.enumerateDevices()).some(({ kind }) => kind === "audioinput");
      if (!found || turn !== this.#turn()) return;
      devices.removeEventListener("devicechange", look);
      this.#instrument.start().catch(() => {});
    };
    devices.addEventListener("devicechange", look);
  }

  // The graph tries to go on by itself; this only tells.
  interrupted(paused) {
    if (!this.#instrument.running) return;
    if (paused) this.#notice("The browser paused the sound. It goes on as soon as it may.");
    else this.#tell("state");
  }

  // The start is still under way, and ends when the browser lets it.
  held() {
    const text =
      "The browser does not let the sound start: it has no audio output, or waits for a click. Connect speakers or headphones, or click here; it starts by itself as soon as it may.";
    const start = () => this.#instrument.start();
    this.#announce(new Problem(text, { ways: [Way.kRetry] }), "Starting", start);
  }

  // A processor that fails is replaced by a fresh one with the same state.
  async processor_failed(text) {
    const instrument = this.#instrument;
    if (instrument.state === "stopped") return;
    const turn = this.#turn();
    const now = performance.now();
    this.#restarts = this.#restarts.filter((time) => now - time < kRestartWindowMs);
    this.#restarts.push(now);
    const start = () => instrument.start();
    if (this.#restarts.length > kMaxRestarts) {
      await instrument.stop();
      const problem = new Problem(
        `The synthesiser keeps failing (${text}). Choose another model, or reload the page.`,
        { ways: [Way.kRetry, Way.kReload] },
      );
      this.#announce(problem, "Playing", start);
      return;
    }
    try {
      await this.#restart();
      this.#notice(`The synthesiser failed (${text}) and was restarted.`);
    } catch (error) {
      if (turn !== this.#turn()) return;
      await instrument.stop();
      this.#announce(error, "Restarting the synthesiser", start);
    }
  }
}
