import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  crashPoint,
  explainLimit,
  hasBackground,
  isNotFound,
  resolveInside,
  runProcess,
  sha256,
  type ProcessResult,
} from '../../platform/index.js';
import {
  defineTool,
  toolError,
  type AnyTool,
  type ToolContext,
  type ToolOutput,
  type ToolServices,
} from '../tool.js';
import { isUnusablePath } from '../mistake.js';
import { bashInputTool, bashKillTool, bashOutputTool } from './background-tools.js';
import { newsOfBackground, startCommand } from './background.js';
import { networkWords, wrapBash, type CommandPlace } from './bash-place.js';
import { commitOnce } from './commit-protocol.js';
import { hasOutsideEffects } from './outside-effects.js';
import { plainTerminalText } from './terminal-text.js';

const DEFAULT_TIMEOUT_S = 120;
const MAX_TIMEOUT_S = 3600;
const MAX_OUTPUT_BYTES = 50 * 1024;
/** Of an output that does not fit, so much is kept for reading and searching later. */
const MAX_WHOLE_BYTES = 8 * 1024 * 1024;
/** Linux takes 128 KiB for one argument; a margin for what is put around it. */
const MAX_COMMAND_BYTES = 120 * 1024;
const HEARTBEAT_MS = 5000;

const parameters = z.object({
  command: z.string().min(1),
  timeout_s: z.int().min(1).max(MAX_TIMEOUT_S).optional().describe('default 120'),
  workdir: z.string().optional(),
  background: z.boolean().optional(),
});

type BashInput = z.infer<typeof parameters>;

/** Runs a shell command in the sandbox. */
function bashTool(services: ToolServices): AnyTool {
  return defineTool({
    name: 'bash',
    aliases: ['shell', 'exec_command'],
    description:
      'Run a bash command in a fresh shell. Shows 50 KiB of output and the exit code; what it leaves running ends with it, but for background: true (a server, a watcher).',
    parameters,
    execution: 'activity',
    access: 'execute',
    subjects: ({ command }) => [command],
    title: ({ command, background }) =>
      `bash${background === true ? ' in the background' : ''}: ${command.replaceAll(/\s+/g, ' ')}`,
    timeoutMs: ({ background, timeout_s: asked = DEFAULT_TIMEOUT_S }) =>
      (background === true ? DEFAULT_TIMEOUT_S : asked) * 1000,
    leavesRunning: ({ background }) => background === true,
    async execute(input, context): Promise<ToolOutput> {
      const refusal = refuseCommand(input.command);
      if (refusal !== undefined) return toolError(refusal);
      const folder = await resolveInside(context.workspace, input.workdir ?? '.', 'read');
      if (!folder.isInside) return toolError(folder.reason);
      const cwd = folder.path.absolute;
      if (!(await isFolder(cwd)))
        return toolError(`${input.workdir ?? context.workspace.workdir}: no such folder.`);
      const place = { context, services, cwd };
      if (input.background === true) return startCommand(input, place);
      const isOnline =
        context.network === 'full' || !services.sandbox.kinds.includes('network-switch');
      return commitOnce(context, {
        command: input.command,
        policy: isOnline && hasOutsideEffects(input.command) ? 'report' : 'rerun',
        endsWhole:
          services.sandbox.kinds.includes('own-pid-namespace') &&
          !hasBackground(context.workspace.state),
        run: () => runCommand(input, place),
      });
    },
  });
}

/** Tools that start processes. */
export function createRunTools(services: ToolServices): AnyTool[] {
  return [bashTool(services), bashOutputTool, bashInputTool, bashKillTool];
}

/** What no system can start; told before anything is written down about the step. */
function refuseCommand(command: string): string | undefined {
  if (command.includes('\0'))
    return 'The command holds a NUL character, which no program can be given. Write it as \\0 or \\x00 in quotes.';
  const bytes = Buffer.byteLength(command);
  if (bytes <= MAX_COMMAND_BYTES) return undefined;
  return `The command has ${bytes} bytes; at most ${MAX_COMMAND_BYTES} can be given to a program. Write the text to a file with write_file, then use the file.`;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isNotFound(error) || isUnusablePath(error)) return false;
    throw error;
  }
}

