import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplMark } from '../../src/activities/rlm/find-repl-mark.js';
import { readReplNotes } from '../../src/platform/records/repl-notes-file.js';
import { createBlobStore, type BlobStore } from '../../src/platform/storage/blob-store.js';
import { homePaths } from '../../src/platform/storage/home.js';
import { Operator } from './operator.js';
import { isRoot } from './rlm-project.js';
import type { SeenRequest } from './scripted-model.js';

type Turn = NonNullable<ReplMark['turn']>;

/** One thing that is settled in the tree of a question: it is durable, whatever dies now. */
export interface SeenNote {
  /** The same for the same thing, however often it was noted. */
  readonly key: string;
  readonly kind: 'reply' | 'cell' | 'answer';
  /** Levels below the question that a person asked. */
  readonly depth: number;
  /** What a model said; empty for a cell. */
  readonly said: string;
  /** What a cell came to; undefined for anything else. */
  readonly cell: NonNullable<Turn['cell']>['result'] | undefined;
}

/** A question as it stands, by everything that shows from outside. */
export class Sight {
  readonly home: string;
  readonly runId: string;
  notes: readonly SeenNote[] = [];
  private readonly all: readonly SeenRequest[];
  private readonly from: number;
  private readonly blobs: BlobStore;
  private readonly known = new Map<string, SeenNote>();

  /** `requests` are those of the model server; what it had seen when the question was asked is none of it. */
  constructor(
    home: string,
    runId: string,
    { requests, from }: { readonly requests: readonly SeenRequest[]; readonly from: number },
  ) {
    [this.home, this.runId, this.all, this.from] = [home, runId, requests, from];
    this.blobs = createBlobStore(homePaths(home).blobs, { cacheBytes: 0 });
  }

  /** What the model was asked in this question. */
  get requests(): readonly SeenRequest[] {
    return this.all.slice(this.from);
  }

  /** A request to a model that writes code; `words` begin its question. */
  message(words: string, turn: number): SeenRequest | undefined {
    return this.requests.find(
      ({ task }) =>
        isRoot(task) && task.prompt.startsWith(`Question: ${words}`) && task.turn === turn,
    );
  }

  /** Notes of one kind and level. */
  of(kind: SeenNote['kind'], depth: number): readonly SeenNote[] {
    return this.notes.filter((note) => note.kind === kind && note.depth === depth);
  }

  /** Cells of a level that fit. */
  cells(depth: number, fits: (cell: NonNullable<SeenNote['cell']>) => boolean): number {
    return this.of('cell', depth).filter(({ cell }) => cell !== undefined && fits(cell)).length;
  }

  /** True once such an event is in the log of the run. */
  hasEvent(kind: string): boolean {
    const file = join(homePaths(this.home).events, `${this.runId}.ndjson`);
    try {
      return readFileSync(file, 'utf8').includes(`"${kind}"`);
    } catch {
      return false;
    }
  }

  /** True while a worker runs a step of the question's own cells. */
  async isCellRunning(): Promise<boolean> {
    try {
      const operator = await Operator.at(this.home);
      try {
        const id = `rlm/${this.runId}/${this.runId}/answer/1`;
        const { raw } = await operator.client.workflow.getHandle(id).describe();
        return (raw.pendingActivities ?? []).some(
          ({ activityType, lastStartedTime }) =>
            activityType?.name === 'runCell' && (lastStartedTime ?? null) !== null,
        );
      } finally {
        await operator.close();
      }
    } catch {
      // the server is only just coming back
      return false;
    }
  }

  /** Reads what was noted since. */
  async look(): Promise<void> {
    const lines = await readReplNotes(this.home, this.runId);
    for (const line of lines) {
      // it is no step of the question: the next message says what came of it
      if (line.kind === 'compaction') continue;
      const key =
        line.kind === 'answer'
          ? `${line.place} ${line.wave} ${line.id} ${line.call}`
          : `${line.kind} ${line.place} ${line.kind === 'cell' ? (line.journal?.digest ?? '') : line.conversation}`;
      if (this.known.has(key)) continue;
      const { kind, place } = line;
      const depth = place.split('/').length - 1;
      const made =
        line.kind === 'answer'
          ? { said: line.text === null ? '' : await this.blobs.getText(line.text), cell: undefined }
          : await this.read(await this.blobs.getText(line.mark));
      this.known.set(key, { key, kind, depth, ...made });
    }
    this.notes = [...this.known.values()];
  }

  private async read(mark: string): Promise<Pick<SeenNote, 'said' | 'cell'>> {
    const { reply, result } = JSON.parse(mark) as {
      reply?: Turn['reply'];
      result?: NonNullable<Turn['cell']>['result'];
    };
    return { said: reply?.preview ?? '', cell: result };
  }
}
