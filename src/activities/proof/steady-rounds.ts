import { isAcceptable, isPassing, type Evidence, type ProofFlag } from '../../domain/index.js';
import type { ProofRounds } from './proof-rounds.js';

const FLAG_LIMIT = 600;

/** Rounds whose red checks were asked once more, and which of them answered differently about the same files. */
export interface SteadyRounds extends ProofRounds {
  /** One for each check that is flaky; empty = none was. */
  readonly flags: () => readonly ProofFlag[];
}

/**
 * Rounds that ask a red check once more on exactly the same tree. One that is green then counts as green and is named flaky: what
 * an accident decides is nobody's fault, and a person should know of it. A check that was stopped at its time limit is not asked
 * again, nor is a round that tries something out.
 */
export function createSteadyRounds(rounds: ProofRounds): SteadyRounds {
  const flaky = new Map<string, ProofFlag>();
  return {
    flags: () => [...flaky.values()],
    async run(tree, definitions, options = {}) {
      const round = await rounds.run(tree, definitions, options);
      if (!round.isReady || options.only !== undefined) return round;
      const red = round.evidence.filter(mayBeAccident);
      if (red.length === 0) return round;
      const only = red.map(({ check }) => check);
      const again = await rounds.run(tree, definitions, { ...options, only });
      if (!again.isReady) return round;
      const settled = new Map<string, Evidence>();
      for (const first of red) {
        const second = again.evidence.find(({ check }) => check === first.check);
        if (second === undefined || !isPassing(second)) continue;
        settled.set(first.check, second);
        flaky.set(first.check, flagOf(first));
      }
      return {
        ...round,
        evidence: round.evidence.map((item) =>
          item.kind === 'verification' ? item : (settled.get(item.check) ?? item),
        ),
      };
    },
  };
}

function mayBeAccident(evidence: Evidence): boolean {
  return (
    !isAcceptable(evidence) &&
    evidence.kind !== 'verification' &&
    evidence.exitCode !== null &&
    evidence.absence === undefined
  );
}

function flagOf({ check, exitCode, tree }: Evidence): ProofFlag {
  const text = `flaky: check ${check} gave two answers about the same files (tree ${tree.slice(0, 10)}): exit ${exitCode ?? 'none'}, then green`;
  return { code: 'flaky', text: text.slice(0, FLAG_LIMIT) };
}
