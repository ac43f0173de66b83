import {
  forkOf,
  InvariantError,
  setupLimitMs,
  type AgentInput,
  type ForkFacts,
  type StepKey,
  type WorkspaceRef,
} from '../../domain/index.js';
import type { StepResult, Steps } from '../lib/step.js';

/** What of an agent a lane for one that it starts is made with. */
interface ForkOwner {
  readonly input: AgentInput;
  readonly steps: Steps;
  /** Key of its next step: an agent counts them itself, through every continue-as-new. */
  nextKey(): StepKey;
}

/** A lane that begins with the files of another one, as they were then. */
export interface Fork {
  readonly title: string;
  readonly lane: WorkspaceRef;
  /** How lanes for agents are made that its own agent starts; its base is what it begins with. */
  readonly forks: ForkFacts;
}

/** What became of the files of a fork. */
export type ForkLanding = StepResult<'mergeFork'>;

/** Makes a lane of the files that the agent has now, whether git knows them or not. */
export async function fork(
  owner: ForkOwner,
  { place, title }: { readonly place: string; readonly title: string },
): Promise<Fork> {
  const { input, steps } = owner;
  const lane = forkOf(input.workspace, place);
  if (input.forks === undefined) throw noForks();
  const { base, proven = base, ...facts } = input.forks;
  const begun = await steps.run('forkLane', {
    summary: `lane for: ${title}`,
    extraMs: setupLimitMs(facts.setup),
    key: owner.nextKey(),
    args: { lane: input.workspace, fork: lane, base, proven, ...facts },
  });
  return { title, lane, forks: { ...facts, proven, base: begun.base } };
}

/** Merges what was changed in a fork into the agent's own lane, or only keeps it. */
export function landFork(
  owner: ForkOwner,
  { title, lane, forks }: Fork,
  isWanted: boolean,
): Promise<ForkLanding> {
  const { input, steps } = owner;
  return steps.run('mergeFork', {
    summary: `${isWanted ? 'merge' : 'keep'}: ${title}`,
    key: owner.nextKey(),
    args: { lane: input.workspace, fork: lane, base: forks.base, title, isWanted },
  });
}

function noForks(): InvariantError {
  return new InvariantError('ERR_NO_LANE', {
    message: 'an agent that has no lane cannot give one to another',
    hint: 'this is a defect: report it',
  });
}
