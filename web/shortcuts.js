// The computer's keyboard. A key is taken by the first that has a use for
// it: a text field or the help; the notes, while the keys are what is played; the patch, where it has
// the focus (web/ui/README.md); the page.

const kBesidesThePatch = ["x", "?", "r", "k"]; // the page's keys that the patch leaves to it

// `actions`: what the page does at a key. `keys` is the piano (keys.js).
export function take_keys(instrument, keys, actions) {
  const modified = (event) => event.ctrlKey || event.metaKey || event.altKey;
  const play = (event) => {
    if (modified(event) || instrument.source !== "keys" || document.getElementById("help").open) return;
    if (takes_letters(event.target)) return;
    const key = event.key.toLowerCase();
    if (!(event.repeat ? keys.is_key(key) : keys.key_down(key))) return;
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("keydown", play, true); // before the patch hears of it
  window.addEventListener("keydown", (event) => {
    if (modified(event) || event.defaultPrevented || event.repeat) return;
    const action = actions[event.key.toLowerCase()];
    if (!action || takes_key(event.target, event.key)) return;
    event.preventDefault();
    action();
  });
  window.addEventListener("keyup", (event) => keys.key_up(event.key.toLowerCase()));
}

// Whether the focused element has its own use for letters, or for this key.
function takes_letters(element) {
  return (
    element.closest("select, textarea, input:not([type=radio], [type=range], [type=checkbox])") !==
    null
  );
}

function takes_key(element, key) {
  if (takes_letters(element) || element.closest("dialog")) return key !== "?";
  if (element.id === "canvas") return !kBesidesThePatch.includes(key.toLowerCase());
  return key === " " && element.closest("button, summary, a, input[type=checkbox]") !== null;
}
