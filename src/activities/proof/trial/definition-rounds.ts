import {
  hasCanary,
  isAcceptable,
  isPassing,
  type Evidence,
  type Trial,
} from '../../../domain/index.js';
import type { Seen, TrialOutcome } from './seen-story.js';

/** The checks with other definitions than the story's own. */
export interface DefinitionRounds {
  /** Undefined = not run: the story changed nothing of them, or may. */
  readonly isGreenWithBase?: boolean;
  readonly isGreenWithOwn?: boolean;
  readonly done: Trial['rounds'];
  /** What decides, to be kept beside the story's own evidence. */
  readonly evidence: readonly Evidence[];
  readonly setupFailure?: TrialOutcome['setupFailure'];
}

/** The base's definitions, and where they are red the story's own configuration with the base's tests and values. */
export async function runDefinitionRounds(seen: Seen): Promise<DefinitionRounds> {
  const { request, surface } = seen;
  const found = await runOtherDefinitions(seen);
  const isNeeded = surface.mayHoldProduct && surface.withBaseRunner !== request.story.tree;
  if (request.allowCheckChanges || isLost(found) || found.setupFailure !== undefined || !isNeeded)
    return found;
  // the other rounds also put back what may be the product: the base's tests and runners have to hold for the story's own
  if (surface.withBaseRunner === surface.asBase && found.isGreenWithBase === true) return found;
  const round = await request.rounds.run(surface.withBaseRunner, 'base');
  if (!round.isReady) return { ...found, setupFailure: round.failure };
  const known = round.evidence.filter((item) => item.absence === undefined);
  const tests = roundOf('base', known, request.evidence);
  if (tests.isGreen) return { ...found, done: [...found.done, tests] };
  return { done: [...found.done, tests], evidence: known, isGreenWithBase: false };
}

/** Red with the base's definitions, and not green with its own configuration either. */
export function isLost({ isGreenWithBase, isGreenWithOwn }: DefinitionRounds): boolean {
  return isGreenWithBase === false && isGreenWithOwn !== true;
}

async function runOtherDefinitions(seen: Seen): Promise<DefinitionRounds> {
  const { request, surface } = seen;
  const { rounds, story, evidence } = request;
  const own = roundOf('story', evidence);
  if (request.allowCheckChanges || surface.asBase === story.tree)
    return { done: [own], evidence: [] };
  const withBase = await rounds.run(surface.asBase, 'base');
  // manifests of the base may not go with the lock file of the story
  if (!withBase.isReady)
    return surface.asOwn === surface.asBase || surface.asOwn === story.tree
      ? { done: [own], evidence: [], setupFailure: withBase.failure }
      : runOwn(seen, { done: [own], evidence: [], isGreenWithBase: false });
  // a check that the base's definitions do not know was made by the story
  const known = withBase.evidence.filter((item) => item.absence === undefined);
  if (known.length === 0) return { done: [own], evidence: [] };
  const base = roundOf('base', known, evidence);
  const refused = { isGreenWithBase: base.isGreen, done: [own, base], evidence: known };
  if (base.isGreen || surface.asOwn === surface.asBase) return refused;
  // without a canary nothing tells whether the story's own configuration still lets the check fail
  if (!known.every((item) => isPassing(item) || mayFail(seen, item))) return refused;
  if (surface.asOwn === story.tree)
    return { isGreenWithBase: false, isGreenWithOwn: true, done: [own, base], evidence: [] };
  return runOwn(seen, refused);
}

async function runOwn(seen: Seen, refused: DefinitionRounds): Promise<DefinitionRounds> {
  const { request, surface } = seen;
  const withOwn = await request.rounds.run(surface.asOwn, 'own-configuration');
  if (!withOwn.isReady)
    return refused.evidence.length === 0 ? { ...refused, setupFailure: withOwn.failure } : refused;
  const configured = roundOf('own-configuration', withOwn.evidence, request.evidence);
  return {
    isGreenWithBase: false,
    isGreenWithOwn: configured.isGreen,
    done: [...refused.done, configured],
    evidence: configured.isGreen ? withOwn.evidence : refused.evidence,
  };
}

/** Steps of the story itself are not tried with canaries: they are what the person asked for. */
function mayFail({ request, controlled }: Seen, { check, kind }: Evidence): boolean {
  if (kind === 'verification') return true;
  return (
    request.canaries !== 'off' &&
    controlled.some((own) => own.check.name === check && hasCanary(own.control))
  );
}

function roundOf(
  round: Trial['rounds'][number]['round'],
  evidence: readonly Evidence[],
  own: readonly Evidence[] = evidence,
): Trial['rounds'][number] {
  return {
    round,
    isGreen: evidence.every((item) => isAcceptable(withoutPardon(own, item))),
    durationMs: Math.round(evidence.reduce((sum, { durationMs }) => sum + durationMs, 0)),
  };
}

/**
 * A check that was red on the base and is green only with changed definitions was made green by them: that it is red without
 * them is no known failure any more.
 */
export function withoutPardon(own: readonly Evidence[], item: Evidence): Evidence {
  const { isKnownFailure, ...rest } = item;
  const turnedGreen = own.some((other) => other.check === item.check && isPassing(other));
  return isKnownFailure === true && turnedGreen ? rest : item;
}
