import { beforeEach, describe, expect, it, vi } from 'vitest';
import { OwnerWord } from '../../../../src/workflows/lib/owner.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const LINK = { owner: 'owner', story: 'US-1', holder: 'me' };
const standstill = { reason: 'the disk is full', until: null };

beforeEach(() => {
  played.signals.length = 0;
  played.isOwnerGone = false;
});

describe('the word to an owner', () => {
  it('is heard before the workflow ends', async () => {
    const word = new OwnerWord(LINK);
    void word.tell({ standstill });
    void word.tell({ standstill: null });
    await word.heard();
    expect(played.signals).toEqual([
      ['owner agentStandstill', { story: 'US-1', holder: 'me', standstill }],
      ['owner agentStandstill', { story: 'US-1', holder: 'me', standstill: null }],
    ]);
  });

  it('is no matter where there is none, or it is gone', async () => {
    await new OwnerWord({ ...LINK, owner: undefined }).tell({ standstill });
    expect(played.signals).toEqual([]);
    played.isOwnerGone = true;
    const word = new OwnerWord(LINK);
    void word.tell({ standstill });
    await expect(word.heard()).resolves.toBeUndefined();
  });
});
