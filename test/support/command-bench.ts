import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { onTestFinished, vi } from 'vitest';
import { presentFailure } from '../../src/cli/failure.js';
import { createOutput } from '../../src/cli/output.js';
import { temporaryFolder } from './temporary-folder.js';

/** How a command ended, with what it wrote. */
export interface CommandEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A home and a folder of its own in which commands are called; nothing in it starts a service. */
export interface CommandBench {
  readonly home: string;
  /** The current folder of the commands. */
  readonly folder: string;
  /** Calls a command as a person would, by the words behind the program's name. */
  readonly run: (...words: readonly string[]) => Promise<CommandEnd>;
}

/** A bench for the commands that `add` puts on a program; `family` = the word before them. */
export async function commandBench(
  add: (parent: Command) => void,
  family?: string,
): Promise<CommandBench> {
  const top = await temporaryFolder();
  const [home, folder] = [join(top, 'home'), join(top, 'work')];
  await mkdir(folder);
  vi.stubEnv('CODETETHER_HOME', home);
  vi.stubEnv('XDG_CONFIG_HOME', join(top, 'config'));
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  onTestFinished(() => {
    process.exitCode = 0;
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  return {
    home,
    folder,
    async run(...words) {
      const written = { out: '', err: '' };
      const keep = (name: keyof typeof written) => (text: unknown) => {
        written[name] += String(text);
        return true;
      };
      vi.spyOn(process.stdout, 'write').mockImplementation(keep('out'));
      vi.spyOn(process.stderr, 'write').mockImplementation(keep('err'));
      process.exitCode = 0;
      try {
        await program(add, family).parseAsync(['node', 'codetether', ...words]);
      } catch (error) {
        const isJson = words.includes('--json');
        process.exitCode = presentFailure(error, createOutput(), { isDebug: false, isJson });
      }
      return { code: Number(process.exitCode), ...written };
    },
  };
}

function program(add: (parent: Command) => void, family: string | undefined): Command {
  const root = new Command('codetether')
    .option('--config <file>')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void process.stderr.write(text) });
  add(family === undefined ? root : root.command(family));
  return root;
}
