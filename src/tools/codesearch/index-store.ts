import { existsSync } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { readBounded, sha256, writeDurableFile } from '../../platform/index.js';
import { readDocument } from '../lsp/server/read-document.js';
import { chunkFile, isCode } from './chunk-file.js';
import { CodeIndex, type SavedFile } from './code-index.js';

/** A workspace whose code is looked through. */
export interface IndexedWorkspace {
  /** Absolute. */
  readonly root: string;
  readonly state: string;
}

/** An index that is as the files are, and what it took. */
export interface FreshIndex {
  readonly index: CodeIndex;
  readonly files: number;
  /** Read anew this time. */
  readonly read: number;
}

/** Files of an index at most; more are left out and told. */
export const MAX_FILES = 20_000;
const MAX_SAVED_BYTES = 256 * 1024 * 1024;
/** Indexes that are held in memory; others are read from the disk again. */
const MAX_HELD = 2;
const AT_ONCE = 16;
/** Fewer files than this are read again after a restart, which is cheaper than writing everything after each edit. */
const WORTH_SAVING = 50;

const savedSchema = z.object({
  path: z.string(),
  hash: z.string(),
  chunks: z.array(
    z.object({
      symbol: z.string(),
      kind: z.string(),
      lines: z.tuple([z.number(), z.number()]),
      words: z.array(z.tuple([z.string(), z.number()])),
    }),
  ),
});

interface Held {
  readonly index: CodeIndex;
  /** What tells versions of files apart without reading them, by path. */
  readonly marks: Map<string, string>;
}

/** Indexes of workspaces, in memory and beside the files of each, never among them. */
export class IndexStore {
  private readonly held = new LRUCache<string, Held>({ max: MAX_HELD });
  private readonly turn = new Mutex();

  /** The index of a workspace, brought up to date with `paths` (relative to its root). Throws the reason of `signal`. */
  refresh(
    workspace: IndexedWorkspace,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<FreshIndex> {
    return this.turn.runExclusive(() => this.bringUpToDate(workspace, paths, signal));
  }

  private async bringUpToDate(
    { root, state }: IndexedWorkspace,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<FreshIndex> {
    const held = this.held.get(state) ?? {
      index: await load(state),
      marks: new Map<string, string>(),
    };
    this.held.set(state, held);
    const wanted = paths.filter(isCode).slice(0, MAX_FILES);
    const { index, marks } = held;
    const known = new Set(wanted);
    const gone = [...index.paths()].filter((path) => !known.has(path));
    for (const path of gone) {
      index.remove(path);
      marks.delete(path);
    }
    let read = 0;
    for (let at = 0; at < wanted.length; at += AT_ONCE) {
      signal.throwIfAborted();
      const changed = await Promise.all(
        wanted.slice(at, at + AT_ONCE).map((path) => readChanged(root, path, marks)),
      );
      for (const file of changed) if (file !== undefined && (await update(index, file))) read += 1;
    }
    if (read + gone.length >= WORTH_SAVING) await save(state, index);
    return { index, files: wanted.length, read };
  }
}

interface ReadFile {
  readonly path: string;
  /** Undefined = it is gone, or is no text. */
  readonly text: string | undefined;
}

async function readChanged(
  root: string,
  path: string,
  marks: Map<string, string>,
): Promise<ReadFile | undefined> {
  const mark = await lstat(join(root, path)).then(
    ({ ctimeMs, size, ino }) => `${ctimeMs}:${size}:${ino}`,
    () => '',
  );
  if (mark !== '' && marks.get(path) === mark) return undefined;
  marks.set(path, mark);
  return { path, text: await readDocument(root, join(root, path)) };
}

/** True when it was read anew; the worker does other things in between. */
async function update(index: CodeIndex, { path, text }: ReadFile): Promise<boolean> {
  if (text === undefined) {
    index.remove(path);
    return false;
  }
  const hash = sha256(text);
  if (index.hashOf(path) === hash) return false;
  index.put(path, hash, await chunkFile(path, text));
  await nextTurn();
  return true;
}

function fileOf(state: string): string {
  return join(state, 'codesearch', 'index-1.ndjson');
}

async function save(state: string, index: CodeIndex): Promise<void> {
  await mkdir(join(state, 'codesearch'), { recursive: true });
  const lines: string[] = [];
  for (const file of index.save()) lines.push(JSON.stringify(file));
  await writeDurableFile(fileOf(state), lines.join('\n'));
}

/** What an earlier process kept; an index that cannot be read is made anew. */
async function load(state: string): Promise<CodeIndex> {
  const index = new CodeIndex();
  const file = fileOf(state);
  if (!existsSync(file)) return index;
  try {
    const text = await readBounded(file, MAX_SAVED_BYTES);
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const { path, hash, chunks }: SavedFile = savedSchema.parse(JSON.parse(line));
      const read = chunks.map(({ symbol, kind, lines: [firstLine, lastLine], words }) => ({
        symbol,
        kind,
        firstLine,
        lastLine,
        words: new Map(words),
      }));
      index.put(path, hash, read);
      await nextTurn();
    }
    return index;
  } catch {
    return new CodeIndex();
  }
}
