import { extname } from 'node:path';
import { visibleLine } from '../../domain/index.js';
import { runProcess, type ProcessResult, type Sandbox } from '../../platform/index.js';
import { firstErrors, wrapInLane } from '../lane-command.js';
import type { EditFollowUps, ToolContext } from '../tool.js';

/** What holds formatters. */
interface FormatSurroundings {
  readonly sandbox: Sandbox;
  readonly masked: readonly string[];
}

/** Commands by the endings of files, without the dot: the text comes in on standard input and goes out on standard output. */
export type FormatSettings = Readonly<Record<string, string>>;

type Format = NonNullable<EditFollowUps['format']>;
type GivenFile = Parameters<Format>[1][number];
type FormattedFile = Awaited<ReturnType<Format>>[number];

/** For all files of one call together: they hold up a step that is meant to be short. */
const TOTAL_MS = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_WORDS = 300;
/** Of standard error; a command may write it without end. */
const ERRORS_KEPT = 4096;

/**
 * Formats texts by the person's commands, in the sandbox: without network, and without a way to change files. What a command does
 * wrong is a line for the model, and the text stays as the agent wrote it.
 */
export function createFormatter(
  surroundings: FormatSurroundings,
  commands: FormatSettings,
  totalMs = TOTAL_MS,
): Format {
  return async (context, files) => {
    const end = performance.now() + totalMs;
    const formatted: FormattedFile[] = [];
    for (const file of files) {
      const command = commands[extname(file.path).slice(1).toLowerCase()];
      const left = end - performance.now();
      if (command === undefined || file.content.length > MAX_BYTES || !isText(file.content))
        formatted.push({ content: file.content, lines: [] });
      else if (left <= 0) formatted.push(unchanged(file, 'no time was left for it'));
      else {
        const result = await runCommand(surroundings, context, { file, command, timeoutMs: left });
        formatted.push(readResult(file, result));
      }
    }
    return formatted;
  };
}

interface Run {
  readonly file: GivenFile;
  readonly command: string;
  readonly timeoutMs: number;
}

interface Ended {
  readonly result: ProcessResult;
  /** What it said on standard error. */
  readonly words: string;
}

async function runCommand(
  surroundings: FormatSurroundings,
  { workspace, signal }: ToolContext,
  { file, command, timeoutMs }: Run,
): Promise<Ended> {
  const wrapped = await wrapInLane(surroundings, workspace, {
    // The name of a file comes from a model: it is a variable, and never a part of the command.
    argv: ['/bin/sh', '-c', command],
    network: 'none',
    extraEnv: { FILE: file.path, NO_COLOR: '1' },
    isErrorApart: true,
    scratch: 'format',
  });
  const errors = firstErrors(ERRORS_KEPT);
  const result = await runProcess({
    ...wrapped,
    isRaw: true,
    stdin: Buffer.from(file.content).toString('utf8'),
    timeoutMs,
    signal,
    // The window shows the first 40 % and the last 60 %.
    maxOutputBytes: 3 * MAX_BYTES,
    // Never by way of a file: what the command can write, it can make a link, a pipe or a huge file of, which we would read for it.
    onErrorOutput: errors.onErrorOutput,
  });
  signal.throwIfAborted();
  return { result, words: errors.text() };
}

function readResult(file: GivenFile, { result, words }: Ended): FormattedFile {
  const { outcome, exitCode, output } = result;
  if (outcome === 'timed-out') return unchanged(file, 'the formatter took too long');
  if (exitCode !== 0) {
    const said = visibleLine(words.trim()).slice(0, MAX_WORDS);
    const end = exitCode === null ? 'was ended' : `exit code ${exitCode}`;
    return unchanged(file, `the formatter ${end}${said === '' ? '' : `: ${said}`}`);
  }
  const text = output.omittedBytes > 0 ? undefined : output.head;
  if (text === undefined || Buffer.byteLength(text) > MAX_BYTES)
    return unchanged(file, 'the formatter wrote too much');
  if (text.trim() === '' && Buffer.from(file.content).toString('utf8').trim() !== '')
    return unchanged(file, 'the formatter wrote nothing');
  const content = Buffer.from(text, 'utf8');
  const lines = content.equals(file.content) ? [] : [`[format] ${file.path}: formatted.`];
  return { content, lines };
}

function unchanged({ path, content }: GivenFile, why: string): FormattedFile {
  return { content, lines: [`[format] ${path}: left as it was written; ${why}.`] };
}

function isText(content: Uint8Array): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(content).includes('\0');
  } catch {
    return false;
  }
}
