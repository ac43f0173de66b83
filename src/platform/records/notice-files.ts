import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { noticeSchema, type Notice } from '../../domain/index.js';
import type { Envelope } from '../codec/envelope.js';
import { openStored } from '../codec/stored-bytes.js';
import { namesIn, pathExists, writeDurableFile } from '../storage/durable-file.js';

/** Messages on their way, on disk. */
export interface NoticeFiles {
  /** Keeps a message until it arrived: `kept`, also when it lay there already; `told` when it arrived before. */
  put(notice: Notice): Promise<'kept' | 'told'>;
  /** What has not arrived, the oldest first. */
  pending(): Promise<readonly Notice[]>;
  /** Marks messages as arrived, or given up: they are not told again. */
  settle(notices: readonly Pick<Notice, 'id'>[]): Promise<void>;
}

const SECRET = 0o600;
const PENDING = '.json';
const SETTLED = '.told';
/** A step that is made again brings its events again within minutes; a run that was moved to another machine, within days. */
const REMEMBERED_MS = 14 * 24 * 60 * 60_000;

/** Files below `folder`; `envelope` encrypts them. One process settles at a time (the host's worker). Throws what the disk throws. */
export function createNoticeFiles(folder: string, envelope: Envelope | null): NoticeFiles {
  const fileOf = (id: string, kind: string): string => join(folder, `${id}${kind}`);
  return {
    async put(notice) {
      const { id } = notice;
      const path = fileOf(id, PENDING);
      if (await pathExists(fileOf(id, SETTLED))) return 'told';
      if (await pathExists(path)) return 'kept';
      const plain = Buffer.from(JSON.stringify(notice));
      const bytes = envelope === null ? plain : await envelope.seal(plain, contextOf(id));
      await writeDurableFile(path, bytes, { mode: SECRET });
      return 'kept';
    },
    async pending() {
      const names = (await namesIn(folder)).filter((name) => name.endsWith(PENDING));
      const read = names.map((name) => readNotice(folder, name, envelope));
      const notices = (await Promise.all(read)).filter((notice) => notice !== undefined);
      return notices.toSorted((left, right) => left.at.localeCompare(right.at));
    },
    async settle(notices) {
      for (const { id } of notices) {
        await writeDurableFile(fileOf(id, SETTLED), '', { mode: SECRET });
        await rm(fileOf(id, PENDING), { force: true });
      }
      await forgetOld(folder);
    },
  };
}

/** Undefined for a file that is gone, or that nobody can read any more: it holds nothing up. */
async function readNotice(
  folder: string,
  name: string,
  envelope: Envelope | null,
): Promise<Notice | undefined> {
  const path = join(folder, name);
  try {
    const id = name.slice(0, -PENDING.length);
    const stored = { bytes: await readFile(path), path, context: contextOf(id) };
    const plain = await openStored(stored, envelope);
    return noticeSchema.safeParse(JSON.parse(plain.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

async function forgetOld(folder: string): Promise<void> {
  const before = Date.now() - REMEMBERED_MS;
  for (const name of await namesIn(folder)) {
    if (!name.endsWith(SETTLED)) continue;
    const path = join(folder, name);
    const age = await stat(path).catch(() => undefined);
    if (age !== undefined && age.mtimeMs < before) await rm(path, { force: true });
  }
}

function contextOf(id: string): string {
  return `notice:${id}`;
}
