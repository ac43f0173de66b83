import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import type { RlmFacts } from '../../../../src/domain/rlm/rlm-facts.js';
import type { RlmEnd } from '../../../../src/domain/rlm/rlm-task.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { planRlmRetry } from '../../../../src/runs/rlm/plan-rlm-retry.js';
import { openRlmRecord, withRlmFacts } from '../../../../src/workflows/rlm/rlm-record.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { RLM_INPUT } from '../../../support/rlm-workflow.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const END: RlmEnd = {
  status: 'exhausted',
  answer: null,
  evidence: [],
  reason: 'the limit is reached',
  iterations: 5,
  subQueries: 0,
  depth: 0,
  journal: fakeRef(40),
  stateHash: '',
};

/** What a retry goes on with after a question ended so. */
async function earlierAfter(facts: Partial<RlmFacts>, fields: Partial<RunRecord> = {}) {
  const folder = await temporaryFolder();
  const config = await loadConfig({ project: folder, environment: { HOME: folder } });
  const at = { workflowId: 'w', startedAt: '2026-01-02T03:04:05.000Z' };
  const record = withRlmFacts(openRlmRecord(RLM_INPUT, at), { context: fakeRef(60), ...facts });
  const ended = { ...record, status: 'failed' as const, ...fields };
  return planRlmRetry(ended, { model: 'openai/x', subModel: 'openai/y' }, config).input.earlier;
}

const COMMON = { context: fakeRef(60), window: 1000, questions: [], attempts: 1 };

describe('a question that is tried again', () => {
  it('goes on in the middle of its work after any end from outside', async () => {
    expect(await earlierAfter({})).toEqual({ ...COMMON, journal: null, place: '1' });
    expect(await earlierAfter({ attempt: 3, end: { ...END, isCut: true } })).toEqual({
      ...COMMON,
      attempts: 3,
      journal: fakeRef(40),
      place: '1',
    });
  });

  it('begins a new conversation over its REPL when it came to its limits', async () => {
    expect(await earlierAfter({ end: END })).toEqual({ ...COMMON, journal: fakeRef(40) });
  });

  it('begins with its input when its REPL cannot be made again', async () => {
    const failure = { code: 'ERR_RLM_REPLAY', message: 'differs' };
    expect(await earlierAfter({ journal: fakeRef(39) }, { failure })).toEqual({
      ...COMMON,
      journal: null,
    });
  });

  it('of a version before goes on with the journal that its record has', async () => {
    expect(
      await earlierAfter({ place: undefined, attempt: undefined, journal: fakeRef(39) }),
    ).toEqual({
      ...COMMON,
      journal: fakeRef(39),
    });
  });
});
