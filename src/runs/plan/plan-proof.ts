import { join } from 'node:path';
import type { Config } from '../../config/index.js';
import type { RalphInput } from '../../contracts/index.js';
import type { Prd, SetupNetwork } from '../../domain/index.js';
import type { CommitFiles } from '../../platform/index.js';
import { assertChecksCanStart, assertStepsCanStart } from './check-commands.js';
import { absenceNotes, planAbsence, type AbsentCheck } from './plan-absence.js';
import { planChecks, type CheckFlags } from './plan-checks.js';
import { planSetup } from './plan-setup.js';

/** What the command line says about how stories are proven. */
export interface ProofFlags extends CheckFlags {
  /** As the user wrote it, for messages. */
  readonly prd: string;
  readonly allowRedBaseline?: boolean | undefined;
  /** Set-up commands; false = none. */
  readonly setup?: readonly string[] | false | undefined;
  /** How far set-up commands get; absent = what the configuration says. */
  readonly setupNetwork?: SetupNetwork['mode'] | undefined;
  /** False = nothing that was built on the base is kept. */
  readonly buildCaches?: boolean | undefined;
}

/** Where stories are proven. */
export interface ProofPlace {
  readonly prd: Prd;
  /** Top level of the user's repository. */
  readonly repository: string;
  /** Folder where commands start, relative to it. */
  readonly workdir: string;
  /** The commit that the run starts from: what set-up and checks are detected in. */
  readonly files: CommitFiles;
}

/** How stories will be proven. */
export interface ProofPlan extends Pick<RalphInput, 'checks' | 'setup' | 'notes'> {
  /** Checks that do not exist where the run starts. */
  readonly absent: readonly AbsentCheck[];
}

/**
 * How stories will be proven: dependencies, checks, and everything about them that can be refused now. Throws as
 * {@link planSetup} and {@link planChecks} do, and `ERR_CHECK_SYNTAX`, `ERR_CHECK_COMMAND_MISSING` (exit 2).
 */
export async function planProof(
  flags: ProofFlags,
  config: Config,
  { prd, repository, workdir, files }: ProofPlace,
): Promise<ProofPlan> {
  const { setupNetwork: network, buildCaches } = flags;
  const place = { repository, workdir, files, network, buildCaches };
  const { setup, notes } = await planSetup(flags.setup, config, place);
  const checks = await planChecks(flags, { file: flags.prd, prd, config, workdir, files });
  const cwd = join(repository, workdir);
  const absent = await planAbsence(checks, { files, workdir });
  const isAbsent = new Set(absent.map(({ command }) => command));
  await assertChecksCanStart(checks, cwd, {
    mayLackProgram: ({ command }) => setup.steps.length > 0 || isAbsent.has(command),
  });
  await assertStepsCanStart(prd.stories, cwd);
  return { checks, setup, absent, notes: [...notes, ...absenceNotes(checks, absent)] };
}
