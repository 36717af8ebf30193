// The curves of a match: how the distance falls, and a sound's waveform.

function begin(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth, clientHeight } = canvas;
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.clearRect(0, 0, clientWidth, clientHeight);
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name).trim();
  return { context, width: clientWidth, height: clientHeight, colour };
}

// `points`: [seconds, dB] in order of time; `seconds`: how long it takes at most.
export function paint_loss(canvas, points, seconds) {
  const { context, width, height, colour } = begin(canvas);
  const highest = Math.max(6, ...points.map(([, db]) => Math.min(db, 40)));
  const y_of = (db) => height - 4 - (Math.min(db, highest) / highest) * (height - 16);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "bottom";
  const step = highest > 20 ? 10 : highest > 8 ? 5 : 2;
  for (let db = 0; db <= highest; db += step) {
    context.fillStyle = colour("--line");
    context.fillRect(0, y_of(db), width, 1);
    context.fillStyle = colour("--dim");
    context.fillText(`${db} dB`, 2, y_of(db));
  }
  context.strokeStyle = colour("--accent");
  context.lineWidth = 2;
  context.beginPath();
  for (const [time, db] of points) context.lineTo((time / seconds) * width, y_of(db));
  context.stroke();
}

// Peaks of each column of pixels; both sounds of a match are drawn at the same height (`peak`).
export function paint_waveform(canvas, samples, peak) {
  const { context, width, height, colour } = begin(canvas);
  context.fillStyle = colour("--accent");
  for (let x = 0; x < width; ++x) {
    let low = 0;
    let high = 0;
    const end = Math.floor(((x + 1) * samples.length) / width);
    for (let i = Math.floor((x * samples.length) / width); i < end; ++i) {
      if (samples[i] < low) low = samples[i];
      if (samples[i] > high) high = samples[i];
    }
    const top = (1 - high / peak) * 0.5 * height;
    context.fillRect(x, top, 1, Math.max(1, ((high - low) / peak) * 0.5 * height));
  }
}
