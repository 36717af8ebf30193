// "To your taste": the patch at hand made brighter or warmer, or exchanged for a variation that is liked
// better. Every step goes into the slot that is heard, and can be undone like any other.

const kSoundRateHz = 16000;
const kSeed = 1;
const kPeak = 0.4;
const kBetweenMs = 200; // A and B

export class TastePanel {
  #instrument;
  #voices;
  #placed;
  #parts;
  #offered = null; // {a, b}
  #busy = false;

  constructor(instrument, { voices, placed, parts, quietly }) {
    this.#instrument = instrument;
    this.#voices = voices;
    this.#placed = placed;
    this.#parts = parts;
    const act = (button, work) => {
      parts[button].onclick = () => quietly(this.#one_by_one(work));
    };
    act("brighter", () => this.#shift(1));
    act("warmer", () => this.#shift(-1));
    act("a_or_b", () => this.#offer());
    act("prefer_a", () => this.#prefer(false));
    act("prefer_b", () => this.#prefer(true));
    parts.hear_a.onclick = () => this.#hear(this.#offered?.a);
    parts.hear_b.onclick = () => this.#hear(this.#offered?.b);
    parts.enough.onclick = () => {
      this.#end_choice();
      parts.a_or_b.focus();
    };
  }

  // Another patch is at hand.
  changed() {
    if (!this.#busy) this.#end_choice();
  }

  // A press while the last one is at work is not taken.
  async #one_by_one(work) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await work();
    } finally {
      this.#busy = false;
    }
  }

  #call(name, args) {
    const { dump, key, played_hz, hold_s } = this.#placed.found;
    return this.#voices.call(name, { voice: { dump, key, played_hz, hold_s }, seed: kSeed, ...args });
  }

  async #shift(steps) {
    this.#end_choice();
    const voice = await this.#call("brighter", { steps });
    const word = steps > 0 ? "brighter" : "warmer";
    if (!voice) return this.#say(`It does not get any ${word}.`);
    const slot = await this.#take(voice);
    this.#say(`The patch in ${slot.toUpperCase()} is ${word} now.`);
    this.#hear(voice.samples);
  }

  async #offer() {
    const offered = await this.#call("offer", {});
    if (!offered) return;
    this.#offered = offered;
    this.#parts.choice.hidden = false;
    this.#say("A is the patch as it is, B a variation of it. Which do you like better?");
    this.#hear_both(offered);
  }

  async #prefer(variation) {
    if (!this.#offered) return;
    const voice = await this.#call("prefer", { variation });
    if (!voice) return;
    if (variation) await this.#take(voice);
    await this.#offer();
    this.#say(
      variation ? "B is the patch now. Here is another B." : "The patch stays. Here is another B.",
    );
  }

  async #take(voice) {
    const { name } = this.#placed.found;
    return this.#placed.put({ ...voice, name });
  }

  #end_choice() {
    this.#offered = null;
    this.#parts.choice.hidden = true;
    this.#say("");
  }

  async #hear_both(offered) {
    await this.#hear(offered.a);
    await new Promise((resolve) => setTimeout(resolve, kBetweenMs));
    if (this.#offered === offered) await this.#hear(offered.b);
  }

  async #hear(samples) {
    if (!samples) return;
    await this.#instrument
      .audition(samples, kSoundRateHz, { peak: kPeak })
      .catch((error) => this.#say(error.message));
  }

  #say(text) {
    this.#parts.taste_status.textContent = text;
  }
}
