import { join } from 'node:path';
import { z } from 'zod';
import { modelText, visible } from '../domain/index.js';
import { resolveInside, runProcess, wrapCommand, type ProcessResult } from '../platform/index.js';
import { contextOf, type ServeDesk } from './desk.js';
import { failed, servedTool, type ServedAnswer, type ServedTool } from './served-tool.js';

const DEFAULT_TIMEOUT_S = 120;
const MAX_TIMEOUT_S = 3600;
const MAX_OUTPUT = 50 * 1024;
const MAX_COMMAND = 100 * 1024;

const parameters = z.object({
  command: z.string().min(1).max(MAX_COMMAND),
  cwd: z.string().max(4096).optional(),
  timeout_s: z.int().min(1).max(MAX_TIMEOUT_S).optional(),
});

/** Runs a shell command in the sandbox, in the person's own folder: nothing is put back afterwards. */
export function runCommandTool(): ServedTool {
  return servedTool({
    name: 'run_command',
    description:
      'Run a bash command in the folder: sandboxed, without network, .git read-only. Shows 50 KiB of output and the exit code.',
    parameters,
    run: runCommand,
  });
}

async function runCommand(
  { command, cwd = '.', timeout_s: timeoutS = DEFAULT_TIMEOUT_S }: z.infer<typeof parameters>,
  desk: ServeDesk,
  signal: AbortSignal,
): Promise<ServedAnswer> {
  const { sandbox, folder, state, config } = desk;
  if (command.includes('\0')) return failed('The command holds a NUL character.');
  if (!sandbox.kinds.includes('read-only-root') && !config.worker.isSandboxNamed)
    return failed(
      `Not run: this machine has no sandbox that keeps a command in this folder (${sandbox.reason}). With [sandbox] minimum in your configuration it runs all the same.`,
    );
  const context = contextOf(desk, signal);
  const place = await resolveInside(context.workspace, cwd, 'read');
  if (!place.isInside) return failed(place.reason);
  const wrapped = await wrapCommand(sandbox, {
    argv: ['bash', '-c', command],
    // The folder is the person's: it is lent as it is, and belongs to whom it belonged to.
    root: join(state, 'files'),
    writable: [folder],
    sealed: [join(folder, '.git')],
    cwd: place.path.absolute,
    home: join(state, 'home'),
    masked: [config.home],
    network: 'none',
    extraEnv: { CI: '1', PAGER: 'cat' },
  });
  const result = await runProcess({
    ...wrapped,
    timeoutMs: timeoutS * 1000,
    signal: context.signal,
    maxOutputBytes: MAX_OUTPUT,
  });
  return describe(result, sandbox.level, timeoutS);
}

function describe(
  { output, outcome, exitCode, killedBy }: ProcessResult,
  level: string,
  timeoutS: number,
): ServedAnswer {
  const { head, tail, omittedBytes } = output;
  const cut = omittedBytes === 0 ? '' : `\n[… ${omittedBytes} bytes left out …]\n${tail}`;
  const end =
    outcome === 'exited'
      ? `exit code ${exitCode ?? `none, ended by ${killedBy ?? 'a signal'}`}`
      : `${outcome} after ${timeoutS} s`;
  const text = modelText(visible(`${head}${cut}`.trimEnd()), 2 * MAX_OUTPUT);
  return {
    text: `${text === '' ? '(no output)' : text}\n[${end}; sandbox ${level}, no network]`,
    isError: outcome !== 'exited' || exitCode !== 0,
  };
}
