import { describe, expect, it } from 'vitest';
import { InfrastructureError } from '../../../src/domain/light/error.js';
import type { Sandbox } from '../../../src/platform/sandbox/sandbox.js';
import { requireSandbox, sandboxProblem } from '../../../src/host/sandbox-rule.js';

const sandbox = (level: Sandbox['level'], ...kinds: Sandbox['kinds']): Sandbox => ({
  level,
  backend: 'none',
  kinds,
  reason: 'chosen by the test',
  program: '',
  setpriv: '',
});
const usual = { sandboxMinimum: 'process', isSandboxNamed: false } as const;

describe('sandboxProblem', () => {
  it.each([
    ['full', ['own-pid-namespace'], usual, null],
    ['process', ['own-pid-namespace'], usual, null],
    ['process', [], usual, /could read keys in the worker's memory/],
    ['process', [], { ...usual, isSandboxNamed: true }, null],
    ['none', [], usual, /the settings ask for process/],
    ['none', [], { sandboxMinimum: 'none', isSandboxNamed: true }, null],
    [
      'nested',
      ['own-pid-namespace'],
      { sandboxMinimum: 'full', isSandboxNamed: true },
      /ask for full/,
    ],
  ] as const)('judges %s %j under %j', (...[level, kinds, settings, expected]) => {
    const problem = sandboxProblem(sandbox(level, ...kinds), settings);
    if (expected === null) expect(problem).toBeNull();
    else expect(problem?.message).toMatch(expected);
  });

  it('is thrown as an error of the surroundings', () => {
    const refused = (): void => requireSandbox(sandbox('none'), usual);
    expect(refused).toThrow(InfrastructureError);
    expect(refused).toThrow(
      expect.objectContaining({ code: 'ERR_SANDBOX_TOO_WEAK', isRetryable: false, exitCode: 3 }),
    );
  });
});
