// Plays a decoded sound: over and over or once, from any place. Jumps are faded.

const kFadeSeconds = 0.01;

export class Player {
  #context;
  #buffer;
  #on_ended;
  #source = null;
  #gain = null;
  #started_s = 0; // context time at which the sound's beginning was, or would have been, played
  #loop;

  constructor(context, buffer, { loop = true, on_ended = null } = {}) {
    this.#context = context;
    this.#buffer = buffer;
    this.#loop = loop;
    this.#on_ended = on_ended;
    this.node = new GainNode(context);
    this.#play_from(0, 0);
  }

  get duration_s() {
    return this.#buffer.duration;
  }

  get position_s() {
    const played_s = Math.max(0, this.#context.currentTime - this.#started_s);
    return this.#loop ? played_s % this.duration_s : Math.min(played_s, this.duration_s);
  }

  get loop() {
    return this.#loop;
  }

  set loop(loop) {
    this.#started_s = this.#context.currentTime - this.position_s;
    this.#loop = loop;
    this.#source.loop = loop;
  }

  seek(seconds) {
    const to = Math.min(Math.max(0, seconds), this.duration_s);
    this.#drop(kFadeSeconds);
    this.#play_from(to, kFadeSeconds);
  }

  #play_from(seconds, fade_s) {
    const { currentTime: now } = this.#context;
    const gain = new GainNode(this.#context, { gain: fade_s ? 0 : 1 });
    if (fade_s) {
      gain.gain.setValueAtTime(0, now);
      gain.gain.linearRampToValueAtTime(1, now + fade_s);
    }
    const source = new AudioBufferSourceNode(this.#context, {
      buffer: this.#buffer,
      loop: this.#loop,
    });
    source.onended = () => this.#on_ended?.();
    source.connect(gain).connect(this.node);
    source.start(0, seconds);
    this.#source = source;
    this.#gain = gain;
    this.#started_s = now - seconds;
  }

  #drop(fade_s) {
    const { currentTime: now } = this.#context;
    this.#source.onended = null;
    this.#gain.gain.setValueAtTime(1, now);
    this.#gain.gain.linearRampToValueAtTime(0, now + fade_s);
    this.#source.stop(now + fade_s);
  }

  close() {
    this.#source.onended = null;
    this.#source.stop();
    this.node.disconnect();
  }
}