async function runCommand(input: BashInput, place: CommandPlace): Promise<ToolOutput> {
  const { context } = place;
  const wrapped = await wrapBash(input.command, place);
  const timeoutS = input.timeout_s ?? DEFAULT_TIMEOUT_S;
  const spill = join(context.workspace.state, 'output.part');
  const beats = startBeats(context);
  try {
    const result = await runProcess({
      ...wrapped,
      timeoutMs: timeoutS * 1000,
      signal: context.signal,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      spill: { path: spill, maxBytes: MAX_WHOLE_BYTES },
      onOutput: (chunk) => {
        beats.count(chunk.length);
        crashPoint('bash.during-run');
      },
    });
    // Cancelled: the caller restores the files, and Temporal hears of it.
    if (result.outcome === 'cancelled') context.signal.throwIfAborted();
    return await describeResult(result, place, timeoutS);
  } finally {
    beats.stop();
    await rm(spill, { force: true });
  }
}

function startBeats(context: ToolContext): { count: (bytes: number) => void; stop: () => void } {
  let bytes = 0;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    context.heartbeat({ outputBytes: bytes, runningMs: Math.round(performance.now() - startedAt) });
  }, HEARTBEAT_MS);
  return {
    count: (more) => {
      bytes += more;
    },
    stop: () => clearInterval(timer),
  };
}

async function describeResult(
  result: ProcessResult,
  { context, services }: Omit<CommandPlace, 'cwd'>,
  timeoutS: number,
): Promise<ToolOutput> {
  const shown = await showOutput(result, context);
  const isTimeout = result.outcome === 'timed-out';
  const { level } = services.sandbox;
  const end = isTimeout
    ? `stopped after ${timeoutS} s; give timeout_s (up to ${MAX_TIMEOUT_S}) if it needs longer`
    : `exit code ${result.exitCode ?? `none, ended by ${result.killedBy ?? 'a signal'}`}`;
  const exitCode = isTimeout ? undefined : (result.exitCode ?? undefined);
  const text = `${shown === '' ? '(no output)' : shown}\n[${end}${limitWords(result, shown)}; sandbox ${level}, ${networkWords({ context, services })}]${newsOfBackground(context)}`;
  return {
    text,
    isError: isTimeout || exitCode !== 0,
    progress: [`bash:${exitCode ?? 'none'}:${sha256(withoutDurations(shown)).slice(0, 16)}`],
    ...(exitCode === undefined ? {} : { exitCode }),
    sandbox: level,
  };
}

function limitWords({ exitCode, stoppedBy }: ProcessResult, tail: string): string {
  const limit = explainLimit({ exitCode, stoppedBy, tail });
  return limit === undefined ? '' : `; ${limit}`;
}

/** A test that only took another time is no progress. */
function withoutDurations(text: string): string {
  return text
    .replaceAll(/(?<![\d.])\d{1,20}(?:\.\d{1,20})?[ \t]?(?:ms|seconds|sec|s|m)\b/g, '')
    .replaceAll(/\d{1,2}:\d{2}(?::\d{2})?/g, '');
}

async function showOutput(result: ProcessResult, context: ToolContext): Promise<string> {
  const { output } = result;
  const head = plainTerminalText(output.head);
  if (output.omittedBytes === 0) return head.trimEnd();
  const name = output.spill === null ? undefined : await keepSpill(output.spill.path, context);
  const where =
    name === undefined
      ? ''
      : `; read_file or grep ${name} for ${output.spill?.isWhole === true ? 'the whole' : `its first ${MAX_WHOLE_BYTES} bytes`}`;
  return `${head}\n[… ${output.omittedBytes} bytes left out${where} …]\n${plainTerminalText(output.tail).trimEnd()}`;
}

async function keepSpill(path: string, context: ToolContext): Promise<string> {
  return context.keepWhole(plainTerminalText(await readFile(path, 'utf8')));
}
