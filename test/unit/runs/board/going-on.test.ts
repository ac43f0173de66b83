import { describe, expect, it } from 'vitest';
import { NO_SETUP } from '../../../../src/domain/index.js';
import { flagsOf, optionsOf, requireLeft } from '../../../../src/runs/board/going-on.js';
import { attemptRecord, RALPH_OPTIONS } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';

const LIMITS = {
  until: '2026-01-03T07:00:00.000Z',
  waitLimitMs: 60_000,
  questions: { waitMs: 5, unattended: 'deny' },
  envelope: { newDependency: 'park', migration: 'deny', ciFile: 'allow', massDeletion: 'allow' },
  subAgents: { depth: 1, count: 2, recalls: 0 },
} as const;

const SPENT = {
  usage: {
    inputTokens: 60,
    outputTokens: 10,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  },
  costMicroUsd: 300_000,
  turns: 4,
  modelCalls: 4,
  repeatedModelCalls: 0,
};

const stories = [
  storyRecord('US-001', { attempts: [attemptRecord({ spending: SPENT })] }),
  storyRecord('US-002'),
];

describe('a run that goes on behind an ended one', () => {
  it('may change the same files, and prepares its lanes the same way', () => {
    const setup = {
      ...NO_SETUP,
      source: 'flag' as const,
      steps: [{ name: 'make', command: 'make deps', folder: '.', timeoutMs: 1, lockFiles: [] }],
      network: { mode: 'open' as const, allow: [], allowPrivate: [], variables: {} },
      caches: [],
    };
    expect(flagsOf(runRecord({ paths: ['src', 'docs'], setup }))).toMatchObject({
      paths: ['src', 'docs'],
      setup: ['make deps'],
      setupNetwork: 'open',
    });
    expect(flagsOf(runRecord({ setup: NO_SETUP }))).toMatchObject({
      setup: false,
      buildCaches: false,
    });
  });

  it('is planned as ever where an older record says nothing of files and set-up', () => {
    const flags = flagsOf(runRecord());
    for (const name of ['paths', 'setup', 'setupNetwork', 'buildCaches'])
      expect(flags).not.toHaveProperty(name);
  });

  it('asks, waits and lands by the rules of the ended one, whatever the configuration says now', () => {
    const record = runRecord({ options: { ...RALPH_OPTIONS, ...LIMITS } });
    const planned = {
      ...RALPH_OPTIONS,
      waitLimitMs: 9,
      questions: { waitMs: 9, unattended: 'park' as const },
    };
    expect(optionsOf(record, planned)).toEqual({ ...planned, ...LIMITS });
    expect(optionsOf(runRecord(), planned)).toMatchObject({ questions: planned.questions });
  });

  it('has what the ended one left of its budget, and no limit where that had none', () => {
    const budget = { costMicroUsd: 1_000_000, tokens: 100, calls: null };
    const record = runRecord({ options: { ...RALPH_OPTIONS, budget }, stories });
    expect(requireLeft(record)).toEqual({
      costMicroUsd: 700_000,
      tokens: 30,
      calls: null,
    });
  });

  it.each([
    { costMicroUsd: 300_000, tokens: null, calls: null },
    { costMicroUsd: null, tokens: 70, calls: null },
    { costMicroUsd: null, tokens: null, calls: 3 },
  ])('does not begin with nothing: %j', (budget) => {
    const record = runRecord({ options: { ...RALPH_OPTIONS, budget }, stories });
    expect(() => requireLeft(record)).toThrow(
      expect.objectContaining({ code: 'ERR_CHANGES_BUDGET' }),
    );
  });
});
