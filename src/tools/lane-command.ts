import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  readLaneEnvironment,
  wrapCommand,
  type OverlayView,
  type SandboxedCommand,
  type WrappedCommand,
} from '../platform/index.js';
import type { ToolServices, ToolWorkspace } from './tool.js';

/** A command among the files of a lane. */
export interface LaneCommand extends Pick<
  SandboxedCommand,
  'argv' | 'network' | 'loopback' | 'isErrorApart'
> {
  /** Absolute folder where it starts; default: the root. */
  readonly cwd?: string;
  /** Variables that what was set up for the lane may replace. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Variables that nothing replaces. */
  readonly extraEnv?: Readonly<Record<string, string>>;
  /** Of a command that may only look at the files: the folder in the lane's state, made when missing, that it may write to instead. */
  readonly scratch?: string;
}

/** Puts a command into the sandbox of its lane, with what set-up prepared there and the lane's private home. */
export async function wrapInLane(
  { sandbox, masked }: Pick<ToolServices, 'sandbox' | 'masked'>,
  workspace: Pick<ToolWorkspace, 'root' | 'state' | 'gitDir'>,
  { cwd, defaults, extraEnv: own, scratch, ...command }: LaneCommand,
): Promise<WrappedCommand> {
  const { root, state, gitDir } = workspace;
  const { extraEnv, readable, views } = await readLaneEnvironment(workspace);
  const files = scratch === undefined ? root : join(state, scratch);
  if (scratch !== undefined) await mkdir(files, { recursive: true, mode: 0o700 });
  return wrapCommand(sandbox, {
    ...command,
    root: files,
    cwd: cwd ?? root,
    owner: gitDir,
    home: join(state, 'home'),
    masked,
    readable: scratch === undefined ? readable : [root, ...readable],
    views: scratch === undefined ? views : views.map(readOnly),
    extraEnv: { ...defaults, ...extraEnv, ...own },
  });
}

/** A command may mount the same view for writing at the same time: two of that kind would spoil each other. */
function readOnly({ at, lower, upper }: OverlayView): OverlayView {
  return { at, lower: upper === undefined ? lower : [upper, ...lower] };
}

/** Keeps the first `limit` bytes of what a command writes to standard error, which may be without end. */
export function firstErrors(limit: number): {
  readonly onErrorOutput: (chunk: Uint8Array) => void;
  readonly text: () => string;
} {
  let kept = Buffer.alloc(0);
  return {
    onErrorOutput(chunk) {
      if (kept.length < limit) kept = Buffer.concat([kept, chunk.subarray(0, limit - kept.length)]);
    },
    text: () => kept.toString('utf8'),
  };
}
