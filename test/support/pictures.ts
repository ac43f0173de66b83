import { encode } from 'fast-png';

/** A PNG of one grey of so many pixels. */
export function makePng(width: number, height: number): Buffer {
  return Buffer.from(encode({ width, height, channels: 1, data: new Uint8Array(width * height) }));
}

/** The beginning of a PNG that says to have so many pixels, and has none. */
export function pngHead(width: number, height: number): Buffer {
  const bytes = makePng(1, 1);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}
