import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError, keepEnds } from '../../domain/index.js';
import type { TuiOptions } from './ports.js';
import { run } from './runs.js';

type Place = Pick<TuiOptions, 'cwd' | 'environment'>;

/** Characters of a command's output that go along with the next message. */
const MOST_ATTACHED = 16 * 1024;

/** What came of a person's own command. */
export interface ShellEnd {
  readonly code: number | null;
  /** Output and errors together. */
  readonly output: string;
}

/** Runs a command in the person's own shell, with the person's own rights, where the person asked for it, until it has ended or `signal` aborts. */
export async function runShell(
  command: string,
  { cwd, environment }: Place,
  signal: AbortSignal,
): Promise<ShellEnd> {
  const shell = environment['SHELL'] ?? '/bin/sh';
  // both streams in one, in the order in which they were written
  const { code, stdout, stderr } = await run(shell, ['-c', `{ ${command}\n} 2>&1`], {
    cwd,
    env: { ...environment },
    signal,
  });
  return { code, output: stdout + stderr };
}

/** What the next message says of a command. Pure. */
export function attachedOutput(command: string, { code, output }: ShellEnd): string {
  const end = code === null ? 'ended by a signal' : `exit ${code}`;
  return `<command line=${JSON.stringify(command)} end=${JSON.stringify(end)}>\n${keepEnds(output, MOST_ATTACHED)}\n</command>`;
}

/** Lets a person write a text in an editor of their own. Throws `ERR_EDITOR` without one, and where it fails. */
export async function writeInEditor(
  text: string,
  { cwd, environment }: Place,
  onTerminal: <Result>(work: () => Promise<Result>) => Promise<Result>,
): Promise<string> {
  const editor = environment['VISUAL'] ?? environment['EDITOR'] ?? '';
  if (editor.trim() === '') throw refused('neither $VISUAL nor $EDITOR is set');
  const folder = await mkdtemp(join(tmpdir(), 'codetether-message-'));
  try {
    const file = join(folder, 'message.md');
    await writeFile(file, text, { mode: 0o600 });
    const code = await onTerminal(() =>
      runOnTerminal(`${editor} "$1"`, file, { cwd, environment }),
    );
    if (code !== 0) throw refused(`${editor} ended with ${code ?? 'a signal'}`);
    return (await readFile(file, 'utf8')).trimEnd();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runOnTerminal(
  line: string,
  file: string,
  { cwd, environment }: Place,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', line, 'sh', file], {
      cwd,
      env: { ...environment },
      stdio: 'inherit',
    });
    child.on('error', reject);
    child.on('close', resolve);
  });
}

function refused(message: string): InvalidInputError {
  return new InvalidInputError('ERR_EDITOR', {
    message,
    hint: 'set $EDITOR to an editor that waits until the file is closed',
  });
}
