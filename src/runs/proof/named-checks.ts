import { posix } from 'node:path';
import type { Config } from '../../config/index.js';
import { InvalidInputError, shortLine, type Check } from '../../domain/index.js';
import { findExecutable, type CommitFiles } from '../../platform/index.js';
import { firstWord, SHELL_WORDS } from '../plan/check-commands.js';
import { detectChecks } from '../repository/detect-checks.js';
import { projectFolder } from '../repository/project-folder.js';

/** Where names of checks come from. */
export interface CheckPlace {
  readonly config: Pick<Config, 'checks'>;
  /** Folder where checks run, relative to the repository. */
  readonly workdir: string;
  /** The commits, base first: a check that only the head has is a new one. */
  readonly sides: readonly CommitFiles[];
  /** Limit of each check, in milliseconds. */
  readonly timeoutMs: number;
}

const NAME_LIMIT = 60;

/**
 * The checks of a proof: each word is the name of a configured or detected one, else a command line; without any, all that are
 * configured, else detected. Throws InvalidInputError `ERR_NO_CHECKS`, `ERR_CHECK_UNKNOWN`.
 */
export async function namedChecks(words: readonly string[], place: CheckPlace): Promise<Check[]> {
  const known = await knownChecks(place);
  if (words.length === 0) {
    if (known.length > 0) return known;
    throw new InvalidInputError('ERR_NO_CHECKS', {
      message:
        'no check is named, and none was found in the repository, so nothing could be proven',
      where: { field: 'CHECK' },
      hint: 'name one: codetether proof "npm test"',
    });
  }
  const chosen: Check[] = [];
  for (const word of words) {
    const text = word.trim();
    const check = known.find(({ name }) => name === text) ?? asCommand(text, known, place);
    if (chosen.some(({ command }) => command === check.command)) continue;
    const isTaken = chosen.some(({ name }) => name === check.name);
    chosen.push(isTaken ? { ...check, name: `${check.name} (${chosen.length + 1})` } : check);
  }
  return chosen;
}

async function knownChecks({ config, workdir, sides, timeoutMs }: CheckPlace): Promise<Check[]> {
  const configured = (config.checks ?? []).map(({ name, command, timeoutMs: own }): Check => ({
    name,
    command,
    timeoutMs: own ?? timeoutMs,
    source: 'config',
  }));
  if (configured.length > 0) return configured;
  const found = new Map<string, Check>();
  for (const files of sides) {
    for (const { name, command } of await detectIn(files, workdir))
      if (!found.has(name)) found.set(name, { name, command, timeoutMs, source: 'detected' });
  }
  return [...found.values()];
}

/** In the folder; where that has nothing of its own, at the top of the repository. */
async function detectIn(files: CommitFiles, workdir: string): ReturnType<typeof detectChecks> {
  const here = await detectChecks(projectFolder(files, workdir));
  if (here.length > 0 || posix.normalize(workdir) === '.') return here;
  const top = await detectChecks(projectFolder(files, '.'));
  return top.map(({ name, command }) => ({
    name,
    command: `cd ${posix.relative(workdir, '.')} && ${command}`,
  }));
}

function asCommand(text: string, known: readonly Check[], { timeoutMs }: CheckPlace): Check {
  const isOneWord = text !== '' && !/\s/.test(text);
  const program = firstWord(text);
  const isProgram =
    program === undefined || SHELL_WORDS.has(program) || findExecutable(program) !== undefined;
  if (text === '' || (isOneWord && !isProgram)) {
    const names = known.map(({ name }) => name).join(', ');
    throw new InvalidInputError('ERR_CHECK_UNKNOWN', {
      message: `"${text}" is neither a check of this repository nor a program that is installed here`,
      where: { field: 'CHECK' },
      hint: `${names === '' ? '' : `known checks: ${names}; or `}give a command line: codetether proof "npm test"`,
    });
  }
  return { name: shortLine(text, NAME_LIMIT), command: text, timeoutMs, source: 'flag' };
}
