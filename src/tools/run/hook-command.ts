import { join } from 'node:path';
import { redactText } from '../../observability/index.js';
import { hasBackground, runProcess, sha256 } from '../../platform/index.js';
import { firstErrors, wrapInLane } from '../lane-command.js';
import type { ToolContext, ToolOutput, ToolServices } from '../tool.js';
import { commitOnce } from './commit-protocol.js';
import { plainTerminalText } from './terminal-text.js';

const MAX_OUTPUT_BYTES = 32 * 1024;
/** Of standard error. */
const MAX_ERROR_BYTES = 8 * 1024;

/** What of a call's surroundings a hook is run in. */
export type HookPlace = Pick<ToolContext, 'step' | 'workspace' | 'signal'>;

/** A command of a person, run once. */
export interface HookCommand {
  readonly command: string;
  readonly timeoutMs: number;
  /** JSON that it reads. */
  readonly stdin: string;
}

/** How a hook ended; `exitCode` is null when its time was up or a signal ended it. */
export interface HookEnd {
  readonly exitCode: number | null;
  readonly out: string;
  readonly error: string;
}

/**
 * Runs a hook in the sandbox of the workspace, without a network. What it changes there happens once, as with `bash`: a try that was killed
 * is undone before the next, and one that has ended is not run again. Throws the reason of the signal, and infrastructure faults.
 */
export async function runHookCommand(
  services: ToolServices,
  hook: HookCommand,
  place: HookPlace,
): Promise<HookEnd> {
  const mark = `hook-${sha256(`${place.step.scope} ${place.step.step} ${place.step.index}`).slice(0, 32)}`;
  const context: ToolContext = {
    ...place,
    seen: new Map(),
    heartbeat: () => undefined,
    keepWhole: () => Promise.resolve(''),
    network: 'none',
  };
  const output = await commitOnce(context, {
    command: `hook ${hook.command}`,
    policy: 'rerun',
    endsWhole:
      services.sandbox.kinds.includes('own-pid-namespace') && !hasBackground(place.workspace.state),
    run: () => runOnce(services, hook, { place, mark }),
  });
  const [out = '', error = ''] = output.text.split(`\n${mark}\n`);
  return { exitCode: output.exitCode ?? null, out, error };
}

async function runOnce(
  services: ToolServices,
  { command, timeoutMs, stdin }: HookCommand,
  { place, mark }: { readonly place: HookPlace; readonly mark: string },
): Promise<ToolOutput> {
  const { workspace } = place;
  const wrapped = await wrapInLane(services, workspace, {
    argv: ['bash', '-c', command],
    cwd: join(workspace.root, workspace.workdir),
    network: 'none',
    defaults: { CI: '1', PAGER: 'cat' },
    isErrorApart: true,
  });
  const errors = firstErrors(MAX_ERROR_BYTES);
  const result = await runProcess({
    ...wrapped,
    stdin,
    timeoutMs,
    signal: place.signal,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    onErrorOutput: errors.onErrorOutput,
  });
  if (result.outcome === 'cancelled') place.signal.throwIfAborted();
  const { head, tail } = result.output;
  const exitCode = result.outcome === 'exited' ? (result.exitCode ?? undefined) : undefined;
  // Both streams are one text in the commit that carries the result.
  const said = result.outcome === 'exited' ? `\n${mark}\n${redactText(errors.text())}` : '';
  return {
    text: plainTerminalText(`${head}${tail}${said}`),
    isError: exitCode !== 0,
    ...(exitCode === undefined ? {} : { exitCode }),
    sandbox: services.sandbox.level,
  };
}
