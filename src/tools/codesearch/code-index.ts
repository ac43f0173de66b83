import type { Chunk } from './chunk-file.js';

/** A piece as the index keeps it: numbers of words, in order, and how often each stands there. */
interface StoredChunk {
  readonly symbol: string;
  readonly kind: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly words: Uint32Array;
  readonly counts: Uint8Array;
  readonly length: number;
}

/** A place that was found. */
export interface CodeHit {
  readonly path: string;
  readonly symbol: string;
  readonly kind: string;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly score: number;
}

interface FoundChunk {
  readonly path: string;
  readonly chunk: StoredChunk;
  /** Of each word that is wanted. */
  readonly counts: readonly number[];
}

/** A file of the index as it is kept on the disk. */
export interface SavedFile {
  readonly path: string;
  readonly hash: string;
  readonly chunks: readonly {
    readonly symbol: string;
    readonly kind: string;
    readonly lines: readonly [number, number];
    readonly words: readonly (readonly [string, number])[];
  }[];
}

/** BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework", with their usual constants. */
const K1 = 1.2;
const B = 0.75;
/** A longer word that begins like one that was asked for counts less. */
const PREFIX_WEIGHT = 0.5;
const MIN_PREFIX = 4;
const MAX_PREFIXES = 20;
/** Of one file, so that ten results are not ten methods of one class. */
const MAX_OF_FILE = 3;

/** Pieces of code by their words, some hundred bytes each. */
export class CodeIndex {
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly files = new Map<
    string,
    { readonly hash: string; readonly chunks: StoredChunk[] }
  >();
  private total = 0;

  /** Pieces altogether. */
  get size(): number {
    return this.total;
  }

  /** The hash of the content that was read of a file; undefined for one that is not here. */
  hashOf(path: string): string | undefined {
    return this.files.get(path)?.hash;
  }

  paths(): IterableIterator<string> {
    return this.files.keys();
  }

  put(path: string, hash: string, chunks: readonly Chunk[]): void {
    this.remove(path);
    this.files.set(path, { hash, chunks: chunks.map((chunk) => this.store(chunk)) });
    this.total += chunks.length;
  }

  remove(path: string): void {
    this.total -= this.files.get(path)?.chunks.length ?? 0;
    this.files.delete(path);
  }

  /** The best places for words, best first. */
  find(words: readonly string[], limit: number): CodeHit[] {
    const wanted = words.map((word) => this.expand(word)).filter((numbers) => numbers.size > 0);
    if (wanted.length === 0) return [];
    const found: FoundChunk[] = [];
    let lengths = 0;
    for (const [path, { chunks }] of this.files)
      for (const chunk of chunks) {
        lengths += chunk.length;
        const counts = wanted.map((numbers) => countOf(chunk, numbers));
        if (counts.some((count) => count > 0)) found.push({ path, chunk, counts });
      }
    const frequencies = wanted.map(
      (_, at) => found.filter(({ counts }) => (counts[at] ?? 0) > 0).length,
    );
    const average = lengths / Math.max(1, this.total);
    const rarity = frequencies.map((count) =>
      Math.log(1 + (this.total - count + 0.5) / (count + 0.5)),
    );
    const hits = found.map(({ path, chunk, counts }) => {
      const norm = K1 * (1 - B + (B * chunk.length) / average);
      const score = counts.reduce(
        (sum, count, at) => sum + ((rarity[at] ?? 0) * count * (K1 + 1)) / (count + norm),
        0,
      );
      const { symbol, kind, firstLine, lastLine } = chunk;
      return { path, symbol, kind, firstLine, lastLine, score };
    });
    return spread(
      hits.toSorted((left, right) => right.score - left.score),
      limit,
    );
  }

  /** Everything, for the disk. */
  *save(): Generator<SavedFile> {
    for (const [path, { hash, chunks }] of this.files)
      yield {
        path,
        hash,
        chunks: chunks.map(({ symbol, kind, firstLine, lastLine, words, counts }) => ({
          symbol,
          kind,
          lines: [firstLine, lastLine],
          words: [...words].map(
            (number, at) => [this.names[number] ?? '', counts[at] ?? 0] as const,
          ),
        })),
      };
  }

  private store({ symbol, kind, firstLine, lastLine, words }: Chunk): StoredChunk {
    const entries = [...words]
      .map(([word, count]) => [this.numberOf(word), count] as const)
      .toSorted(([left], [right]) => left - right);
    const counts = Uint8Array.from(entries, ([, count]) => Math.min(255, count));
    return {
      symbol,
      kind,
      firstLine,
      lastLine,
      words: Uint32Array.from(entries, ([number]) => number),
      counts,
      length: counts.reduce((sum, count) => sum + count, 0),
    };
  }

  private numberOf(word: string): number {
    const known = this.numbers.get(word);
    if (known !== undefined) return known;
    this.names.push(word);
    this.numbers.set(word, this.names.length - 1);
    return this.names.length - 1;
  }

  /** A word and longer ones that begin with it, by number, with what each counts. */
  private expand(word: string): ReadonlyMap<number, number> {
    const own = this.numbers.get(word);
    const weights = new Map<number, number>(own === undefined ? [] : [[own, 1]]);
    if (word.length < MIN_PREFIX) return weights;
    const longer = this.names
      .filter((name) => name.length > word.length && name.startsWith(word))
      .toSorted((left, right) => left.length - right.length)
      .slice(0, MAX_PREFIXES);
    for (const name of longer) weights.set(this.numberOf(name), PREFIX_WEIGHT);
    return weights;
  }
}

function countOf({ words, counts }: StoredChunk, wanted: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const [number, weight] of wanted) {
    const at = placeOf(words, number);
    if (at >= 0) sum += weight * (counts[at] ?? 0);
  }
  return sum;
}

/** Where a number stands in a sorted list; -1 for nowhere. */
function placeOf(sorted: Uint32Array, wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = sorted[middle] ?? 0;
    if (found === wanted) return middle;
    if (found < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function spread(hits: readonly CodeHit[], limit: number): CodeHit[] {
  const ofFile = new Map<string, number>();
  const kept: CodeHit[] = [];
  for (const hit of hits) {
    if (kept.length >= limit) break;
    const count = (ofFile.get(hit.path) ?? 0) + 1;
    ofFile.set(hit.path, count);
    if (count <= MAX_OF_FILE) kept.push(hit);
  }
  return kept;
}
