import { spawn } from 'node:child_process';
import { z } from 'zod';
import { InfrastructureError, type RunEvent, type RunRecord } from '../../domain/index.js';
import type { OpenGateway } from '../../runs/index.js';
import { runBoard } from '../screen/board.js';
import { THEMES, type Theme } from '../screen/theme.js';
import type { Block, Tone } from '../state/view-state.js';
import { note } from '../state/work.js';
import type { TuiOptions } from './ports.js';

/** A command that starts a run, and the words behind it. */
export interface StartedBy {
  readonly command: 'ralph' | 'swarm' | 'rlm' | 'script';
  readonly given: string;
}

/** Output of a program that is kept. */
const MOST_OUTPUT = 1024 * 1024;
const startedSchema = z.object({ run_id: z.string().min(1), workflow_id: z.string().min(1) });

/** Arguments of this program for a run that is started and left alone. Flags are words; a task, a question or the JSON behind a script's name is one text. Pure. */
export function startWords({ command, given }: StartedBy): readonly string[] {
  const common = ['--detach', '--json'];
  if (command === 'swarm') return ['swarm', ...common, '--', given];
  if (command === 'script') {
    const { name, json } = scriptOf(given);
    const args = json === '' ? [] : ['--args', json];
    return ['script', 'run', ...args, ...common, '--', name];
  }
  const family = command === 'ralph' ? ['ralph', 'run'] : ['rlm'];
  return [...family, ...wordsOf(given), ...common];
}

/** The name or file of a script, which may stand in quotes, and everything behind it. */
function scriptOf(given: string): { readonly name: string; readonly json: string } {
  const [first = ''] = /^(?:"[^"]*"|'[^']*'|\S+)/.exec(given) ?? [];
  return { name: wordsOf(first)[0] ?? '', json: given.slice(first.length).trim() };
}

/** Words as a shell would take them apart, quotes aside. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}

/** Starts a run by the command of this program that starts it, and gives its ids. Throws `ERR_RUN_NOT_STARTED` with what the command said. */
export async function startRun(
  started: StartedBy,
  { program, cwd, environment }: Pick<TuiOptions, 'program' | 'cwd' | 'environment'>,
): Promise<{ readonly runId: string; readonly workflowId: string }> {
  const [file = '', ...first] = program;
  const { code, stdout, stderr } = await run(file, [...first, ...startWords(started)], {
    cwd,
    env: { ...environment },
  });
  const parsed = code === 0 ? startedSchema.safeParse(parseJson(stdout)) : undefined;
  if (parsed?.success === true)
    return { runId: parsed.data.run_id, workflowId: parsed.data.workflow_id };
  throw new InfrastructureError('ERR_RUN_NOT_STARTED', {
    message: `codetether ${started.command} ended with ${code ?? 'a signal'}: ${stderr.trim().slice(-1500)}`,
    hint: `codetether ${started.command} --help`,
    isRetryable: false,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long a program may take to end by itself once it is told to. */
const GRACE_MS = 2000;

/**
 * Runs a program until it has ended; its input is empty, and of its output the end is kept. With a `signal` it has a process group of its
 * own, which is ended as a whole when that aborts: politely first.
 */
export function run(
  file: string,
  words: readonly string[],
  {
    cwd,
    env,
    signal,
  }: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly signal?: AbortSignal;
  },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, words, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: signal !== undefined,
    });
    const release = signal === undefined ? undefined : endWith(child, signal);
    const kept = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text: string) => {
        kept[name] = (kept[name] + text).slice(-MOST_OUTPUT);
      });
    }
    child.on('error', (error) => {
      release?.();
      reject(error);
    });
    child.on('close', (code) => {
      release?.();
      resolve({ code, ...kept });
    });
  });
}

/** Ends the group of a program when `signal` aborts. Gives what ends the watching. */
function endWith(child: ReturnType<typeof spawn>, signal: AbortSignal): () => void {
  let killing: NodeJS.Timeout | undefined;
  const end = (): void => {
    killGroup(child.pid, 'SIGTERM');
    killing = setTimeout(() => {
      killGroup(child.pid, 'SIGKILL');
      // whoever left the group may still hold them
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, GRACE_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return () => {
    signal.removeEventListener('abort', end);
    clearTimeout(killing);
  };
}

function killGroup(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // it has ended
  }
}

/** Events of a run that stay as lines. */
const LASTING: Partial<Record<RunEvent['type'], Tone>> = {
  'run.start': 'plain',
  'run.wait': 'warning',
  'run.pause': 'warning',
  'run.note': 'faint',
  'story.end': 'plain',
  'question.ask': 'warning',
  'permission.ask': 'warning',
  'check.end': 'faint',
  'commit.end': 'good',
  'stall.note': 'warning',
  'run.end': 'plain',
};

/** A line about an event of a run; undefined for those that the board shows. Pure. */
export function runLine({ type, story, text = '' }: RunEvent): Block | undefined {
  const tone = LASTING[type];
  if (tone === undefined) return undefined;
  return note(`${story === undefined ? '' : `${story} `}${text}`, tone);
}

/** Where what happens in a run is shown. */
export interface RunScreen {
  readonly colours: Theme;
  showBoard(board: readonly string[]): void;
  showBlocks(blocks: readonly Block[]): void;
}

/** Shows a run until it has ended or `signal` aborts. */
export async function followOnScreen(
  { gateway }: Pick<OpenGateway, 'gateway'>,
  ids: { readonly runId: string; readonly workflowId: string },
  { screen, signal }: { readonly screen: RunScreen; readonly signal: AbortSignal },
): Promise<RunRecord | undefined> {
  try {
    const { followRun } = await import('../../client/index.js');
    const record = await followRun(gateway, {
      ...ids,
      signal,
      onEvent: (event) => {
        const line = runLine(event);
        if (line !== undefined) screen.showBlocks([line]);
      },
      onLook: (known) => {
        if (known !== undefined) screen.showBoard(runBoard(known, screen.colours, new Date()));
      },
    });
    if (record !== undefined)
      screen.showBlocks([
        { kind: 'output', text: runBoard(record, THEMES.none, new Date()).join('\n') },
      ]);
    return record;
  } finally {
    screen.showBoard([]);
  }
}
