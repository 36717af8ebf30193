// Spectrograms on a canvas: one sound, or where it is louder (warm) and softer (cold) than another.

const kTopDb = -10;
const kRangeDb = 75;
const kDifferenceDb = 30; // full colour

// Stops of the two scales: [position, red, green, blue].
const kLevels = [
  [0, 8, 10, 18],
  [0.25, 35, 30, 92],
  [0.5, 24, 112, 138],
  [0.75, 95, 208, 166],
  [1, 252, 247, 205],
];
const kDifferences = [
  [0, 70, 150, 255],
  [0.3, 30, 60, 130],
  [0.5, 14, 16, 22],
  [0.7, 140, 52, 34],
  [1, 255, 160, 90],
];

function table_of(stops) {
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; ++i) {
    const at = i / 255;
    const k = Math.max(
      1,
      stops.findIndex(([position]) => position >= at),
    );
    const [from, ...low] = stops[k - 1];
    const [to, ...high] = stops[k];
    const part = (at - from) / (to - from);
    for (let c = 0; c < 3; ++c) table[i * 3 + c] = low[c] + (high[c] - low[c]) * part;
  }
  return table;
}

const kLevelTable = table_of(kLevels);
const kDifferenceTable = table_of(kDifferences);

function paint(canvas, { columns, rows }, table, share) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  for (let i = 0; i < columns * rows; ++i) {
    const index = Math.round(255 * Math.max(0, Math.min(1, share(i)))) * 3;
    image.data.set([table[index], table[index + 1], table[index + 2], 255], i * 4);
  }
  context.putImageData(image, 0, 0);
}

// `db`: rows × columns as the renderer draws them.
export function paint_spectrogram(canvas, size, db) {
  paint(canvas, size, kLevelTable, (i) => (db[i] - (kTopDb - kRangeDb)) / kRangeDb);
}

// Only what is audible in either counts: below, differences are of noise floors.
export function paint_difference(canvas, size, db, reference_db) {
  const floor = kTopDb - kRangeDb;
  paint(canvas, size, kDifferenceTable, (i) => {
    const difference = Math.max(db[i], floor) - Math.max(reference_db[i], floor);
    return 0.5 + difference / (2 * kDifferenceDb);
  });
}
