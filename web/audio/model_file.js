// A model file (models/README.md) as the page sees it: what it says of itself, and tables added to it.
// Whether it is sound is for the engine to say.

const kLengthBytes = 8; // of the header's length, before the header
const kAlignment = 8; // of what follows the header
const kWideHidden = 128; // from here on a GRU has tables (core/inference/gru.h)
const kTables = "decoder.tables.";

// {header, begin: where the tensors' bytes begin}; throws where there is no header.
function read_header(file) {
  const bytes = Number(new DataView(file).getBigUint64(0, true));
  const text = new TextDecoder().decode(new Uint8Array(file, kLengthBytes, bytes));
  return { header: JSON.parse(text), begin: kLengthBytes + bytes };
}

const described = ({ header }) => JSON.parse(header.__metadata__.sideband);

// The description inside the file; null where it cannot be read.
export function metadata_of(file) {
  try {
    return described(read_header(file));
  } catch {
    return null;
  }
}

// Whether loading this file means to fill tables, which take most of the time of it.
export function lacks_tables(file) {
  try {
    const opened = read_header(file);
    const { type, hidden } = described(opened).decoder;
    const has = Object.keys(opened.header).some((name) => name.startsWith(kTables));
    return type === "gru" && hidden >= kWideHidden && !has;
  } catch {
    return false;
  }
}

// A sound model's file with the tables that the engine made of it (Engine.tables()), as an ArrayBuffer.
export function with_tables(file, tables) {
  const { header, begin } = read_header(file);
  const parts = [];
  let end = file.byteLength - begin; // of the tensors' bytes so far
  const add = (name, dtype, shape, values) => {
    const data_offsets = [end, end + values.byteLength];
    header[name] = { dtype, shape, data_offsets };
    parts.push(values);
    [, end] = data_offsets;
  };
  for (const { name, rows, units } of tables) {
    const knots = units.length;
    add(kTables + name, "I16", [knots, rows.length / knots], rows);
    add(`${kTables}${name}.scale`, "F32", [knots], units);
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const header_bytes = Math.ceil(text.length / kAlignment) * kAlignment;
  const made = new Uint8Array(kLengthBytes + header_bytes + end);
  new DataView(made.buffer).setBigUint64(0, BigInt(header_bytes), true);
  made.fill(0x20, kLengthBytes, kLengthBytes + header_bytes); // JSON may end in spaces
  made.set(text, kLengthBytes);
  let at = kLengthBytes + header_bytes;
  for (const part of [new Uint8Array(file, begin), ...parts]) {
    made.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return made.buffer;
}
