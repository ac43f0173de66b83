import { dirname, join } from 'node:path';
import { compareSteps, formatStepKey, type StepKey } from '../../domain/index.js';
import { namesIn, stepPath, workspaceGit, type Git, type TreeEntry } from '../../platform/index.js';
import { ABSENT, originalBytes, readIntent, type IntentFile } from '../files/redo-intent.js';
import type { ToolWorkspace } from '../tool.js';

/** Commands are looked for in so many of the newest snapshots. */
const MAX_SNAPSHOTS = 1000;
const NAME = /^(\d{1,9})\.(\d{1,9})\.(json|done)$/;

/** What stood at a path: nothing, bytes by their SHA-256, or an object of git. */
export type PathState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'bytes';
      readonly digest: string;
      readonly mode: number;
      readonly bytes?: Buffer;
    }
  | { readonly kind: 'object'; readonly entry: TreeEntry };

/** One file that a step changed. */
export interface PathChange {
  /** Workspace-relative. */
  readonly path: string;
  readonly before: PathState;
  readonly after: PathState;
}

/** A step of an agent that changed files. */
export interface ChangedStep {
  readonly key: StepKey;
  readonly kind: 'files' | 'command';
  readonly changes: readonly PathChange[];
}

/** The steps of one agent in its workspace that changed files, the newest first; read one by one, as they are asked for. */
export async function* changedSteps(
  workspace: ToolWorkspace,
  scope: string,
): AsyncGenerator<ChangedStep> {
  const git = workspaceGit(workspace);
  const files = await stepsIn(join(workspace.state, 'redo'), scope, 'done');
  const commands = await stepsIn(join(workspace.state, 'steps'), scope, 'json');
  const all = [
    ...files.map((key) => ({ key, kind: 'files' as const })),
    ...commands.map((key) => ({ key, kind: 'command' as const })),
  ].toSorted((left, right) => compareSteps(right.key, left.key));
  let snapshots: ReadonlyMap<string, SnapshotPair> | undefined;
  for (const { key, kind } of all) {
    if (kind === 'files') {
      const intent = await readIntent(workspace.state, key);
      const changes = intent?.files.map(changeOfFile) ?? [];
      if (changes.length > 0) yield { key, kind, changes };
      continue;
    }
    snapshots ??= await readSnapshots(git, `${workspace.refPrefix}/head`);
    const pair = snapshots.get(formatStepKey(key));
    const changes = pair === undefined ? [] : await changesBetween(git, pair);
    if (changes.length > 0) yield { key, kind, changes };
  }
}

/** Keys of a scope's steps that have a file with this ending in a folder of the state. */
async function stepsIn(folder: string, scope: string, ending: 'json' | 'done'): Promise<StepKey[]> {
  const own = join(folder, dirname(stepPath({ scope, step: 0, index: 0 })));
  const keys: StepKey[] = [];
  for (const name of await namesIn(own)) {
    const [, step, index, found] = NAME.exec(name) ?? [];
    if (step !== undefined && index !== undefined && found === ending)
      keys.push({ scope, step: Number(step), index: Number(index) });
  }
  return keys;
}

function changeOfFile(file: IntentFile): PathChange {
  const { path, before, after, mode, original } = file;
  const bytes = originalBytes(file);
  return {
    path,
    before:
      before === ABSENT
        ? { kind: 'absent' }
        : {
            kind: 'bytes',
            digest: before,
            mode: original?.mode ?? mode,
            ...(bytes === undefined ? {} : { bytes }),
          },
    after: after === ABSENT ? { kind: 'absent' } : { kind: 'bytes', digest: after, mode },
  };
}

interface SnapshotPair {
  readonly before: string;
  readonly after: string;
}

const SUBJECT = 'after ';

/** The snapshots that commands left, by the keys of their steps. */
async function readSnapshots(git: Git, ref: string): Promise<ReadonlyMap<string, SnapshotPair>> {
  const answer = await git.run(
    ['log', '--first-parent', `--max-count=${MAX_SNAPSHOTS}`, '--format=%H %T %s', ref, '--'],
    { accept: [128] },
  );
  const pairs = new Map<string, SnapshotPair>();
  if (answer.exitCode !== 0) return pairs;
  const lines = answer.stdout.toString('utf8').split('\n');
  for (const [at, line] of lines.entries()) {
    const [after = '', tree = '', ...subject] = line.split(' ');
    const [before = '', treeBefore = ''] = lines[at + 1]?.split(' ') ?? [];
    const words = subject.join(' ');
    // Most commands change no file: no need to compare the trees then.
    if (words.startsWith(SUBJECT) && treeBefore !== '' && tree !== treeBefore)
      pairs.set(words.slice(SUBJECT.length), { before, after });
  }
  return pairs;
}

async function changesBetween(git: Git, { before, after }: SnapshotPair): Promise<PathChange[]> {
  const { files } = await git.diffTrees(before, after);
  return files.map((file) => ({
    path: file.path,
    before: stateOf(file.before),
    after: stateOf(file.after),
  }));
}

function stateOf(entry: TreeEntry | null): PathState {
  return entry === null ? { kind: 'absent' } : { kind: 'object', entry };
}
