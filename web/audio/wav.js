// Writes WAV files: 32-bit float, the samples as they are.

const kHeaderBytes = 58;
const kFormatFloat = 3;

// The bytes before the samples, which follow frame by frame in little-endian order.
export function wav_header(channels, sample_rate_hz, frames) {
  const frame_bytes = channels * 4;
  const data_bytes = frames * frame_bytes;
  const bytes = new Uint8Array(kHeaderBytes);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const tag = (text) => {
    for (const char of text) view.setUint8(at++, char.charCodeAt(0));
  };
  const u16 = (value) => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const u32 = (value) => {
    view.setUint32(at, value, true);
    at += 4;
  };
  tag("RIFF");
  u32(kHeaderBytes - 8 + data_bytes);
  tag("WAVE");
  tag("fmt ");
  u32(18);
  u16(kFormatFloat);
  u16(channels);
  u32(sample_rate_hz);
  u32(sample_rate_hz * frame_bytes);
  u16(frame_bytes);
  u16(32);
  u16(0); // no extension
  tag("fact");
  u32(4);
  u32(frames);
  tag("data");
  u32(data_bytes);
  return bytes;
}

// `channels` are Float32Arrays of equal length. Returns a Uint8Array.
export function wav_bytes(channels, sample_rate_hz) {
  const frames = channels[0].length;
  const bytes = new Uint8Array(kHeaderBytes + frames * channels.length * 4);
  bytes.set(wav_header(channels.length, sample_rate_hz, frames));
  const view = new DataView(bytes.buffer);
  let at = kHeaderBytes;
  for (let frame = 0; frame < frames; ++frame) {
    for (const channel of channels) {
      view.setFloat32(at, channel[frame], true);
      at += 4;
    }
  }
  return bytes;
}
