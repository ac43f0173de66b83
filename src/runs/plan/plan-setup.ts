import { stat } from 'node:fs/promises';
import { posix, relative, resolve, sep } from 'node:path';
import type { Config } from '../../config/index.js';
import { DEFAULTS } from '../../contracts/index.js';
import {
  InvalidInputError,
  type DetectedCaches,
  detectCaches,
  NO_SETUP,
  type SetupNetwork,
  type SetupStep,
  type WorkspaceSetup,
} from '../../domain/index.js';
import { findExecutable, isWithin, pathExists, type CommitFiles } from '../../platform/index.js';
import { planNetwork } from '../egress/plan-network.js';
import { assertCommandStarts } from './check-commands.js';
import { detectSetup } from '../repository/detect-setup.js';
import { projectFolder } from '../repository/project-folder.js';

/** Where and for what a set-up is planned. */
export interface SetupPlace {
  /** Top level of the user's repository. */
  readonly repository: string;
  /** Folder of the PRD, relative to it. */
  readonly workdir: string;
  /** The commit that the run starts from. */
  readonly files: CommitFiles;
  /** `--setup-network`. */
  readonly network?: SetupNetwork['mode'] | undefined;
  /** `--no-build-caches`. */
  readonly buildCaches?: boolean | undefined;
}

/** A set-up and what people should know of it. */
export interface PlannedSetup {
  readonly setup: WorkspaceSetup;
  readonly notes: readonly string[];
}

/**
 * How lanes will get their dependencies: the flags' commands, else the configuration's, else detected by lock files in the
 * repository's top level and the PRD's folder. Throws InvalidInputError (exit 2) `ERR_SETUP_COMMAND_MISSING`,
 * `ERR_SETUP_SYNTAX`, `ERR_SETUP_COPY`, `ERR_SETUP_FOLDER`.
 */
export async function planSetup(
  flag: readonly string[] | false | undefined,
  config: Config,
  place: SetupPlace,
): Promise<PlannedSetup> {
  const { copy, share, extraDirs } = config.workspace;
  const timeoutMs = config.workspace.setupTimeoutMs ?? DEFAULTS.setupTimeoutMinutes * 60_000;
  const { source, steps, notes } = await chooseSteps(flag, config, place);
  const complete = steps.map((step): SetupStep => ({ ...step, timeoutMs }));
  for (const step of complete) {
    await assertCommandStarts(step.command, place.repository, {
      syntaxCode: 'ERR_SETUP_SYNTAX',
      missingCode: 'ERR_SETUP_COMMAND_MISSING',
      what: `set-up command ${step.name}`,
      field: 'workspace.setup',
      advice: 'name another command with --setup CMD, or leave set-up out with --no-setup',
    });
  }
  for (const path of copy) await assertCopy(path, place);
  for (const [field, folders] of Object.entries({ share, extra_dirs: extraDirs })) {
    for (const folder of folders) await assertFolder(folder, `workspace.${field}`, config.home);
  }
  const { submoduleHosts } = config.workspace;
  const setup = { source, steps: complete, copy: [...copy], share: [...share] };
  const { caches, missing } = planCaches(place, config);
  const planned = {
    ...NO_SETUP,
    ...setup,
    ...(caches.length === 0 ? {} : { caches: [...caches] }),
    extraDirs: [...extraDirs],
    ...(submoduleHosts === undefined ? {} : { submoduleHosts: [...submoduleHosts] }),
  };
  const allNotes = [...notes, ...missing.map(noteMissing)];
  if (complete.length === 0) return { setup: planned, notes: allNotes };
  const network = await planNetwork(config, {
    steps: complete,
    files: place.files,
    flag: place.network,
  });
  return { setup: { ...planned, network }, notes: allNotes };
}

/** What builds leave on the base is kept for the proofs, unless that is switched off. */
function planCaches(
  { files, buildCaches }: SetupPlace,
  { workspace: { caches: chosen } }: Config,
): DetectedCaches {
  if (buildCaches === false) return { caches: [], missing: [] };
  const isThere = (program: string): boolean => findExecutable(program) !== undefined;
  const { caches, missing } = detectCaches(files.paths, isThere);
  if (chosen === undefined) return { caches, missing };
  const isChosen = (tool: string): boolean => chosen.includes(tool);
  return {
    caches: caches.filter(({ tool }) => isChosen(tool)),
    missing: missing.filter(isChosen),
  };
}

function noteMissing(program: string): string {
  return `${program} is not installed: each proof compiles what the repository holds anew`;
}

interface ChosenSteps {
  readonly source: WorkspaceSetup['source'];
  readonly steps: readonly Omit<SetupStep, 'timeoutMs'>[];
  readonly notes: readonly string[];
}

async function chooseSteps(
  flag: readonly string[] | false | undefined,
  config: Config,
  { workdir, files }: SetupPlace,
): Promise<ChosenSteps> {
  const named = flag === false ? [] : (flag ?? config.workspace.setup);
  if (named !== null) {
    const source = named.length === 0 ? 'none' : flag === undefined ? 'config' : 'flag';
    const steps = named.map((command) => ({
      name: command,
      command,
      folder: workdir,
      lockFiles: [],
    }));
    return { source, steps, notes: [] };
  }
  const folders = [...new Set(['.', posix.normalize(workdir)])];
  const found = await Promise.all(
    folders.map((folder) => detectSetup(projectFolder(files, folder))),
  );
  const steps = found.flatMap((part) => part.steps);
  return {
    source: steps.length === 0 ? 'none' : 'detected',
    steps,
    notes: found.flatMap((part) => part.notes),
  };
}

async function assertCopy(path: string, { repository, files }: SetupPlace): Promise<void> {
  const inside = relative(repository, resolve(repository, path)).split(sep).join('/');
  const reason =
    inside === '' || inside === '..' || inside.startsWith('../') || posix.isAbsolute(path)
      ? 'it is no path inside the repository'
      : files.paths.some((file) => file === inside || file.startsWith(`${inside}/`))
        ? 'git tracks it, so that every lane has it already'
        : (await pathExists(resolve(repository, path)))
          ? undefined
          : 'there is no such file in your checkout';
  if (reason === undefined) return;
  throw new InvalidInputError('ERR_SETUP_COPY', {
    message: `cannot copy ${path} into the lanes: ${reason}`,
    where: { file: path, field: 'workspace.copy' },
    hint: 'correct [workspace] copy in the configuration: paths of ignored files, relative to the repository',
  });
}

async function assertFolder(folder: string, field: string, home: string): Promise<void> {
  const facts = await stat(folder).catch(() => undefined);
  const isAround = isWithin(folder, home) || isWithin(home, folder);
  const reason = isAround
    ? 'it holds, or lies in, the state of CodeTether, which commands must not see'
    : facts?.isDirectory() === true
      ? undefined
      : 'there is no such folder';
  if (reason === undefined) return;
  throw new InvalidInputError('ERR_SETUP_FOLDER', {
    message: `commands cannot be given the folder ${folder}: ${reason}`,
    where: { file: folder, field },
    hint: 'create the folder, or correct the path in your configuration file',
  });
}
