// Asking a browser to let an audio context run. Where it may not yet (no audio output, no gesture, a
// call that took the sound away) the promise of resume() stays open for ever, so it is asked again.

const kIntervalMs = 500;
const kGestures = ["focus", "pointerdown", "keydown"];

// Asks at once, at every gesture and twice a second; resolves when the context runs, or once `wanted()`
// is false.
export async function ask_to_run(context, wanted) {
  const ask = () => context.resume().catch(() => {});
  for (const event of kGestures) window.addEventListener(event, ask, true);
  document.addEventListener("visibilitychange", ask);
  while (context.state !== "running" && wanted()) {
    ask();
    await change_of_state(context);
  }
  for (const event of kGestures) window.removeEventListener(event, ask, true);
  document.removeEventListener("visibilitychange", ask);
}

function change_of_state(context) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      context.removeEventListener("statechange", end);
      resolve();
    };
    const timer = setTimeout(end, kIntervalMs);
    context.addEventListener("statechange", end);
  });
}
