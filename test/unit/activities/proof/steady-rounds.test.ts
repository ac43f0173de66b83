import { describe, expect, it } from 'vitest';
import type { ProofRounds, RoundOptions } from '../../../../src/activities/proof/proof-rounds.js';
import { createSteadyRounds } from '../../../../src/activities/proof/steady-rounds.js';
import type { Evidence } from '../../../../src/domain/proof/check.js';
import { checkEvidence } from '../../../support/proof-run.js';

const red = checkEvidence({ exitCode: 1 });
const green = checkEvidence();
const lint = checkEvidence({ check: 'lint', command: 'npm run lint' });

function roundsOf(answers: readonly (readonly Evidence[])[]) {
  const asked: (RoundOptions | undefined)[] = [];
  const rounds: ProofRounds = {
    run: async (_tree, _definitions, options) => {
      asked.push(options);
      return { isReady: true, setup: null, evidence: [...(answers[asked.length - 1] ?? [])] };
    },
  };
  return { asked, steady: createSteadyRounds(rounds) };
}

const evidenceOf = async (round: ReturnType<ProofRounds['run']>) => {
  const seen = await round;
  return seen.isReady ? seen.evidence : undefined;
};

describe('createSteadyRounds', () => {
  it('asks the red checks alone once more, and names one that answers differently', async () => {
    const { asked, steady } = roundsOf([[lint, red], [green]]);
    expect(await evidenceOf(steady.run('tree', 'story'))).toEqual([lint, green]);
    expect(asked).toEqual([{}, { only: ['test'] }]);
    expect(steady.flags()).toEqual([
      {
        code: 'flaky',
        text: 'flaky: check test gave two answers about the same files (tree dddddddddd): exit 1, then green',
      },
    ]);
  });

  it('leaves a check red that is red twice, and asks no third time', async () => {
    const { asked, steady } = roundsOf([[red], [red], [green]]);
    expect(await evidenceOf(steady.run('tree', 'base'))).toEqual([red]);
    expect({ asked: asked.length, flags: steady.flags() }).toEqual({ asked: 2, flags: [] });
  });

  it.each([
    ['a green round', [green], {}],
    ['a check at its time limit', [checkEvidence({ exitCode: null, isTimedOut: true })], {}],
    ['a known failure', [checkEvidence({ exitCode: 1, isKnownFailure: true })], {}],
    ['a verification step', [checkEvidence({ exitCode: 1, kind: 'verification' })], {}],
    ['a round that tries something out', [red], { only: ['test'] }],
  ] as const)('asks no second time for %s', async (_what, evidence, options) => {
    const { asked, steady } = roundsOf([evidence, [green]]);
    expect(await evidenceOf(steady.run('tree', 'story', options))).toEqual(evidence);
    expect({ asked: asked.length, flags: steady.flags() }).toEqual({ asked: 1, flags: [] });
  });
});
