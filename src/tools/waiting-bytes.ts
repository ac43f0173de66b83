/** So many parts may wait before they are made one: an object for each byte costs a hundred times the byte. */
const MAX_LOOSE = 1000;

/** Bytes of a stream that are not read yet, in the parts in which they came; writes of single bytes cost no object each. */
export class WaitingBytes {
  private parts: Buffer[] = [];
  /** Parts at the end that were not joined yet. Only those are, so that each byte is copied once. */
  private loose = 0;
  private bytes = 0;

  get length(): number {
    return this.bytes;
  }

  push(part: Uint8Array): void {
    if (part.length === 0) return;
    this.parts.push(Buffer.from(part.buffer, part.byteOffset, part.length));
    this.bytes += part.length;
    this.loose += 1;
    if (this.loose < MAX_LOOSE) return;
    this.parts.push(Buffer.concat(this.parts.splice(-this.loose)));
    this.loose = 0;
  }

  /** The first bytes, at most `count`; they stay. */
  peek(count: number): Buffer {
    const [first] = this.parts;
    if (first !== undefined && first.length >= Math.min(count, this.bytes))
      return first.subarray(0, count);
    return this.join().subarray(0, count);
  }

  /** Takes the first `count` bytes away; there must be as many. */
  take(count: number): Buffer {
    const all = this.join();
    this.keep(all.subarray(count));
    return all.subarray(0, count);
  }

  clear(): void {
    this.parts = [];
    this.loose = 0;
    this.bytes = 0;
  }

  private join(): Buffer {
    const [first] = this.parts;
    const all = this.parts.length === 1 && first !== undefined ? first : Buffer.concat(this.parts);
    this.keep(all);
    return all;
  }

  private keep(rest: Buffer): void {
    this.parts = rest.length === 0 ? [] : [rest];
    this.loose = 0;
    this.bytes = rest.length;
  }
}
