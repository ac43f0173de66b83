import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidInputError } from '../../domain/index.js';
import { createContext, exitWith, type CommandContext } from '../context.js';
import { openService } from '../ralph/run-access.js';

interface TuiFlags {
  readonly session?: string;
}

const HELP = `
Examples:
  codetether                       in the folder where you are
  codetether tui ~/src/project
  codetether tui --session 01hx3v6m2q8w0c5r7t9y1z3b5d

/help lists commands and keys. What is at work goes on when you leave, when the terminal is closed, and after a crash.`;

/** Adds `codetether tui`. */
export function addTuiCommand(program: Command): void {
  program
    .command('tui')
    .description('talk to an agent on the terminal, and follow runs')
    .argument('[project]', 'folder to work in (default: this one)')
    .option('--session <id>', 'go on with this session')
    .addHelpText('after', HELP)
    .action(async (project: string | undefined, { session }: TuiFlags, self: Command) => {
      requireTerminal();
      const cwd = folderOf(project);
      await show(await createContext(self, { project: cwd }), { cwd, session });
    });
}

/** Before anything is loaded or started. */
function requireTerminal(): void {
  if (process.stdin.isTTY && process.stdout.isTTY) return;
  throw new InvalidInputError('ERR_NO_TERMINAL', {
    message: 'standard input and output are no terminal',
    hint: 'on a terminal: codetether tui; without one: codetether run "MESSAGE"',
  });
}

function folderOf(project: string | undefined): string {
  const folder = resolve(project ?? '.');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new InvalidInputError('ERR_USAGE', {
    message: `${folder} is no folder`,
    where: { field: 'PROJECT' },
    hint: 'codetether tui FOLDER',
  });
}

async function show(
  context: CommandContext,
  { cwd, session }: { readonly cwd: string; readonly session: string | undefined },
): Promise<void> {
  const { runTui } = await import('../../tui/entry.js');
  const { processEnvironment } = await import('../../config/index.js');
  const { config: configFile, temporalCli } = context.globals;
  exitWith(
    await runTui({
      config: context.config,
      cwd,
      environment: processEnvironment(),
      stdin: process.stdin,
      stdout: process.stdout,
      connect: (onProgress) => openService(context, onProgress),
      program: [
        process.execPath,
        process.argv[1] ?? '',
        ...(configFile === undefined ? [] : ['--config', configFile]),
        ...(temporalCli === undefined ? [] : ['--temporal-cli', temporalCli]),
      ],
      session,
    }),
  );
}
