import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { InvalidInputError, type RewoundPart } from '../../domain/index.js';
import type { SessionRecord } from '../../runs/index.js';
import { createContext } from '../context.js';
import { withGateway } from '../ralph/run-access.js';
import { chosenSession } from './chosen-session.js';

interface JsonOption {
  readonly json?: boolean;
}

interface RewindOptions extends JsonOption {
  readonly to: number;
  readonly conversation?: boolean;
  readonly files?: boolean;
  readonly both?: boolean;
}

const ID = '01hx3v6m2q8w0c5r7t9y1z3b5d';
const MOST_TURNS = 1_000_000;

/** Adds `session fork`, `rewind` and `delete`. */
export function addChangeCommands(session: Command): void {
  addForkCommand(session);
  addRewindCommand(session);
  session
    .command('delete')
    .description('delete a session with its branch, lane and events; what was merged stays')
    .argument('<session>', 'session id')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nExample:\n  codetether session delete ${ID}`)
    .action(async (id: string, options: JsonOption, command: Command) => {
      const context = await createContext(command);
      const record = await chosenSession(context, id);
      const { deleteSession } = await import('../../runs/index.js');
      const { branches, notes } = await deleteSession(context.config, record);
      for (const note of notes) context.output.note(`note: ${note}`);
      if (options.json === true)
        context.output.document({ session_id: id, status: 'deleted', branches, notes });
      else
        context.output.result(
          `${id} is deleted${branches.length === 0 ? '' : `, with ${branches.join(', ')}`}`,
        );
    });
}

function addForkCommand(session: Command): void {
  session
    .command('fork')
    .description('a copy of a session that goes its own way, with the files of that prompt')
    .argument('[session]', 'session id (default: the latest one of this repository)')
    .option('--at <prompt>', 'behind this prompt (default: the last)', parseTurn)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nExamples:\n  codetether session fork\n  codetether session fork ${ID} --at 3`,
    )
    .action(
      async (
        id: string | undefined,
        options: JsonOption & { readonly at?: number },
        command: Command,
      ) => {
        const context = await createContext(command);
        const record = await chosenSession(context, id);
        const { forkSession } = await import('../../runs/index.js');
        const fork = await forkSession(context.config, { record, at: options.at });
        const at = fork.session.forkOf?.at ?? 0;
        if (options.json === true)
          context.output.document({ session_id: fork.runId, fork_of: record.runId, turn: at });
        else
          context.output.result(
            `${fork.runId}\na copy of ${record.runId} behind prompt ${at}; go on with: codetether run -s ${fork.runId} "…"`,
          );
      },
    );
}

function addRewindCommand(session: Command): void {
  session
    .command('rewind')
    .description('go on behind an earlier prompt: its conversation, its files, or both')
    .argument('<session>', 'session id')
    .requiredOption('--to <prompt>', 'number of the prompt; 0 = before the first', parseTurn)
    .option('--conversation', 'the conversation alone; files stay')
    .option('--files', 'the files alone, as a commit on top; the conversation goes on')
    .option('--both', 'conversation and files (the default where the session changes files)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nExamples:\n  codetether session rewind ${ID} --to 2\n  codetether session rewind ${ID} --to 0 --files`,
    )
    .action(async (id: string, options: RewindOptions, command: Command) => {
      const context = await createContext(command);
      const record = await chosenSession(context, id);
      const what = partOf(record, options);
      const request = { messageId: `rewind-${Date.now()}-${process.pid}`, to: options.to, what };
      const said = await withGateway(context, (gateway, { hasSearchAttributes }) => {
        const input = { runId: record.runId, opening: null, hasSearchAttributes };
        return gateway.rewindSession(input, request);
      });
      if (options.json === true)
        context.output.document({ session_id: id, turn: options.to, what, status: 'rewound' });
      else context.output.result(said);
    });
}

function partOf(record: SessionRecord, options: RewindOptions): RewoundPart {
  const named = (['conversation', 'files', 'both'] as const).filter(
    (part) => options[part] === true,
  );
  if (named.length > 1)
    throw new InvalidInputError('ERR_USAGE', {
      message: `${named.map((part) => `--${part}`).join(' and ')} exclude each other`,
      where: { field: `--${named[1] ?? ''}` },
      hint: 'name one of them; --both takes conversation and files back',
    });
  return named[0] ?? (record.session.access === 'write' ? 'both' : 'conversation');
}

/** The number of a prompt; 0 = before the first. */
function parseTurn(text: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number < MOST_TURNS) return number;
  throw new InvalidArgumentError('expected the number of a prompt, from 0');
}
