import type { Command } from 'commander';
import { createContext } from '../context.js';
import { findRunById } from './find-run.js';

interface DiffOptions {
  readonly stat?: boolean;
  readonly json?: boolean;
}

type DiffArguments = [
  run: string,
  story: string | undefined,
  options: DiffOptions,
  command: Command,
];

/** Adds `ralph diff`. */
export function addRalphDiffCommand(ralph: Command): void {
  ralph
    .command('diff')
    .description('what a run changed, or one of its stories; the run may still be open')
    .argument('<run>', 'run id')
    .argument('[story]', 'one story alone')
    .option('--stat', 'files and counts instead of the changes')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  codetether ${ralph.name()} diff 01hx3v6m2q8w0c5r7t9y1z3b5d --stat
  codetether ${ralph.name()} diff 01hx3v6m2q8w0c5r7t9y1z3b5d US-002`,
    )
    .action(async (...[run, story, , command]: DiffArguments) => {
      // A family whose own command has options of the same names takes them first.
      const options = command.optsWithGlobals<DiffOptions>();
      const context = await createContext(command);
      const { output } = context;
      const record = await findRunById(context, run);
      const { diffRun } = await import('../../runs/index.js');
      const isJson = options.json === true;
      const diff = await diffRun(context.config.home, {
        record,
        story,
        isStat: options.stat === true,
        isColoured: output.isTerminal && !isJson,
      });
      if (!isJson) {
        if (diff.text !== '') output.raw(diff.text.trimEnd());
        else output.note('no changes');
        return;
      }
      output.document({
        run_id: record.runId,
        story: story ?? null,
        from_commit: diff.from,
        to_commit: diff.to,
        files: diff.files.map(({ path, addedLines, removedLines }) => ({
          path,
          added_lines: addedLines,
          removed_lines: removedLines,
        })),
        ...(options.stat === true ? {} : { patch: diff.text }),
      });
    });
}
