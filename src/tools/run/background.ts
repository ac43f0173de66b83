import {
  backgroundOf,
  canShareLoopback,
  noteEngineWrite,
  sha256,
  startBackground,
  type BackgroundProcess,
} from '../../platform/index.js';
import { toolError, type ToolContext, type ToolOutput } from '../tool.js';
import { networkWords, wrapBash, type CommandPlace } from './bash-place.js';
import { plainTerminalText } from './terminal-text.js';

/** Of one agent at a time. */
const MOST_RUNNING = 4;
/** Without a time limit of its own; the end of the story comes first, mostly. */
const DEFAULT_LIFE_S = 4 * 60 * 60;
/** So long is waited for the first words of a command: mostly they say whether it started. */
const FIRST_WORDS_MS = 1500;
/** Output in one result. */
const SHOWN_BYTES = 50 * 1024;

/** A command for the background. */
export interface BackgroundCommand {
  readonly command: string;
  /** It is ended after so many seconds. */
  readonly timeout_s?: number | undefined;
}

/**
 * Starts a command that goes on while its agent does other things. What it writes into the lane is part of the story like everything
 * else there, but of no step: a restored lane loses it.
 */
export async function startCommand(
  input: BackgroundCommand,
  place: CommandPlace,
): Promise<ToolOutput> {
  const { context, services } = place;
  if (context.inner === undefined)
    return toolError(
      'A command in the background cannot be started inside another call: call bash alone.',
    );
  const { state, root } = context.workspace;
  const running = runningOf(context);
  if (running.length >= MOST_RUNNING)
    return toolError(
      `${MOST_RUNNING} commands run in the background already (${running.map(describe).join('; ')}). End one with bash_kill first.`,
    );
  const wrapped = await wrapBash(input.command, place);
  const lifeS = input.timeout_s ?? DEFAULT_LIFE_S;
  const process = startBackground({
    lane: state,
    scope: context.step.scope,
    title: input.command.replaceAll(/\s+/g, ' ').slice(0, 60),
    request: { ...wrapped, timeoutMs: lifeS * 1000 },
  });
  // What is in the lane is no longer what the last command left.
  noteEngineWrite(root);
  await process.waitForNews(FIRST_WORDS_MS, context.signal);
  const shared = canShareLoopback(services.sandbox) || networkWords(place) === 'network';
  const reach = shared
    ? 'Other commands reach its ports on 127.0.0.1.'
    : 'It has a loopback of its own: other commands cannot reach its ports on this machine.';
  const { text, ...facts } = showNews(process);
  return {
    ...facts,
    text: `${process.id} runs in the background, until the work ends or for ${lifeS} s. bash_output, bash_input and bash_kill take its id (through use_tool). ${reach}\n${text}`,
    sandbox: services.sandbox.level,
  };
}

/** The process that a call names, or what to tell the model. */
export function findProcess(context: ToolContext, id: string): BackgroundProcess | string {
  const own = backgroundOf(context.workspace.state).filter(
    ({ scope }) => scope === context.step.scope,
  );
  const found = own.find((process) => process.id === id);
  if (found !== undefined) return found;
  const known = own.map(describe).join('; ');
  return known === ''
    ? `There is no ${id}: nothing was started in the background, or it ended with the worker that ran it, after a crash or an update. Start it again with bash and background: true.`
    : `There is no ${id}. There are: ${known}.`;
}

/** What it printed since it was last asked, and how it stands. */
export function showNews(process: BackgroundProcess): ToolOutput {
  const { text, lostBytes, leftBytes, openLine } = process.read(SHOWN_BYTES);
  const { end } = process;
  const lines = [
    ...(lostBytes === 0 ? [] : [`[… ${lostBytes} bytes are not kept …]`]),
    ...(text === '' ? [] : [plainTerminalText(text).trimEnd()]),
    ...(openLine === '' ? [] : [`${plainTerminalText(openLine)} [the line has not ended]`]),
    ...(leftBytes === 0 ? [] : [`[… ${leftBytes} bytes more: call bash_output again …]`]),
    `[${describe(process)}]`,
  ];
  if (end !== undefined) told.add(process);
  const words = lines.join('\n');
  return {
    text: words,
    isError: end !== undefined && !hasEndedWell(process),
    progress: [`background:${process.id}:${sha256(text).slice(0, 16)}:${end === undefined}`],
    ...(end?.failure === undefined && typeof end?.exitCode === 'number'
      ? { exitCode: end.exitCode }
      : {}),
  };
}

/** Those whose end their agent has heard of. */
const told = new WeakSet<BackgroundProcess>();

/** A line on each command of the agent that has ended in the background and of which it does not know; '' when there is none. */
export function newsOfBackground(context: ToolContext): string {
  const ended = backgroundOf(context.workspace.state).filter(
    (process) =>
      process.scope === context.step.scope && process.end !== undefined && !told.has(process),
  );
  for (const process of ended) told.add(process);
  return ended.map((process) => `\n[in the background: ${describe(process)}]`).join('');
}

function runningOf({ workspace, step }: ToolContext): readonly BackgroundProcess[] {
  return backgroundOf(workspace.state).filter(
    ({ end, scope }) => end === undefined && scope === step.scope,
  );
}

function hasEndedWell({ end }: BackgroundProcess): boolean {
  return end !== undefined && end.failure === undefined && end.exitCode === 0;
}

/** One line on a process: what it is and how it stands. */
export function describe(process: BackgroundProcess): string {
  const name = `${process.id} (${process.title})`;
  return `${name} ${state(process)}`;
}

function state({ end, runningMs, totalBytes }: BackgroundProcess): string {
  const seconds = Math.round(runningMs / 1000);
  if (end === undefined) return `has run for ${seconds} s and printed ${totalBytes} bytes`;
  if (end.failure !== undefined) return `could not run: ${end.failure}`;
  if (end.outcome === 'timed-out') return `was stopped at its time limit, after ${seconds} s`;
  if (end.outcome === 'cancelled') return `was stopped after ${seconds} s`;
  if (end.stoppedBy !== null)
    return `was stopped after ${seconds} s: it ${end.stoppedBy === 'memory' ? 'used too much memory' : 'was filling the disk'}`;
  return `has ended after ${seconds} s with exit code ${end.exitCode ?? `none (${end.killedBy ?? 'a signal'})`}`;
}
