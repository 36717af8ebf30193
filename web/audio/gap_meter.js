// Interruptions of the sound as an audio worklet can see them; `currentTime` is that of its scope.

const kGapWindowSeconds = 0.5;
const kGapMs = 20; // calls come in bursts of about 10 ms; the audio clock may lag that much

// Counts the times the audio clock fell behind the wall clock for good: a dropout that was heard.
// The smallest lag within a window is free of burst jitter; a step up from the window before is a gap.
export class GapMeter {
  #window_start_s = currentTime;
  #least_lag_ms = Infinity;
  #last_lag_ms = null;
  gaps = 0;

  tick(wall_ms) {
    this.#least_lag_ms = Math.min(this.#least_lag_ms, wall_ms - currentTime * 1000);
    if (currentTime - this.#window_start_s < kGapWindowSeconds) return;
    if (this.#last_lag_ms !== null && this.#least_lag_ms - this.#last_lag_ms > kGapMs)
      this.gaps += 1;
    this.#last_lag_ms = this.#least_lag_ms;
    this.#least_lag_ms = Infinity;
    this.#window_start_s = currentTime;
  }
}
