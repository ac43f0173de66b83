/**
 * Every place where a test may kill this process, in the order a run passes them. A new durable step adds its points
 * here; `test/fault/crash-points.test.ts` fails while one of them is not killed by a test.
 */
export const crashPoints = [
  'tool.before-settle',
  'redo.before-intent',
  'redo.after-intent',
  'redo.after-temporary',
  'redo.after-rename',
  'redo.after-done',
  'bash.before-base',
  'bash.after-base',
  'bash.after-started',
  'bash.during-run',
  'bash.after-run',
  'bash.after-post-tree',
  'bash.after-post-commit',
  'bash.after-ref-move',
  'bash.before-restore',
  'bash.after-restore',
  'hook.before-run',
  'hook.before-record',
  'hook.after-record',
  'tool.after-blob',
  'tool.after-settle',
  'platform.before-claim',
  'platform.after-claim',
  'platform.after-order',
  'platform.after-submit',
  'platform.after-output',
  'platform.after-end',
  'platform.after-status',
  'platform.after-release',
] as const;

/** See {@link crashPoints}. */
export type CrashPoint = (typeof crashPoints)[number];

interface ArmedPoint {
  readonly name: string;
  /** The pass at which to die, from 1. */
  remaining: number;
}

let armed: ArmedPoint | undefined;

/**
 * Makes the process die at a crash point: `NAME` at its first pass, `NAME@3` at its third; undefined disarms.
 * Called once by an entry file with the value of CODETETHER_CRASH_AT; unknown names never fire.
 */
export function armCrashPoint(specification: string | undefined): void {
  if (specification === undefined || specification === '') {
    armed = undefined;
    return;
  }
  const [name = '', pass] = specification.split('@');
  armed = { name, remaining: pass === undefined ? 1 : Number(pass) };
}

/** Sends SIGKILL to this process when the point is armed; otherwise costs one comparison. */
export function crashPoint(name: CrashPoint): void {
  if (armed === undefined || armed.name !== name) return;
  armed.remaining -= 1;
  if (armed.remaining === 0) process.kill(process.pid, 'SIGKILL');
}
