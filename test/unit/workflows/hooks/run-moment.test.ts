import { describe, expect, it } from 'vitest';
import type { StoryInput } from '../../../../src/contracts/workflow-types.js';
import { hooksAtEnd, startDenial } from '../../../../src/workflows/hooks/story-hooks.js';
import {
  runMoment,
  tellHooks,
  type HookPlace,
} from '../../../../src/workflows/hooks/run-moment.js';
import type { HookRun } from '../../../../src/domain/definitions/hook.js';
import { fakeRef } from '../../../support/fake-activities.js';

const RUN: HookRun = { event: 'stop', command: 'c', outcome: 'passed', said: 's', durationMs: 1 };

/** A place whose steps answer with `end`, and what they were asked. */
function place(end: object, id = 'repo/lane-1') {
  const asked: { event?: string; facts?: Record<string, string> }[] = [];
  const told: string[] = [];
  const steps = {
    run: (_name: string, { args }: { args: object }) => {
      asked.push(args);
      return Promise.resolve(end);
    },
  };
  const events = { add: (_type: string, { text = '' }: { text?: string }) => told.push(text) };
  const hookPlace = {
    steps,
    events,
    workspace: { id, workdir: '.' },
    definitions: fakeRef(1),
  } as unknown as HookPlace;
  return { hookPlace, asked, told, steps, events };
}

describe('the hooks of a moment', () => {
  it('run as one step, with bounded facts, and are events', async () => {
    const { hookPlace, asked, told } = place({ runs: [RUN] });
    expect(await runMoment(hookPlace, 'stop', { summary: 'x'.repeat(9000) })).toEqual({
      runs: [RUN],
    });
    expect(asked[0]?.facts?.['summary']).toHaveLength(4000);
    expect(told).toEqual(['stop hook c: passed, s']);
  });

  it('have no place without files or definitions', async () => {
    const nowhere = place({ runs: [] }, 'none');
    expect(await runMoment(nowhere.hookPlace, 'stop', {})).toBeNull();
    const undefined_ = { ...place({ runs: [] }).hookPlace, definitions: undefined };
    expect(await runMoment(undefined_, 'stop', {})).toBeNull();
    expect(nowhere.asked).toEqual([]);
  });

  it('that said nothing are an event all the same', () => {
    const { hookPlace, told } = place({});
    tellHooks(hookPlace.events, [{ ...RUN, said: '', outcome: 'failed' }]);
    expect(told).toEqual(['stop hook c: failed']);
  });
});

describe('the hooks of a story', () => {
  const attempt = (end: object, hookEvents: string[] = ['story_start', 'story_end']) => {
    const made = place(end);
    const input = {
      lane: { id: 'l', workdir: '.' },
      story: { id: 'US-001', title: 't' },
      attempt: 2,
    } as StoryInput;
    const frozen = { prompt: fakeRef(1), toolset: fakeRef(2), definitions: fakeRef(3), hookEvents };
    return {
      ...made,
      attempt: { ...made, input, frozen } as unknown as Parameters<typeof startDenial>[0],
    };
  };

  it('may deny its beginning, with the reason', async () => {
    const denied = attempt({ runs: [], denial: 'no\nnot now' });
    expect(await startDenial(denied.attempt)).toBe('a hook denied the start: no not now');
    expect(denied.asked[0]).toMatchObject({
      event: 'story_start',
      facts: { story: 'US-001', attempt: '2' },
    });
    expect(await startDenial(attempt({ runs: [] }).attempt)).toBeUndefined();
  });

  it('hear of its end, and run only where there are some', async () => {
    const heard = attempt({ runs: [] });
    await hooksAtEnd(heard.attempt, { outcome: 'passed', reason: 'r' });
    expect(heard.asked[0]).toMatchObject({
      event: 'story_end',
      facts: { outcome: 'passed', reason: 'r' },
    });
    const none = attempt({ runs: [] }, []);
    await hooksAtEnd(none.attempt, { outcome: 'passed', reason: 'r' });
    expect([await startDenial(none.attempt), none.asked]).toEqual([undefined, []]);
  });
});
