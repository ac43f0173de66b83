import { describe, expect, it } from 'vitest';
import { joinTasksStep } from '../../../../src/activities/sub-agents/join-tasks.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

type Work = Parameters<typeof joinTasksStep.run>[1];

const end = { id: 'a', how: 'done' as const, reason: '', files: '', outside: [], answer: null };

describe('the joined result of several agents', () => {
  it('says of each how it ended, what became of its files, and what it answered', async () => {
    const blobs = createBlobStore(await temporaryFolder());
    const work = { dependencies: { blobs } } as unknown as Work;
    const answer = await blobs.put('I did a.');
    const subtasks = [
      { ...end, files: 'It changed a.txt.', outside: ['a.txt'], answer },
      { ...end, id: 'b', how: 'failed' as const, reason: 'the limit is reached' },
      { ...end, id: 'c', how: 'waiting' as const, reason: 'b did not end well' },
    ];
    const { ref, preview } = await joinTasksStep.run({ subtasks }, work);
    const text = await blobs.getText(ref);
    expect(text).toBe(
      [
        '1 of 3 subtasks are done.',
        '## a: done\nIt changed a.txt.\nOutside of what it touches: a.txt\nI did a.',
        '## b: failed: the limit is reached',
        '## c: not begun: b did not end well',
      ].join('\n\n'),
    );
    expect(text.startsWith(preview)).toBe(true);
  });

  it('has room for each, however long the others are', async () => {
    const blobs = createBlobStore(await temporaryFolder());
    const work = { dependencies: { blobs } } as unknown as Work;
    const answer = await blobs.put('x'.repeat(200_000));
    const subtasks = [
      { ...end, answer },
      { ...end, id: 'b', answer: await blobs.put('short') },
    ];
    const text = await blobs.getText((await joinTasksStep.run({ subtasks }, work)).ref);
    expect(text.length).toBeLessThan(50 * 1024);
    // and the long one has all the room that it is promised
    expect(text.length).toBeGreaterThan(24 * 1024);
    expect(text.endsWith('## b: done\nshort')).toBe(true);
  });
});
