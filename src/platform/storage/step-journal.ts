import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { formatStepKey, InvariantError, type StepKey } from '../../domain/index.js';
import type { Envelope } from '../codec/envelope.js';
import { journalContext, openStored } from '../codec/stored-bytes.js';
import { createKeyedQueue } from '../process/keyed-queue.js';
import { sha256 } from './blob-store.js';
import { isNotFound, writeDurableFile } from './durable-file.js';

/** Named facts that tell one request of a step from another; large ones as digests. */
export type StepIdentity = Readonly<Record<string, string | number | null>>;

/** One step to settle. */
export interface JournaledStep<Result> {
  readonly key: StepKey;
  /**
   * What makes the request this one, by name: the same key with another value of a name is refused. Names that only one of
   * the two has do not count, so that an upgrade may add some. Never a digest of parsed input: its defaults grow.
   */
  readonly identity: StepIdentity;
  /**
   * Id of the workflow execution that asks. A workflow that was reset in Temporal has the keys of the execution before: where it
   * takes another way, the step is done anew, instead of being refused. Absent = always refused.
   */
  readonly execution?: string;
  /** Re-reads a stored result; throws when the stored shape is not a result. */
  readonly parse: (stored: unknown) => Result;
  /**
   * Does the work. `earlierStarts` = how often it began before and was lost without an outcome (0 on the first try);
   * a start that ended with an error is not counted, because its process lived to see it.
   */
  readonly run: (earlierStarts: number) => Promise<Result>;
  /** False for a result that is given and not kept, because it may be better the next time. Default: all are kept. */
  readonly isKept?: (result: Result) => boolean;
  /** It is a part of a step that runs and waits for it: it must not wait for that one to end. Default false. */
  readonly isInner?: boolean;
  /** Count starts (one small append before `run`). Needed only where a lost answer costs money. Default false. */
  readonly countStarts?: boolean;
}

/** The outcome of {@link StepJournal.settle}. */
export interface SettledStep<Result> {
  readonly result: Result;
  /** True when the result was read back instead of computed. */
  readonly isReplayed: boolean;
}

/** Told which steps run, by the file that notes how they began. See the watch of the worker. */
export interface StepWatch {
  enter(file: string): void;
  leave(file: string): void;
}

/** Remembers the results of steps, so that a retry after a crash reads the answer instead of paying for it again. */
export interface StepJournal {
  /**
   * Returns the stored result of `key`, or runs the step and stores its result durably before returning.
   * Throws {@link InvariantError} `ERR_JOURNAL_MISMATCH` when the key was used for another request, `ERR_STEP_STARVES` when
   * the step held its worker up twice.
   */
  settle<Result>(step: JournaledStep<Result>): Promise<SettledStep<Result>>;
}

/**
 * A journal in `directory`: one folder a scope, one file a settled step. With an envelope results are encrypted; those from
 * before it was on stay readable. `watch` hears of every step that runs.
 */
export function createStepJournal(
  directory: string,
  envelope: Envelope | null = null,
  watch: StepWatch | null = null,
): StepJournal {
  const queue = createKeyedQueue();
  return {
    async settle(step) {
      const base = join(directory, stepPath(step.key));
      const stored = await readStored(base, step, envelope);
      if (stored !== undefined) return { result: stored.result, isReplayed: true };
      const earlierStarts = step.countStarts === true ? recordStart(`${base}.starts`) : 0;
      const file = `${base}.starts`;
      const starvations = await countStarvations(file, step.key);
      const run = () => runStarted(step, base, { earlierStarts, watch });
      // Which of several steps it was is not known after the first time: it shows when each runs alone.
      const isAlone = starvations > 0 && step.isInner !== true;
      const result = await (isAlone ? queue('alone', run) : run());
      if (step.isKept?.(result) === false) return { result, isReplayed: false };
      const { identity, execution } = step;
      const entry = Buffer.from(JSON.stringify({ identity, execution, result }));
      const context = journalContext(stepPath(step.key));
      const bytes = envelope === null ? entry : await envelope.seal(entry, context);
      await writeDurableFile(`${base}.json`, bytes);
      return { result, isReplayed: false };
    },
  };
}

/** Relative path of a step's files without their ending: `<first 2 of hash>/<scope hash>/<step>.<index>`. */
export function stepPath(key: StepKey): string {
  const scope = sha256(key.scope).slice(0, 24);
  return join(scope.slice(0, 2), scope, `${key.step}.${key.index}`);
}

