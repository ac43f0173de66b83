import {
  describeSetupFailure,
  isAcceptable,
  newFailures,
  type Baseline,
  type Evidence,
  type SetupFailure,
} from '../../domain/index.js';
import type { WorkspaceFolders } from '../../platform/index.js';
import type { RalphWork } from '../workspace/dependencies.js';
import { failuresOf } from './proof-rounds.js';

const TAIL_LIMIT = 4 * 1024;
const NEW_FAILURES_LIMIT = 20;

/** What a proof saw, for the agent of the next attempt. */
export interface SeenInProof {
  readonly evidence: readonly Evidence[];
  /** Why green checks are not enough. */
  readonly reasons: readonly string[];
  readonly baseline: Baseline | null;
  readonly proofLane: WorkspaceFolders;
}

/** What failed, with the end of each output and the failures that the base did not have. */
export async function describeFailure(work: RalphWork, seen: SeenInProof): Promise<string> {
  const parts: string[] = [];
  for (const item of seen.evidence.filter((candidate) => !isAcceptable(candidate))) {
    if (item.absence !== undefined) {
      parts.push(describeGone(item, item.absence.why));
      continue;
    }
    const output = await work.dependencies.blobs.getText(item.output);
    const kind = item.kind === 'verification' ? 'Verification step' : 'Check';
    const end = item.isTimedOut
      ? 'did not end within its time limit'
      : `ended with exit code ${item.exitCode ?? 'none (killed)'}`;
    const how =
      item.definitions === 'base'
        ? ' (run with the tests and check scripts as they were before your change)'
        : '';
    parts.push(
      `${kind} ${item.check}${how}: \`${item.command}\` ${end}. End of its output:\n${output.slice(-TAIL_LIMIT)}${await freshFailures(work, item, seen)}`,
    );
  }
  parts.push(...seen.reasons);
  return parts.join('\n\n');
}

function describeGone({ check, command }: Evidence, why: string): string {
  return `Check ${check} is gone: \`${command}\` has nothing to check any more (${why}). It existed before your change, and a check that exists once has to stay and to pass. Bring it back.`;
}

async function freshFailures(
  work: RalphWork,
  item: Evidence,
  { baseline, proofLane }: SeenInProof,
): Promise<string> {
  if (baseline === null) return '';
  const fresh = newFailures(baseline, item, await failuresOf(work, item, proofLane));
  if (fresh === undefined || fresh.length === 0) return '';
  return `\nThis check failed before your change too. These failures are new:\n${fresh.slice(0, NEW_FAILURES_LIMIT).join('\n')}`;
}

const ARTEFACTS_SHOWN = 20;

/** Why a tree with built files is refused. */
export function describeArtefacts(paths: readonly string[]): string {
  const rest = paths.length - ARTEFACTS_SHOWN;
  const names = `${paths.slice(0, ARTEFACTS_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return `Remove these files: ${names}. Tools make them, and use them without looking at the sources again, so that no check could tell what is in them.`;
}

/** Why the dependencies of the story's files could not be prepared. */
export function describeSetupProblem(failure: SetupFailure): string {
  return [
    `The dependencies of your files could not be prepared: ${describeSetupFailure(failure)}. End of its output:`,
    failure.tail,
    'Correct the manifests and lock files so that this command succeeds on a fresh clone.',
  ].join('\n');
}
