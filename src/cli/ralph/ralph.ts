import type { Command } from 'commander';
import { addRalphDiffCommand } from './diff.js';
import { addRalphDiscardCommand } from './discard.js';
import { addRalphMergeCommand } from './merge.js';
import { addRalphCreateCommand, addRalphValidateCommand } from './prd-commands.js';
import { addReportCommand } from './report.js';
import { addCancelCommand, addRalphStatusCommand } from './run-commands.js';
import { addRalphRunCommand } from './run.js';
import { addSteeringCommands } from './steering-commands.js';

/** Adds the family `codetether ralph …`. */
export function addRalphCommand(program: Command): void {
  const ralph = program
    .command('ralph')
    .description('PRD-driven agent loop: story by story, proven by checks, committed')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether ralph run -p prd.json\n  codetether ralph validate -p prd.json',
    );
  addRalphRunCommand(ralph);
  addRalphStatusCommand(ralph);
  addRalphValidateCommand(ralph);
  addRalphCreateCommand(ralph);
  addReportCommand(ralph);
  addRalphDiffCommand(ralph);
  addRalphMergeCommand(ralph);
  addRalphDiscardCommand(ralph);
  addCancelCommand(ralph);
  addSteeringCommands(ralph);
}
