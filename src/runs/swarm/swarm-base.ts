import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../../config/index.js';
import type { SwarmInput, SwarmOutline } from '../../contracts/index.js';
import { InvalidInputError, NO_SETUP, type Prd } from '../../domain/index.js';
import { listTreeFiles, readCommitFiles } from '../../platform/index.js';
import { planProof } from '../plan/plan-proof.js';
import { FALLBACK_AUTHOR, startCommit } from '../plan/start-commit.js';
import { findWorkplace, repositoryNotes, type Workplace } from '../repository/repository-rules.js';
import type { SwarmFlags } from './swarm-flags.js';

/** Where a swarm works and how its result is checked. */
export type SwarmBase = Pick<
  SwarmInput,
  | 'repository'
  | 'hasFiles'
  | 'workdir'
  | 'branch'
  | 'baseCommit'
  | 'baseBranch'
  | 'author'
  | 'checks'
  | 'setup'
  | 'notes'
> & {
  readonly outline: SwarmOutline | null;
  readonly dirtyFiles: readonly string[];
};

/** Names that travel with a request for a plan; the run's first message has room for so many. */
const OUTLINE_FILES = 5_000;
const README_LIMIT = 4 * 1024;

/** Lays out where a swarm works: a repository, else nowhere. Throws as `findWorkplace` and `planProof` do, but for a folder without git. */
export async function planSwarmBase(
  flags: SwarmFlags,
  request: {
    readonly config: Config;
    readonly cwd: string;
    readonly branch: string;
    readonly isTable: boolean;
  },
): Promise<SwarmBase> {
  const { config, cwd, branch, isTable } = request;
  const place = isTable ? null : await findRepository(flags, cwd);
  if (place === null)
    return withoutFiles(await realpath(resolve(cwd, flags.repo ?? '.')), branch, isTable);
  const { facts } = place;
  const { base, author, source, files } = await startCommit(place, branch, config);
  const proof = await planProof({ ...flags, prd: '' }, config, {
    prd: NO_PRD,
    repository: facts.topLevel,
    workdir: place.workdir,
    files,
  });
  return {
    repository: facts.topLevel,
    hasFiles: true,
    workdir: place.workdir,
    branch,
    baseCommit: base.commit,
    baseBranch: base.baseBranch,
    author,
    checks: proof.checks,
    setup: proof.setup,
    notes: [
      ...repositoryNotes(place, branch),
      ...proof.notes,
      ...(proof.checks.length === 0
        ? ['no check is known here, so nobody checks the merged result']
        : []),
      ...(facts.dirtyFiles.length === 0
        ? []
        : [`${facts.dirtyFiles.length} uncommitted files are not part of the swarm`]),
    ],
    outline: await outlineOf(source, base.commit),
    dirtyFiles: facts.dirtyFiles.map(({ path }) => path),
  };
}

/** A run without a PRD. */
export const NO_PRD: Prd = {
  format: 'codetether',
  project: '',
  feature: '',
  branchName: '',
  stories: [],
  technicalRequirements: [],
  qualityChecks: [],
  notes: [],
};

/** Null where there is no git repository, which is no fault here. */
async function findRepository(flags: SwarmFlags, cwd: string): Promise<Workplace | null> {
  const here = resolve(cwd, flags.repo ?? '.', 'any');
  try {
    return await findWorkplace(flags, { prdPath: here, cwd });
  } catch (error) {
    const isAbsent = error instanceof InvalidInputError && error.code === 'ERR_NOT_A_REPOSITORY';
    if (isAbsent && flags.repo === undefined) return null;
    throw error;
  }
}

function withoutFiles(folder: string, branch: string, isTable: boolean): SwarmBase {
  return {
    repository: folder,
    hasFiles: false,
    workdir: '.',
    branch,
    baseCommit: '',
    baseBranch: null,
    author: FALLBACK_AUTHOR,
    checks: [],
    setup: NO_SETUP,
    notes: isTable ? [] : ['there is no git repository here: agents answer, and have no files'],
    outline: null,
    dirtyFiles: [],
  };
}

/** What a model that plans is shown of a commit: names of files, and the README. */
export async function outlineOf(source: string, commit: string): Promise<SwarmOutline> {
  const files = await readCommitFiles(source, commit);
  const all = await listTreeFiles(source, commit);
  const name = files.paths.find((path) => /^readme(?:\.(?:md|txt|rst|adoc))?$/i.test(path));
  const readme = name === undefined ? '' : ((await files.read(name)) ?? '');
  return {
    files: all.slice(0, OUTLINE_FILES),
    fileCount: all.length,
    readme: readme.slice(0, README_LIMIT),
  };
}
