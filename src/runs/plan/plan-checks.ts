import { posix } from 'node:path';
import type { Config } from '../../config/index.js';
import { DEFAULTS } from '../../contracts/index.js';
import { InvalidInputError, type Check, type Prd } from '../../domain/index.js';
import type { CommitFiles } from '../../platform/index.js';
import { detectChecks } from '../repository/detect-checks.js';
import { projectFolder } from '../repository/project-folder.js';

/** What the command line says about checks. */
export interface CheckFlags {
  /** `NAME=COMMAND`, as often as wanted. */
  readonly check?: readonly string[] | undefined;
  /** False = `--no-checks`. */
  readonly checks?: boolean | undefined;
}

/** What checks are chosen from, beside the flags. */
export interface CheckSources {
  /** As the user wrote it, for messages. */
  readonly file: string;
  readonly prd: Prd;
  readonly config: Config;
  /** Folder of the PRD, relative to the repository. */
  readonly workdir: string;
  /** The commit that the run starts from. */
  readonly files: CommitFiles;
}

const TIMEOUT_MS = DEFAULTS.checkTimeoutMinutes * 60_000;

/**
 * The checks of a run, from the first source that names any: flags, PRD, configuration, detection. Throws InvalidInputError
 * `ERR_NO_CHECKS` when there is none, unless the user wants none or every open story has verification steps; `ERR_USAGE`.
 */
export async function planChecks(flags: CheckFlags, sources: CheckSources): Promise<Check[]> {
  const { prd, config } = sources;
  const named = (flags.check ?? []).map(parseCheckFlag);
  if (flags.checks === false) {
    if (named.length > 0) throw usage('--check and --no-checks exclude each other', '--no-checks');
    return [];
  }
  if (named.length > 0) return named;
  if (prd.qualityChecks.length > 0)
    return prd.qualityChecks.map((check) => ({ ...check, timeoutMs: TIMEOUT_MS }));
  if (config.checks !== null && config.checks.length > 0) {
    return config.checks.map(({ name, command, timeoutMs }) => ({
      name,
      command,
      timeoutMs: timeoutMs ?? TIMEOUT_MS,
      source: 'config',
    }));
  }
  const detected = await detectInPlace(sources);
  const open = prd.stories.filter((story) => !story.passes);
  if (detected.length > 0 || open.every((story) => story.verificationSteps.length > 0))
    return detected;
  throw new InvalidInputError('ERR_NO_CHECKS', {
    message:
      'the PRD names no quality check and none was found in the repository, so nothing could be proven',
    where: { file: sources.file, field: 'quality_checks' },
    hint: 'name one with --check test="npm test" or "quality_checks": {"test": "npm test"}; --no-checks runs without, and stories end as unverified',
  });
}

/** In the PRD's folder; where that has nothing of its own, at the top of the repository. */
async function detectInPlace({ workdir, files }: CheckSources): Promise<Check[]> {
  const here = await detectChecks(projectFolder(files, workdir));
  const isTop = posix.normalize(workdir) === '.';
  const found =
    here.length > 0 || isTop
      ? here
      : (await detectChecks(projectFolder(files, '.'))).map(({ name, command }) => ({
          name,
          command: `cd ${posix.relative(workdir, '.')} && ${command}`,
        }));
  return found.map((check): Check => ({ ...check, timeoutMs: TIMEOUT_MS, source: 'detected' }));
}

function parseCheckFlag(text: string): Check {
  const match = /^([A-Za-z0-9][\w.-]*)=(.*\S.*)$/s.exec(text);
  const [, name, command] = match ?? [];
  if (name === undefined || command === undefined)
    throw usage(`"${text}" is no check: expected NAME=COMMAND`, '--check');
  return { name, command: command.trim(), timeoutMs: TIMEOUT_MS, source: 'flag' };
}

function usage(message: string, field: string): InvalidInputError {
  return new InvalidInputError('ERR_USAGE', {
    message,
    where: { field },
    hint: 'for example --check test="npm test" --check lint="npm run lint"',
  });
}
