import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventPort, RunRecordPort } from '../../client/index.js';
import type { RunRecord } from '../../domain/index.js';
import {
  asksAfter,
  boardRow,
  sortedWaiting,
  waitingItems,
  type BoardRow,
  type OpenAsks,
  type WaitingItem,
} from '../../report/index.js';

/** All runs at a glance. */
export interface BoardOverview {
  /** Newest first. */
  readonly runs: readonly BoardRow[];
  /** Over all runs, the most urgent first. */
  readonly waiting: readonly WaitingItem[];
}

/** Runs that the board shows. */
const MOST_RUNS = 200;
/** Older runs are looked through for open ones this often. */
const OLDER_MS = 30_000;
/** Bytes of a log that are held at once. */
const PAGE_BYTES = 1024 * 1024;
/** Run ids are ULIDs in lower case. */
const RUN_ID = /^[0-9a-hjkmnp-tv-z]{26}$/;
/** Everybody who looks within this time sees the same. */
const FRESH_MS = 500;

interface Seen {
  readonly row: BoardRow;
  readonly waiting: readonly WaitingItem[];
  /** The same work again makes what its older run waits for the newer one's. */
  readonly work: string;
}

interface Kept extends Seen {
  readonly stamp: string;
}

/** What is known of runs before the newest ones. */
interface OlderRuns {
  readonly at: number;
  readonly open: readonly string[];
  readonly known: ReadonlyMap<string, { readonly stamp: string; readonly isOpen: boolean }>;
}

/** What {@link BoardRecords} reads. */
export interface BoardFiles {
  /** Folder of the run records. */
  readonly folder: string;
  readonly records: Pick<RunRecordPort, 'read'>;
  readonly events: Pick<EventPort, 'read'>;
  /** Milliseconds. Default Date.now. */
  readonly now?: (() => number) | undefined;
}

/** Rows of all runs, read again only where a file changed; what is open is read each time, because what it pays is noted beside its record. */
export class BoardRecords {
  private readonly files: BoardFiles;
  private readonly kept = new Map<string, Kept>();
  private readonly asks = new Map<string, { readonly offset: number; readonly open: OpenAsks }>();
  private older: OlderRuns = { at: Number.NEGATIVE_INFINITY, open: [], known: new Map() };
  private last: { readonly at: number; readonly overview: Promise<BoardOverview> } | undefined;

  constructor(files: BoardFiles) {
    this.files = files;
  }

  /** What there is now, at most half a second old. A record that cannot be read is left out. */
  overview(): Promise<BoardOverview> {
    const now = (this.files.now ?? Date.now)();
    if (this.last === undefined || now - this.last.at > FRESH_MS)
      this.last = { at: now, overview: this.look() };
    return this.last.overview;
  }

  /** Changes when the record of a run does; empty = there is none. */
  async stamp(runId: string): Promise<string> {
    try {
      const { mtimeMs, size, ino } = await stat(join(this.files.folder, runId, 'record.json'));
      return `${mtimeMs}-${size}-${ino}`;
    } catch {
      return '';
    }
  }

  private async look(): Promise<BoardOverview> {
    // ids are in the order of time
    const names = (await readdir(this.files.folder).catch(() => [])).filter((name) =>
      RUN_ID.test(name),
    );
    const all = names.toSorted((left, right) => (left < right ? 1 : -1));
    const ids = [...all.slice(0, MOST_RUNS), ...(await this.openAmong(all.slice(MOST_RUNS)))];
    const found: Seen[] = [];
    for (const id of ids) {
      const seen = await this.see(id).catch(() => undefined);
      if (seen !== undefined) found.push(seen);
    }
    this.forget(new Set(ids));
    const newest = new Map<string, string>();
    for (const { work, row } of found) if (!newest.has(work)) newest.set(work, row.run_id);
    const waiting = found.flatMap((seen) =>
      seen.row.ended_at === null || newest.get(seen.work) === seen.row.run_id ? seen.waiting : [],
    );
    return { runs: found.map(({ row }) => row), waiting: sortedWaiting(waiting) };
  }

  /** Those of older runs that have not ended; each is read once, and again when its file changed. */
  private async openAmong(ids: readonly string[]): Promise<readonly string[]> {
    const now = (this.files.now ?? Date.now)();
    if (now - this.older.at < OLDER_MS) return this.older.open;
    const before = this.older.known;
    const known = new Map<string, { readonly stamp: string; readonly isOpen: boolean }>();
    for (const id of ids) {
      const stamp = await this.stamp(id);
      const kept = before.get(id);
      if (kept?.stamp === stamp) known.set(id, kept);
      else known.set(id, { stamp, isOpen: await this.isOpen(id) });
    }
    const open = ids.filter((id) => known.get(id)?.isOpen === true);
    this.older = { at: now, open, known };
    return open;
  }

  private async isOpen(id: string): Promise<boolean> {
    const record = await this.files.records.read(id).catch(() => undefined);
    return record !== undefined && record.endedAt === null;
  }

  private async see(id: string): Promise<Seen | undefined> {
    const stamp = await this.stamp(id);
    const kept = this.kept.get(id);
    if (kept !== undefined && kept.stamp === stamp && kept.row.ended_at !== null) return kept;
    const record = await this.files.records.read(id);
    if (record === undefined) return undefined;
    const seen = {
      stamp,
      row: boardRow(record),
      waiting: waitingItems(record, await this.asksOf(record)),
      work: record.prdPath === '' ? id : `${record.repository}\n${record.prdPath}`,
    };
    this.kept.set(id, seen);
    return seen;
  }

  /** Only what was written since is read. */
  private async asksOf({ runId, endedAt }: RunRecord): Promise<OpenAsks> {
    if (endedAt !== null) {
      this.asks.delete(runId);
      return new Map();
    }
    let { offset, open } = this.asks.get(runId) ?? { offset: 0, open: new Map() };
    for (;;) {
      const page = await this.files.events.read(runId, offset, PAGE_BYTES);
      if (page.nextOffset === offset) break;
      open = asksAfter(open, page.events);
      offset = page.nextOffset;
    }
    this.asks.set(runId, { offset, open });
    return open;
  }

  private forget(ids: ReadonlySet<string>): void {
    for (const id of this.kept.keys()) if (!ids.has(id)) this.kept.delete(id);
    for (const id of this.asks.keys()) if (!ids.has(id)) this.asks.delete(id);
  }
}
