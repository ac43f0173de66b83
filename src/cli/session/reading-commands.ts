import type { Command } from 'commander';
import { movedSince, sessionStanding } from '../../domain/index.js';
import { sessionDocument, sessionScreen, turnDocument, type SaidTurn } from '../../report/index.js';
import type { SessionRecord } from '../../runs/index.js';
import { createContext, type CommandContext } from '../context.js';
import { formatTable } from '../output.js';
import { chosenSession } from './chosen-session.js';

interface ListOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

const ID = '01hx3v6m2q8w0c5r7t9y1z3b5d';

/** Adds `session list` and `session show`. */
export function addReadingCommands(session: Command): void {
  session
    .command('list')
    .description('the sessions of this repository, the latest first')
    .option('--all', 'those of every repository and folder')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether session list\n  codetether session list --all --json',
    )
    .action(async (options: ListOptions, command: Command) => {
      await list(options, await createContext(command));
    });
  session
    .command('show')
    .description('what was said in a session')
    .argument('[session]', 'session id (default: the latest one of this repository)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nExamples:\n  codetether session show\n  codetether session show ${ID} --json`,
    )
    .action(async (id: string | undefined, options: ListOptions, command: Command) => {
      const context = await createContext(command);
      await show(await chosenSession(context, id), options, context);
    });
}

async function list({ all, json }: ListOptions, { config, output }: CommandContext): Promise<void> {
  const { lastWordAt, listSessions, sessionPlace } = await import('../../runs/index.js');
  const place = all === true ? null : await sessionPlace(process.cwd());
  const { sessions, unreadable } = await listSessions(config, place);
  for (const file of unreadable) output.note(`warning: ${file} cannot be read; left out`);
  if (json === true) {
    output.document({ sessions: sessions.map((record) => sessionDocument(record)) });
    return;
  }
  if (sessions.length === 0) {
    output.result(
      all === true
        ? 'no sessions yet (begin one with: codetether run "MESSAGE")'
        : 'no sessions here yet (codetether session list --all shows those of other repositories)',
    );
    return;
  }
  const rows = sessions.map((record) => [
    record.runId,
    lastWordAt(record).slice(0, 19),
    String(sessionStanding(record.session).path.length),
    record.session.agent ?? 'chat',
    stateOf(record),
    ...(all === true ? [record.repository] : []),
    record.feature,
  ]);
  const head = ['SESSION', 'LAST', 'PROMPTS', 'AGENT', 'STATE', ...(all === true ? ['WHERE'] : [])];
  output.result(formatTable([[...head, 'WHAT'], ...rows]));
}

/** Where the repository stood at the last prompt, while nothing is worked on. */
function stateOf({ session, status, endedAt }: SessionRecord): string {
  if (endedAt === null) return status;
  const git = sessionStanding(session).all.at(-1)?.git ?? null;
  if (git === null) return 'waits';
  return `${git.branch ?? 'detached'}@${git.head?.slice(0, 8) ?? ''}${git.dirtyFiles === 0 ? '' : '*'}`;
}

async function show(
  record: SessionRecord,
  { json }: ListOptions,
  { config, output }: CommandContext,
): Promise<void> {
  const { gitStateAt } = await import('../../runs/index.js');
  const said = await saidIn(config, record);
  if (json === true) {
    const { all } = sessionStanding(record.session);
    const texts = new Map(said.map((one) => [one.turn.number, one]));
    output.document({
      ...sessionDocument(record),
      prompts: all.map((turn) => ({
        ...turnDocument(record, turn, texts.get(turn.number)),
        in_conversation: texts.has(turn.number),
      })),
    });
    return;
  }
  output.result(sessionScreen(record, said));
  const last = sessionStanding(record.session).all.at(-1);
  const now = last === undefined || last.git === null ? null : await gitStateAt(record.repository);
  for (const moved of movedSince(last?.git ?? null, now)) output.note(`warning: ${moved}`);
}

/** What was said in the turns that no rewind took back. */
export async function saidIn(
  config: CommandContext['config'],
  record: SessionRecord,
): Promise<SaidTurn[]> {
  const { openTranscript } = await import('../../runs/index.js');
  const reader = openTranscript(config);
  const said: SaidTurn[] = [];
  for (const turn of sessionStanding(record.session).path)
    said.push({ turn, prompt: await reader.prompt(turn), answer: await reader.answer(turn) });
  return said;
}
