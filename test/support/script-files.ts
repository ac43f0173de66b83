import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { userGit, userRepository } from './ralph-bench.js';
import { temporaryFolder } from './temporary-folder.js';

/** A script of a name. */
export const namedScript = (name: string, body = 'return 1;'): string =>
  `export const meta = { name: '${name}', description: 'does ${name}' }\n${body}\n`;

/** Writes a file with the folders around it; gives its path. */
export async function writeFileAt(folder: string, path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

/** A repository, a home of its own for a person, and a configuration with a model. */
export async function scriptFiles() {
  const repository = await userRepository({ 'README.md': '# demo\n' });
  userGit(repository, 'config', 'user.name', 'Ada');
  userGit(repository, 'config', 'user.email', 'ada@example.org');
  const home = await temporaryFolder();
  vi.stubEnv('HOME', home);
  onTestFinished(() => void vi.unstubAllEnvs());
  const config = await loadConfig({ project: repository, environment: { HOME: home } });
  return {
    repository,
    home,
    config,
    /** Writes a script into the repository's own folder. */
    save: (name: string, text = namedScript(name)) =>
      writeFileAt(repository, `.codetether/scripts/${name}.js`, text),
    write: (path: string, text: string) => writeFileAt(repository, path, text),
  };
}
