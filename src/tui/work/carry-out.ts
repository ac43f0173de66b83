import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  formatModelReference,
  InvalidInputError,
  parseModelReference,
  runSpending,
  sessionStanding,
  visibleLine,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import { formatUsd, sessionMarkdown } from '../../report/index.js';
import type { SessionRecord } from '../../runs/index.js';
import { isThemeName, THEMES, type Theme } from '../screen/theme.js';
import { COMMANDS } from '../state/commands.js';
import type { Action } from '../state/keys.js';
import type { Message } from '../state/message.js';
import type { Block, ViewState } from '../state/view-state.js';
import { note } from '../state/work.js';
import { writeInEditor } from './person-programs.js';
import type { TuiOptions } from './ports.js';
import { menuOf } from './search.js';
import type { SessionDesk } from './session-desk.js';
import { startRun, type StartedBy } from './runs.js';

/** What commands work with. */
export interface CommandDesk {
  readonly options: TuiOptions;
  readonly desk: SessionDesk;
  readonly keys: Readonly<Record<string, Action>>;
  view(): ViewState;
  take(message: Message): void;
  setTheme(theme: Theme): void;
  /** Shows a run until it has ended. */
  follow(ids: { readonly runId: string; readonly workflowId: string }): void;
  /** Lends the terminal to another program. */
  lend<Result>(work: () => Promise<Result>): Promise<Result>;
  quit(): void;
}

type Handler = (desk: CommandDesk, given: string) => void | Promise<void>;

/** Carries out one command of a person. Throws what it refuses. */
export async function carryOut(desk: CommandDesk, name: string, given: string): Promise<void> {
  const handler = HANDLERS.get(name);
  if (handler !== undefined) return handler(desk, given);
  throw new InvalidInputError('ERR_SCREEN_COMMAND', {
    message: `there is no command /${name}`,
    hint: '/help lists them',
  });
}

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['help', showHelp],
  ['sessions', listHere],
  ['resume', resumeOne],
  ['new', ({ desk }) => desk.leave()],
  ['model', chooseModel],
  ['agent', chooseAgent],
  ['say', ({ desk }, given) => desk.tell(given)],
  ['cost', showCost],
  ['diff', showDiff],
  ['undo', undo],
  ['editor', openEditor],
  ['export', exportHere],
  ['theme', chooseTheme],
  ['ralph', (desk, given) => start(desk, { command: 'ralph', given })],
  ['swarm', (desk, given) => start(desk, { command: 'swarm', given })],
  ['rlm', (desk, given) => start(desk, { command: 'rlm', given })],
  ['script', (desk, given) => start(desk, { command: 'script', given })],
  ['view', toggleBoard],
  ['quit', (desk) => desk.quit()],
]);

function show(desk: CommandDesk, ...blocks: readonly Block[]): void {
  desk.take({ kind: 'blocks', blocks });
}

function showHelp(desk: CommandDesk): void {
  const rows = COMMANDS.map(
    ({ name, given, about }) => `  ${`/${name} ${given}`.padEnd(26)} ${about}`,
  );
  const byAction = new Map<string, string[]>();
  for (const [key, action] of Object.entries(desk.keys))
    byAction.set(action, [...(byAction.get(action) ?? []), key]);
  const keys = [...byAction].map(([action, names]) => `  ${action.padEnd(18)} ${names.join(', ')}`);
  const text = [
    'Commands',
    ...rows,
    '',
    'In a message',
    '  @file                      attach a text file',
    '  !command                   run it in your shell; its output goes along with the next message',
    '  \\ at the end of a line     goes on in the next line',
    '',
    'Keys',
    ...keys,
  ];
  show(desk, { kind: 'output', text: text.join('\n') });
}

async function listHere(desk: CommandDesk): Promise<void> {
  const { config, cwd } = desk.options;
  const { lastWordAt, listSessions, sessionPlace } = await import('../../runs/index.js');
  const { sessions } = await listSessions(config, await sessionPlace(cwd));
  const entries = sessions.map((record) => ({
    value: `/resume ${record.runId}`,
    label: `${record.feature} (${record.runId.slice(-8)})`,
    detail: `${lastWordAt(record).slice(0, 16)}, ${sessionStanding(record.session).path.length} messages, ${record.session.agent ?? 'chat'}`,
  }));
  if (entries.length === 0) show(desk, note('no sessions here yet'));
  desk.take({ kind: 'menu', menu: menuOf('sessions', entries, '') });
}

async function resumeOne(desk: CommandDesk, given: string): Promise<void> {
  const { config, cwd } = desk.options;
  const { findSession, isOf, latestSession, sessionPlace } = await import('../../runs/index.js');
  const place = await sessionPlace(cwd);
  const record =
    given === '' ? await latestSession(config, place) : await findSession(config, given);
  if (!isOf(record, place)) throw elsewhere(record);
  await desk.desk.resume(record);
}

