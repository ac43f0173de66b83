import { Argument, type Command } from 'commander';
import { describeProgram } from '../help/describe-program.js';
import { createOutput } from '../output.js';
import { fishScript } from './fish-script.js';
import { bashScript, zshScript } from './shell-script.js';
import { completionRows } from './tables.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

const HELP = `
Commands, options, their choices, and ids of runs are completed. To have it in every shell, put the line into ~/.bashrc or
~/.zshrc (behind compinit); for fish write the script to ~/.config/fish/completions/codetether.fish.

Examples:
  eval "$(codetether completion bash)"
  eval "$(codetether completion zsh)"
  codetether completion fish | source`;

/** Adds `codetether completion`. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', HELP)
    .action((shell: keyof typeof SCRIPTS) => {
      const rows = completionRows(describeProgram(program));
      createOutput().result(SCRIPTS[shell](rows).trimEnd());
    });
}