/** Entries from before identities were named hold a digest of the parsed request instead; their key alone tells them apart. */
const entrySchema = z.object({
  identity: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).optional(),
  execution: z.string().optional(),
  result: z.unknown(),
});

function isSame(stored: StepIdentity | undefined, wanted: StepIdentity): boolean {
  return Object.entries(stored ?? {}).every(
    ([name, value]) => !(name in wanted) || wanted[name] === value,
  );
}

function isOfAnother(stored: string | undefined, asking: string | undefined): boolean {
  return stored !== undefined && asking !== undefined && stored !== asking;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Half an entry: written by something that does not write files whole, or damaged on the disk. */
function damaged(file: string, cause: unknown): InvariantError {
  return new InvariantError('ERR_JOURNAL_CORRUPT', {
    message: `the journal entry ${file} is damaged`,
    where: { file },
    hint: 'check the disk; restore the file from a backup, or remove it to do the step once more; then codetether ralph resume RUN',
    cause,
  });
}

async function readStored<Result>(
  base: string,
  step: JournaledStep<Result>,
  envelope: Envelope | null,
): Promise<{ result: Result } | undefined> {
  let bytes: Buffer;
  // Most steps are new, and a look is a tenth of a read.
  if (!existsSync(`${base}.json`)) return undefined;
  try {
    bytes = await readFile(`${base}.json`);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const context = journalContext(stepPath(step.key));
  const plain = await openStored({ bytes, path: `${base}.json`, context }, envelope);
  const stored = entrySchema.safeParse(parseJson(plain.toString('utf8')));
  if (!stored.success) throw damaged(`${base}.json`, stored.error);
  if (!isSame(stored.data.identity, step.identity)) {
    if (isOfAnother(stored.data.execution, step.execution)) return undefined;
    throw new InvariantError('ERR_JOURNAL_MISMATCH', {
      message: `step ${formatStepKey(step.key)} was journaled for another request`,
      where: { file: `${base}.json` },
      hint: 'this is a defect: keep the file and report it; the run can be cancelled and started again',
    });
  }
  return { result: step.parse(stored.data.result) };
}

interface Start {
  readonly earlierStarts: number;
  readonly watch: StepWatch | null;
}

async function runStarted<Result>(
  step: JournaledStep<Result>,
  base: string,
  { earlierStarts, watch }: Start,
): Promise<Result> {
  watch?.enter(`${base}.starts`);
  try {
    return await step.run(earlierStarts);
  } catch (error) {
    if (step.countStarts === true) await appendFile(`${base}.starts`, FAILED_LINE);
    throw error;
  } finally {
    watch?.leave(`${base}.starts`);
  }
}

const FAILED_LINE = 'failed\n';
/** Noted by the worker's watch about the steps that ran when its main thread took no turns any more. */
export const STARVED_LINE = 'starved\n';
/** Once may be the machine. */
const MOST_STARVATIONS = 2;

async function countStarvations(path: string, key: StepKey): Promise<number> {
  // most steps have no such file, and a look is a tenth of a read
  if (!existsSync(path)) return 0;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return 0;
    throw error;
  }
  const count = text.split('\n').filter((line) => `${line}\n` === STARVED_LINE).length;
  if (count < MOST_STARVATIONS) return count;
  throw new InvariantError('ERR_STEP_STARVES', {
    message: `step ${formatStepKey(key)} kept its worker from doing anything else ${count} times; it is not tried again`,
    where: { file: path },
    hint: 'this is a defect: report it with the input of the step; removing the file lets the step run once more',
  });
}

/** Appends one line; starts before it, less those that failed in sight, were lost. Survives a killed process. */
function recordStart(path: string): number {
  const descriptor = openCreatingFolder(path);
  try {
    const lines = readFileSync(descriptor, 'utf8').split('\n').slice(0, -1);
    const failed = lines.filter((line) => `${line}\n` === FAILED_LINE).length;
    const starved = lines.filter((line) => `${line}\n` === STARVED_LINE).length;
    appendFileSync(descriptor, `${process.pid}\n`);
    return Math.max(0, lines.length - starved - 2 * failed);
  } finally {
    closeSync(descriptor);
  }
}

function openCreatingFolder(path: string): number {
  try {
    return openSync(path, 'a+');
  } catch (error) {
    if (!isNotFound(error)) throw error;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'a+');
  }
}
