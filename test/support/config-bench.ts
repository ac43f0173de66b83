import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { commandBench, type CommandBench } from './command-bench.js';

/** A bench for commands about the configuration. */
export interface ConfigBench extends CommandBench {
  readonly userFile: string;
  readonly projectFile: string;
  readonly write: (path: string, text: string) => Promise<void>;
}

/** A {@link commandBench} with the files that count there; `family` = the word before the commands. */
export async function configBench(
  add: (parent: Command) => void,
  family?: string,
): Promise<ConfigBench> {
  const made = await commandBench(add, family);
  return {
    ...made,
    userFile: join(made.home, '../config/codetether-agent/config.toml'),
    projectFile: join(made.folder, 'codetether.toml'),
    async write(path, text) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    },
  };
}
