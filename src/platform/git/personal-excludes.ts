import { homedir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../../domain/index.js';
import { hostEnvironment } from '../process/host-environment.js';
import { readBounded } from '../light/bounded-file.js';
import { openUserRepository } from './user-repository.js';

/** Ignore patterns beyond this are no work of people. */
const LARGEST_EXCLUDES = 256 * 1024;

/** Patterns of the person's `core.excludesFile` and of the repository's `info/exclude`, the stronger last. */
export async function readPersonalExcludes(topLevel: string): Promise<string> {
  const repository = await openUserRepository(topLevel);
  const own = join(repository.commonDir, 'info', 'exclude');
  const paths = [await personalExcludesFile(topLevel), own];
  const texts = await Promise.all(paths.map((path) => patternsOf(path)));
  return texts.map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)).join('');
}

/**
 * Path of the person's `core.excludesFile`, whether it is there or not. Read file by file: the engine's git takes nobody's configuration, and
 * asks nobody who owns the repository. Throws `ERR_GIT_FAILED` outside of a repository.
 */
export async function personalExcludesFile(topLevel: string): Promise<string> {
  const { git } = await openUserRepository(topLevel);
  const host = hostEnvironment();
  const home = host['HOME'] ?? homedir();
  const xdg = join(host['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'git');
  const global = [join(home, '.gitconfig'), join(xdg, 'config')];
  for (const source of [['--local'], ...global.map((path) => ['--file', path, '--includes'])]) {
    const answer = await git.run(
      ['config', ...source, '--type=path', '--get', 'core.excludesFile'],
      { accept: [1, 128], env: { HOME: home } },
    );
    const path = answer.stdout.toString('utf8').trim();
    if (answer.exitCode === 0 && path !== '') return path;
  }
  return join(xdg, 'ignore');
}

/** Nothing where there is no such file, or none that git would read either. */
async function patternsOf(path: string): Promise<string> {
  try {
    return await readBounded(path, LARGEST_EXCLUDES);
  } catch (error) {
    if (error instanceof InvalidInputError || (error instanceof Error && 'code' in error))
      return '';
    throw error;
  }
}
