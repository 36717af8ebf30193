// A short sound heard beside the instrument, which steps back meanwhile; one at a time, the next one fades
// the last one out. Both together never go beyond the instrument's own ceiling.

const kFadeSeconds = 0.005; // time constant: by then it is down to a third
const kFadedSeconds = 0.05; // by then to nothing
const kStepBack = 0.5;
const kMostPeak = 0.45;

export class Audition {
  #context;
  #instrument; // the gain its sound goes through
  #playing = null; // {source, gain, over()}

  constructor(context, instrument) {
    this.#context = context;
    this.#instrument = instrument;
  }

  get playing() {
    return this.#playing !== null;
  }

  // `peak`: how loud its loudest sample becomes. Resolves when it is over, or another came.
  play(samples, rate_hz, peak) {
    this.stop();
    const context = this.#context;
    const now = context.currentTime;
    const loudest = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
    const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate_hz });
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setTargetAtTime(Math.min(peak, kMostPeak) / loudest, now, kFadeSeconds);
    const end = now + Math.max(0, buffer.duration - kFadedSeconds);
    gain.gain.setTargetAtTime(0, end, kFadeSeconds);
    source.connect(gain).connect(context.destination);
    source.start(now);
    this.#step(kStepBack, now);
    return new Promise((resolve) => {
      const playing = { source, gain, over: resolve };
      this.#playing = playing;
      source.onended = () => {
        gain.disconnect();
        if (this.#playing === playing) this.#end();
      };
    });
  }

  stop() {
    if (!this.#playing) return;
    const { source, gain } = this.#playing;
    const now = this.#context.currentTime;
    gain.gain.setTargetAtTime(0, now, kFadeSeconds);
    source.stop(now + kFadedSeconds);
    this.#end();
  }

  #end() {
    const { over } = this.#playing;
    this.#playing = null;
    this.#step(1, this.#context.currentTime + kFadedSeconds);
    over();
  }

  // From that time on, and nothing that was to come before.
  #step(gain, time) {
    this.#instrument.gain.cancelScheduledValues(this.#context.currentTime);
    this.#instrument.gain.setTargetAtTime(gain, time, kFadeSeconds);
  }
}
