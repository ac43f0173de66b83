import { openService } from '../ralph/run-access.js';
import type { Gateway } from '../../client/index.js';
import {
  sessionStanding,
  turnStory,
  type ExitCode,
  type RunEvent,
  type RunRecord,
  type SessionTurn,
  type StoryRecord,
} from '../../domain/index.js';
import { turnDocument } from '../../report/index.js';
import type { DeltaListener, PlannedPrompt } from '../../runs/index.js';
import { exitWith, type CommandContext } from '../context.js';
import { progressLine } from '../ralph/progress.js';
import { LiveAnswer } from './live-answer.js';

/** How the answer is printed: as it comes, as one document, or as one document a line. */
export type PromptFormat = 'default' | 'json' | 'jsonl';

/** How a prompt is sent and its answer printed. */
export interface SendOptions {
  readonly format: PromptFormat;
  readonly detach?: boolean | undefined;
}

interface Sent {
  readonly gateway: Gateway;
  readonly runId: string;
  readonly workflowId: string;
  readonly turn: number;
  /** What models say meanwhile; undefined where nobody looks on. */
  readonly listener: DeltaListener | undefined;
}

/** Sends a prompt, with the service where it does not run yet, and prints what it is answered. */
export async function sendPrompt(
  { runId, input, request }: PlannedPrompt,
  options: SendOptions,
  context: CommandContext,
): Promise<void> {
  const { output, config } = context;
  const { assertModelReachable } = await import('../../runs/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const { sessionWorkflowId } = await import('../../client/index.js');
  await assertModelReachable(request.model, config, processEnvironment());
  const open = await openService(context);
  const { gateway, hasSearchAttributes } = open;
  // before the prompt is taken: a model may be quick
  const listener = await listenFor(runId, options, context);
  try {
    const { turn } = await gateway.say({ ...input, hasSearchAttributes }, request);
    if (input.opening !== null) output.note(`session ${runId}`);
    const sent = { gateway, runId, workflowId: sessionWorkflowId(runId), turn, listener };
    if (options.detach === true) sayDetached(sent, options, context);
    else await watchPrompt(sent, options, context);
  } finally {
    await listener?.close();
    await open.close();
  }
}

function sayDetached(
  { runId, turn }: Sent,
  options: SendOptions,
  { output }: CommandContext,
): void {
  if (options.format === 'default')
    output.result(`${runId}\nwatch it with: codetether attach ${runId}`);
  else output.document({ session_id: runId, turn, status: 'running' });
}

/** What ends the looking on, never the prompt: Ctrl+C, a terminal that is closed, somebody who ends the command. */
const DETACHING = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const;

/** Shows a prompt until it has ended. Ctrl+C detaches: the prompt goes on, and the command ends with 130. */
async function watchPrompt(
  sent: Sent,
  options: SendOptions,
  context: CommandContext,
): Promise<void> {
  const { followPrompt } = await import('../../client/index.js');
  const { output } = context;
  const { listener } = sent;
  const isStructured = options.format === 'jsonl';
  const live = new LiveAnswer(output, { story: turnStory(sent.turn), isStructured });
  const detach = new AbortController();
  let isHungUp = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    isHungUp ||= signal === 'SIGHUP';
    detach.abort();
  };
  for (const signal of DETACHING) process.once(signal, onSignal);
  try {
    const record = await followPrompt(sent.gateway, {
      ...sent,
      signal: detach.signal,
      onLook: async () => live.take((await listener?.read()) ?? []),
      onEvent: (event) => showEvent(event, options, context),
    });
    if (record !== undefined) return await showAnswer(record, { sent, options, context, live });
    exitWith(130);
    // nobody reads what is written to a terminal that is gone
    if (isHungUp) return;
    output.note(
      `\ndetached; the prompt goes on. Watch it with: codetether attach ${sent.runId}; read it with: codetether session show ${sent.runId}`,
    );
  } finally {
    for (const signal of DETACHING) process.removeListener(signal, onSignal);
  }
}

/** Listens for a person at a terminal, and for programs that read line by line; others get the answer as a whole. */
async function listenFor(
  runId: string,
  { format, detach }: SendOptions,
  { output, config }: CommandContext,
): Promise<DeltaListener | undefined> {
  const isLive = format === 'jsonl' || (format === 'default' && output.isTerminal);
  if (!isLive || detach === true) return undefined;
  const { listenToRun } = await import('../../runs/index.js');
  return listenToRun(config, runId);
}

/** Events that a person who waits for an answer sees; the others are in the log. */
const SHOWN: ReadonlySet<RunEvent['type']> = new Set([
  'story.note',
  'tool.start',
  'tool.end',
  'setup.start',
  'setup.end',
  'commit.end',
  'stall.note',
  'compaction.end',
  'model.switch',
  'permission.deny',
  'wall.reach',
  'hook.end',
  'run.wait',
  'run.pause',
  'run.resume',
  'run.note',
]);

function showEvent(event: RunEvent, { format }: SendOptions, { output }: CommandContext): void {
  if (format === 'jsonl') output.line(event);
  if (format === 'jsonl' || !SHOWN.has(event.type)) return;
  const line = progressLine(event, { isTerminal: output.isTerminal });
  if (line !== undefined) output.paintedNote(line);
}

async function showAnswer(
  record: RunRecord,
  {
    sent,
    options,
    context,
    live,
  }: {
    readonly sent: Sent;
    readonly options: SendOptions;
    readonly context: CommandContext;
    readonly live: LiveAnswer;
  },
): Promise<void> {
  const { openTranscript } = await import('../../runs/index.js');
  const { storyOfTurn } = await import('../../client/index.js');
  const { output, config } = context;
  const { all } = sessionStanding(record.session ?? { entries: [] });
  const turn = all.find(({ number }) => number === sent.turn);
  const entry = storyOfTurn(record, sent.turn);
  if (turn === undefined || entry === undefined) return;
  const text = (await openTranscript(config).answer(turn)) ?? '';
  const { prompt: _said, answer: _text, ...facts } = turnDocument(record, turn);
  const document = { text, session_id: record.runId, ...facts };
  if (options.format === 'json') output.document(document);
  else if (options.format === 'jsonl') output.line({ type: 'answer', ...document });
  else showRest(live.rest(text), context);
  if (entry.status !== 'unverified') sayWhy(turn, entry, context);
  exitWith(exitCodeOf(turn, entry));
}

function showRest(text: string, { output }: CommandContext): void {
  if (text !== '') output.result(text);
}

function sayWhy(
  { failure }: SessionTurn,
  { status, reason }: StoryRecord,
  { output }: CommandContext,
): void {
  output.note(
    failure === undefined ? `${status}: ${reason}` : `error[${failure.code}]: ${failure.message}`,
  );
}

/** 0 when it was answered, 2 when an input turned out to be bad, 3 when the infrastructure ended it, else 1. */
function exitCodeOf({ failure }: SessionTurn, { status }: StoryRecord): ExitCode {
  if (status === 'unverified') return 0;
  if (failure === undefined) return 1;
  return failure.exitCode === 2 ? 2 : 3;
}
