import { describe, expect, it } from 'vitest';
import { answerDirectly, directEnd } from '../../../../src/workflows/rlm/direct-answer.js';
import { prose } from '../../../../src/workflows/rlm/repl-words.js';
import { findTurn } from '../../../../src/workflows/agent/resume-repl.js';
import { fakeRef, fakeReply } from '../../../support/fake-activities.js';
import { RLM_INPUT } from '../../../support/rlm-workflow.js';

describe('an end without code', () => {
  it('has no REPL, and what was answered before needs no call', async () => {
    expect(directEnd('exhausted', 'why', null)).toMatchObject({
      status: 'exhausted',
      journal: null,
    });
    const known = { id: 0, answer: fakeRef(1), text: fakeRef(2), preview: 'yes' };
    const earlier = { context: fakeRef(3), journal: null, questions: [], place: '1', attempts: 1 };
    const state = {
      input: { ...RLM_INPUT, earlier },
      steps: { run: async () => ({ turn: null, journal: null, answers: [known] }) },
    };
    expect(await answerDirectly(state as never, fakeRef(4))).toMatchObject({
      end: { status: 'answered', answer: { ref: fakeRef(2), json: fakeRef(1), preview: 'yes' } },
      spending: { modelCalls: 0 },
    });
  });
});

describe('a message without code', () => {
  it('is told why nothing ran', () => {
    expect(prose(fakeReply({ preview: ' ' }))).toContain('Your message was empty.');
    expect(prose(fakeReply({ finishReason: 'length' }))).toContain('cut off');
  });
});

describe('a turn that an attempt before had begun', () => {
  it('is none where nothing was noted; a REPL of which only its journal is known is taken over', async () => {
    const taken: unknown[] = [];
    const session = {
      steps: { run: async () => ({ turn: null, journal: fakeRef(9), answers: [] }) },
    };
    const repl = (place?: object) => ({ place, takeJournal: (ref: unknown) => taken.push(ref) });
    expect(await findTurn(session as never, repl() as never)).toBeNull();
    expect(await findTurn(session as never, repl({ place: '1', attempt: 2 }) as never)).toBeNull();
    expect(taken).toEqual([fakeRef(9)]);
  });
});