/** Nothing may be said in it from here: its agent works on another repository. */
export function elsewhere({ runId, repository, session }: SessionRecord): InvalidInputError {
  return new InvalidInputError('ERR_SESSION_ELSEWHERE', {
    message: `session ${runId} belongs to ${repository}`,
    hint: `cd ${session.folder} && codetether tui, then /resume ${runId}`,
  });
}

function chooseModel(desk: CommandDesk, given: string): void {
  if (given === '') {
    show(desk, note(`the model is ${desk.view().model}; /model PROVIDER/MODEL takes another`));
    return;
  }
  const model = formatModelReference(parseModelReference(given));
  desk.desk.choices.model = model;
  desk.take({ kind: 'model', model });
}

function chooseAgent(desk: CommandDesk, given: string): void {
  if (given === '') {
    show(desk, note(`${desk.view().agent} answers; /agent NAME is for the next new session`));
    return;
  }
  desk.desk.choices.agent = given === 'chat' ? undefined : given;
  if (desk.desk.session === null) desk.take({ kind: 'agent', agent: given });
  else show(desk, note(`a session keeps its agent; ${given} answers in the next one: /new`));
}

async function showCost(desk: CommandDesk): Promise<void> {
  const { modelCalls, repeatedModelCalls, usage, costMicroUsd } = runSpending(
    await desk.desk.record(),
  );
  const repeated = repeatedModelCalls === 0 ? '' : `, ${repeatedModelCalls} repeated`;
  const cost = costMicroUsd === null ? 'unknown' : formatUsd(costMicroUsd);
  show(
    desk,
    note(
      `${modelCalls} model calls${repeated}, ${usage.inputTokens} tokens in, ${usage.outputTokens} out, cost ${cost}`,
      'plain',
    ),
  );
}

async function showDiff(desk: CommandDesk): Promise<void> {
  const record = await desk.desk.record();
  if (record.session.access === 'chat') {
    show(desk, note('a chat changes no files'));
    return;
  }
  const { home } = desk.options.config;
  const { diffRun } = await import('../../runs/index.js');
  const { text } = await diffRun(home, { record, isStat: false, isColoured: false });
  show(desk, text.trim() === '' ? note('nothing is changed') : { kind: 'diff', text });
}

async function undo(desk: CommandDesk): Promise<void> {
  const text = await desk.desk.undo();
  if (desk.view().editor.text === '') desk.take({ kind: 'editor', text });
}

async function openEditor(desk: CommandDesk): Promise<void> {
  const { options } = desk;
  const text = await writeInEditor(desk.view().editor.text, options, (work) => desk.lend(work));
  desk.take({ kind: 'editor', text });
}

async function exportHere(desk: CommandDesk, given: string): Promise<void> {
  const { config, cwd } = desk.options;
  const record = await desk.desk.record();
  const { openTranscript } = await import('../../runs/index.js');
  const reader = openTranscript(config);
  const said = [];
  for (const turn of sessionStanding(record.session).path)
    said.push({ turn, prompt: await reader.prompt(turn), answer: await reader.answer(turn) });
  const file = given === '' ? `session-${record.runId.slice(-8)}.md` : given;
  try {
    const text = redactText(sessionMarkdown(record, said));
    await writeFile(resolve(cwd, file), text, { flag: 'wx' });
  } catch (cause) {
    throw new InvalidInputError('ERR_OUTPUT_FILE', {
      message: `${file} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'name a file that does not exist yet',
      cause,
    });
  }
  show(desk, note(`${visibleLine(file)} written`, 'good'));
}

function chooseTheme(desk: CommandDesk, given: string): void {
  if (isThemeName(given)) desk.setTheme(THEMES[given]);
  else show(desk, note(`themes: ${Object.keys(THEMES).join(', ')}`));
}

/** What has to stand behind a command that starts a run. */
const NEEDED: Partial<Record<StartedBy['command'], string>> = {
  swarm: 'TASK',
  rlm: 'QUESTION',
  script: 'NAME [JSON]',
};

async function start(desk: CommandDesk, started: StartedBy): Promise<void> {
  const needed = NEEDED[started.command];
  if (started.given === '' && needed !== undefined)
    throw new InvalidInputError('ERR_USAGE', {
      message: `/${started.command} needs words behind it`,
      hint: `/${started.command} ${needed}`,
    });
  show(desk, note(`starting codetether ${started.command} …`));
  desk.follow(await startRun(started, desk.options));
}

function toggleBoard(desk: CommandDesk): void {
  desk.take({ kind: 'typed', typed: { kind: 'key', name: 'f2' } });
}
