// The microphone, without the processing that browsers do for speech: it would be heard as wrong
// notes and pumping levels. What the browser really applied is read back.

import { Problem, Way } from "./problem.js";

const kSpeechProcessing = ["echoCancellation", "noiseSuppression", "autoGainControl"];

const kWords = {
  echoCancellation: "echo cancellation",
  noiseSuppression: "noise suppression",
  autoGainControl: "gain control",
};

const kSentences = {
  NotAllowedError:
    "The browser was not allowed to use the microphone. Allow it beside the address bar, then try again, or play a clip.",
  NotFoundError: "No microphone was found. Plug one in, then try again, or play a clip.",
  NotReadableError:
    "The microphone is in use by another program, or its driver failed. Free it, then try again, or play a clip.",
  AbortError: "The microphone stopped while it was being opened. Try again, or play a clip.",
  OverconstrainedError: "No microphone can be opened as asked. Choose another one, or play a clip.",
  SecurityError: "This browser's settings forbid the microphone to pages. Play a clip instead.",
};

function problem_of(error) {
  const text = kSentences[error.name] ?? `The microphone could not be opened: ${error.message}.`;
  return new Problem(text, { ways: [Way.kRetry, Way.kClip], cause: error });
}

// Resolves to a MediaStream; throws a Problem.
export async function open_microphone(device_id) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Problem(
      "Browsers give the microphone only to pages opened over https or from localhost. Open the page that way, or play a clip.",
      { ways: [Way.kClip] },
    );
  }
  const audio = { channelCount: { ideal: 1 } };
  for (const name of kSpeechProcessing) audio[name] = { ideal: false };
  if (device_id) audio.deviceId = { exact: device_id };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    throw problem_of(error);
  }
}

// The sound of a tab, a window or the system, as far as the browser shares it. Resolves to a
// MediaStream with sound only; throws a Problem.
export async function open_tab() {
  if (!navigator.mediaDevices?.getDisplayMedia) {
    throw new Problem(
      "This browser does not share the sound of a tab. Use Chrome or Edge on a computer, or drop a sound file.",
      { ways: [Way.kClip] },
    );
  }
  const audio = { suppressLocalAudioPlayback: true };
  for (const name of kSpeechProcessing) audio[name] = false;
  let stream;
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({ audio, video: true });
  } catch (error) {
    const text =
      error.name === "NotAllowedError"
        ? "No sound was shared. Start again and choose a tab, with its sound."
        : `The sound could not be shared: ${error.message}.`;
    throw new Problem(text, { ways: [Way.kRetry, Way.kClip], cause: error });
  }
  if (!stream.getAudioTracks().length) {
    close_microphone(stream);
    throw new Problem(
      "What was shared has no sound. Start again, choose a tab, and tick “share audio”.",
    );
  }
  for (const track of stream.getVideoTracks()) track.enabled = false; // stopping it may end the sound
  return stream;
}

// [{id, name}] of the microphones; names are empty until one has been allowed.
export async function list_microphones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  return devices
    .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId)
    .map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

// What was applied, as plain data and as a sentence. A setting the browser does not report counts as
// unknown, not as off.
export function microphone_settings(stream) {
  const track = stream.getAudioTracks()[0];
  const settings = track.getSettings();
  const still_on = kSpeechProcessing.filter(
    (name) => settings[name] !== false && settings[name] !== undefined,
  );
  const unknown = kSpeechProcessing.filter((name) => settings[name] === undefined);
  const words = (names) => names.map((name) => kWords[name]).join(", ");
  let text = `${track.label || "Microphone"}: echo cancellation, noise suppression and gain control are off`;
  if (still_on.length) {
    text = `${track.label || "Microphone"}: the browser keeps ${words(still_on)} on, which bends pitch and level; turn it off in the system's sound settings`;
  } else if (unknown.length) {
    text = `${track.label || "Microphone"}: the browser does not say whether ${words(unknown)} is off`;
  }
  return {
    text: `${text}.`,
    clean: still_on.length === 0,
    latency_ms: (settings.latency ?? 0) * 1000,
    sample_rate_hz: settings.sampleRate ?? null,
    device_id: settings.deviceId ?? null,
    echo_cancellation: settings.echoCancellation ?? null,
    noise_suppression: settings.noiseSuppression ?? null,
    auto_gain_control: settings.autoGainControl ?? null,
  };
}

export function close_microphone(stream) {
  for (const track of stream.getTracks()) track.stop();
}
