import { basename, join } from 'node:path';
import { ulid } from 'ulid';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS, type ProofInput } from '../../contracts/index.js';
import {
  detectSandbox,
  readCommitFiles,
  repositoryKey,
  setHostEnvironment,
  type Sandbox,
} from '../../platform/index.js';
import { requireSandbox } from '../../host/index.js';
import { assertChecksCanStart } from '../plan/check-commands.js';
import { absenceNotes, planAbsence } from '../plan/plan-absence.js';
import { FALLBACK_AUTHOR } from '../plan/start-commit.js';
import { planSetup, type PlannedSetup, type SetupPlace } from '../plan/plan-setup.js';
import { findReadPlace, type RepositoryFlags } from '../repository/repository-rules.js';
import { givenCommits, type CommitFlags } from './given-commits.js';
import type { RalphFlags } from '../plan/plan-run.js';
import { namedChecks } from './named-checks.js';

/** What the command line says about a proof; absent = the default. */
export interface ProofRunFlags
  extends
    CommitFlags,
    RepositoryFlags,
    Pick<
      RalphFlags,
      | 'setup'
      | 'setupNetwork'
      | 'buildCaches'
      | 'canaries'
      | 'allowCheckChanges'
      | 'allowRedBaseline'
    > {
  /** Limit of each check, in minutes. */
  readonly timeout?: number | undefined;
}

/** A validated plan; nothing was changed to make it. */
export interface ProofRunPlan {
  readonly workflowId: string;
  readonly input: ProofInput;
  readonly sandbox: Pick<Sandbox, 'level' | 'kinds' | 'reason'>;
}

const MINUTE = 60_000;

/**
 * Lays out the proof of one tree against another. Throws InvalidInputError (exit 2) for a bad repository, commit, check or set-up,
 * and `ERR_SANDBOX_TOO_WEAK` (exit 3).
 */
export async function planProofRun(
  words: readonly string[],
  flags: ProofRunFlags,
  { config, cwd }: { readonly config: Config; readonly cwd: string },
): Promise<ProofRunPlan> {
  setHostEnvironment(processEnvironment());
  const { facts, workdir } = await findReadPlace(flags, cwd);
  const { base, head } = await givenCommits(facts, flags);
  const repository = facts.topLevel;
  const sides = [
    await readCommitFiles(repository, base.commit),
    await readCommitFiles(repository, head.commit),
  ] as const;
  const timeoutMs = (flags.timeout ?? DEFAULTS.checkTimeoutMinutes) * MINUTE;
  const checks = await namedChecks(words, { config, workdir, sides, timeoutMs });
  const { setup, notes } = await setupOf(flags, config, { repository, workdir, sides });
  const absent = await planAbsence(checks, { files: sides[0], workdir });
  const isAbsent = new Set(absent.map(({ command }) => command));
  await assertChecksCanStart(checks, join(repository, workdir), {
    mayLackProgram: ({ command }) => setup.steps.length > 0 || isAbsent.has(command),
  });
  const sandbox = await detectSandbox();
  requireSandbox(sandbox, config.worker);
  const { level, kinds, reason } = sandbox;
  const runId = ulid().toLowerCase();
  const input: ProofInput = {
    runId,
    project: basename(repository),
    repository,
    workdir,
    base: { name: base.name, commit: base.commit },
    head,
    author: facts.identity ?? FALLBACK_AUTHOR,
    checks,
    setup,
    canaries: flags.canaries ?? config.canaries ?? DEFAULTS.canaries,
    allowCheckChanges: flags.allowCheckChanges ?? false,
    allowRedBaseline: flags.allowRedBaseline ?? false,
    notes: [
      ...notes,
      ...absenceNotes(checks, absent),
      ...uncommitted(flags, facts.dirtyFiles.length),
    ],
    waitLimitMs: DEFAULTS.waitLimitHours * 60 * MINUTE,
    hasSearchAttributes: true,
  };
  return {
    workflowId: `proof/${repositoryKey(repository)}/${runId}`,
    input,
    sandbox: { level, kinds, reason },
  };
}

/** As on the base, whose definitions are the measure; a project that has none there yet brings its own. */
async function setupOf(
  flags: ProofRunFlags,
  config: Config,
  {
    sides,
    ...place
  }: Pick<SetupPlace, 'repository' | 'workdir'> & {
    readonly sides: readonly [SetupPlace['files'], SetupPlace['files']];
  },
): Promise<PlannedSetup> {
  const { setupNetwork: network, buildCaches } = flags;
  const [first, second] = sides;
  const planned = await planSetup(flags.setup, config, {
    ...place,
    files: first,
    network,
    buildCaches,
  });
  return planned.setup.source === 'none' && flags.setup === undefined
    ? planSetup(flags.setup, config, { ...place, files: second, network, buildCaches })
    : planned;
}

function uncommitted({ head }: ProofRunFlags, count: number): string[] {
  if (head !== undefined || count === 0) return [];
  return [
    `${count} uncommitted ${count === 1 ? 'file is' : 'files are'} not part of what is proven`,
  ];
}
