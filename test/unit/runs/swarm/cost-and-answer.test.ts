import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { estimateSwarm, priceOf, requireYes } from '../../../../src/runs/swarm/estimate.js';
import { swarmAnswer } from '../../../../src/runs/swarm/swarm-answer.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { RALPH_OPTIONS } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { subtask } from '../../../support/swarm-workflow.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function setup() {
  const home = await temporaryFolder();
  const config = await loadConfig({
    project: home,
    environment: { HOME: home, CODETETHER_HOME: home },
  });
  return { home, config };
}

describe('what a swarm may cost', () => {
  const input = (model: string) => ({
    options: { ...RALPH_OPTIONS, model: { provider: 'openai', model } },
    verify: 0,
    subtasks: Array.from({ length: 26 }, (_, index) => subtask(`s-${index}`)),
  });

  it('has a price where the model has one, and none where nobody knows it', async () => {
    const { config } = await setup();
    const known = estimateSwarm(input('gpt-5'), config);
    const unknown = estimateSwarm(input('nobody-knows-it'), config);
    expect([known?.agents, known?.usd?.every((usd) => usd > 0), unknown?.usd]).toEqual([
      26,
      true,
      null,
    ]);
    expect(estimateSwarm({ ...input('gpt-5'), subtasks: [] }, config)).toBeUndefined();
    expect(priceOf({ provider: 'openai', model: 'nobody-knows-it' }, config)).toBeNull();
  });

  it('is agreed to, or refused with what it is', async () => {
    const { config } = await setup();
    const estimate = estimateSwarm(input('gpt-5'), config);
    expect(() => requireYes({}, config, estimate)).toThrow(
      expect.objectContaining({
        code: 'ERR_SWARM_NEEDS_YES',
        message: expect.stringMatching(/^26 agents would make 53 to \d+ model calls for \$/),
        data: { estimate },
      }),
    );
    requireYes({ yes: true }, config, estimate);
    requireYes({}, config, undefined);
  });
});

describe('the answer of a swarm', () => {
  const facts = (answer: NonNullable<RunRecord['swarm']>['answer']): Partial<RunRecord> => ({
    kind: 'swarm',
    swarm: {
      task: 'T',
      strategy: 'auto',
      planned: 'file',
      maxSubagents: 9,
      timeoutMs: 1,
      verify: 0,
      traits: [],
      hasFiles: false,
      answer,
      isFinished: true,
      isVerified: null,
    },
  });
  const two = { stories: ['a', 'b'].map((id) => storyRecord(id)) };

  it('is read whole, from the conversation where it is one agent’s, and begins where it is lost', async () => {
    const { home, config } = await setup();
    const blobs = createBlobStore(homePaths(home).blobs, { cacheBytes: 0 });
    const joined = { ref: await blobs.put('All of it.'), preview: 'All' };
    expect(await swarmAnswer(config, runRecord({ ...facts(joined), ...two }))).toBe('All of it.');
    const node = {
      version: 1,
      parent: null,
      depth: 1,
      messages: [
        { role: 'assistant', content: 'first', toolCalls: [] },
        { role: 'assistant', content: 'last words', toolCalls: [] },
      ],
    };
    const one = { ref: await blobs.put(JSON.stringify(node)), preview: 'last' };
    expect(await swarmAnswer(config, runRecord(facts(one)))).toBe('last words');
    expect(await swarmAnswer(config, runRecord(facts({ ref: fakeRef(1), preview: 'begin' })))).toBe(
      'begin',
    );
    // what is there is no conversation
    expect(await swarmAnswer(config, runRecord(facts(joined)))).toBe('All');
    expect(await swarmAnswer(config, runRecord(facts(null)))).toBeNull();
  });
});
