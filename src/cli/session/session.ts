import type { Command } from 'commander';
import { addRalphDiffCommand } from '../ralph/diff.js';
import { addRalphMergeCommand } from '../ralph/merge.js';
import { addCancelCommand } from '../ralph/run-commands.js';
import { addChangeCommands } from './change-commands.js';
import { addFileCommands } from './file-commands.js';
import { addReadingCommands } from './reading-commands.js';

/** Adds the family `codetether session …`. */
export function addSessionCommand(program: Command): void {
  const session = program
    .command('session')
    .description('list, show, export, import, copy, take back and delete sessions')
    .addHelpText(
      'after',
      `
Examples:
  codetether session list
  codetether session show                        the latest one of this repository
  codetether session export ID --format html -o session.html
  codetether session fork ID --at 3
  codetether session rewind ID --to 2 --files
  codetether session merge ID                    what its agent changed, into your branch`,
    );
  addReadingCommands(session);
  addFileCommands(session);
  addChangeCommands(session);
  addCancelCommand(session);
  addRalphDiffCommand(session);
  addRalphMergeCommand(session);
}
