import { describe, expect, it } from 'vitest';
import { beginTaskStep, takeAnswerStep } from '../../../../src/activities/sub-agents/task-steps.js';
import { lastAnswer } from '../../../../src/activities/model/last-answer.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

type Work = Parameters<typeof beginTaskStep.run>[1];

async function work() {
  const blobs = createBlobStore(await temporaryFolder());
  const frozen: string[] = [];
  const dependencies = {
    blobs,
    freezeAgent: async (agent: string) => {
      frozen.push(agent);
      const ref = await blobs.put(agent);
      return { prompt: ref, toolset: ref };
    },
  };
  return { blobs, frozen, work: { dependencies } as unknown as Work };
}

describe('the steps of an agent that starts another', () => {
  it('keep what it is told, with the prompt of its kind', async () => {
    const { blobs, frozen, work: given } = await work();
    const task = { agent: 'general' as const, prompt: 'Do it', results: [] };
    const begun = await beginTaskStep.run(task, given);
    expect([await blobs.getText(begun.prompt), frozen]).toEqual(['Do it', ['general']]);
  });

  it('read what lies in the store already, and put the prompt behind it', async () => {
    const { blobs, work: given } = await work();
    const promptRef = await blobs.put('Look at it.');
    const asked = { agent: 'explore' as const, promptRef, results: [] };
    for (const [prompt, told] of [
      ['', 'Look at it.'],
      ['Only src.', 'Look at it.\n\nOnly src.'],
    ] as const) {
      const begun = await beginTaskStep.run({ ...asked, prompt }, given);
      expect(await blobs.getText(begun.prompt)).toBe(told);
    }
  });

  it('put what an agent builds on behind its task, bounded', async () => {
    const { blobs, work: given } = await work();
    const answer = await blobs.put('x'.repeat(30_000));
    const results = [
      { id: 'a', files: ['a.txt'], answer: await blobs.put('I did a.') },
      { id: 'b', files: [], answer },
      { id: 'c', files: [], answer: null },
    ];
    const begun = await beginTaskStep.run({ agent: 'plan', prompt: 'Do it', results }, given);
    const text = await blobs.getText(begun.prompt);
    expect(text).toMatch(
      /^Do it\n\n## Results that you build on\n\n### a\nI did a\.\nChanged files: a\.txt\n\n### b\nx+/,
    );
    expect(text).toMatch(/### c\n$/);
    expect(text.length).toBeLessThan(25_000);
  });

  it('take its last words, also where it called tools before', async () => {
    const { blobs, work: given } = await work();
    const node = {
      version: 1,
      parent: null,
      depth: 1,
      messages: [
        { role: 'user', content: 'Do it' },
        { role: 'assistant', content: 'First.', toolCalls: [] },
        { role: 'assistant', content: 'Last.', toolCalls: [] },
      ],
    };
    const conversation = await blobs.put(JSON.stringify(node));
    const { ref, preview } = await takeAnswerStep.run({ conversation }, given);
    expect([await blobs.getText(ref), preview, await lastAnswer(conversation, blobs)]).toEqual([
      'Last.',
      'Last.',
      'Last.',
    ]);
  });
});
