import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { EventBuffer } from '../../../../src/workflows/lib/event-buffer.js';
import { workflowScope, workflowTime } from '../../../../src/workflows/lib/scope.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

describe('EventBuffer', () => {
  it('numbers events, and adds what they have in common', async () => {
    const events = new EventBuffer({ story: 'US-1', attempt: 2 }, 7);
    events.add('run.note', { text: 'two\nlines \u001b[2J' });
    expect([events.seq, events.isEmpty]).toEqual([8, false]);
    const delivered = await events.deliver(async (pending) => pending);
    expect(delivered).toEqual([
      {
        story: 'US-1',
        attempt: 2,
        text: expect.stringMatching(/^two lines \P{Cc}*$/u),
        source: 'workflow-1/run-1',
        seq: 8,
        type: 'run.note',
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      },
    ]);
    expect(events.isEmpty).toBe(true);
  });

  it('knows the call that asked a person last', () => {
    const events = new EventBuffer({});
    expect(events.lastAsk).toBeUndefined();
    events.add('permission.ask', { data: { call: 'a' } });
    events.add('tool.end', { data: { call: 'x' } });
    expect(events.lastAsk).toBe('a');
    events.add('question.ask', { text: 'without a name' });
    expect(events.lastAsk).toBeUndefined();
  });

  it('keeps what an activity that failed was to deliver', async () => {
    const events = new EventBuffer({});
    events.add('run.note', { text: 'a' });
    await expect(events.deliver(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(events.isEmpty).toBe(false);
    expect(await events.deliver(async (pending) => pending.length)).toBe(1);
  });

  it('takes events of another workflow along, before its own, until an activity has taken them', async () => {
    const other = new EventBuffer({}, 3);
    other.add('run.note', { text: 'of another' });
    const events = new EventBuffer({});
    events.bring(other.waiting());
    events.add('run.note', { text: 'own' });
    expect([other.isEmpty, events.isEmpty]).toEqual([false, false]);
    await expect(events.deliver(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
    let taken: unknown;
    await events.deliver(async (pending) => {
      taken = pending.map(({ seq, text }) => [seq, text]);
      other.add('run.note', { text: 'later' });
      events.bring(other.handOver());
    });
    expect(taken).toEqual([
      [4, 'of another'],
      [1, 'own'],
    ]);
    // what came meanwhile goes with the next one
    expect(events.handOver().map(({ text }) => text)).toEqual(['later']);
    expect([other.isEmpty, events.isEmpty]).toEqual([true, true]);
  });

  it('loses no event and numbers none twice, however adding and delivering take turns', async () => {
    type Move = 'add' | 'deliver' | 'fail' | 'begin' | 'end';
    const moves = fc.array(fc.constantFrom<Move>('add', 'deliver', 'fail', 'begin', 'end'), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(moves, fc.nat(1000), async (turns, first) => {
        const events = new EventBuffer({}, first);
        const log = new Map<number, string>();
        const open: (() => Promise<void>)[] = [];
        let added = 0;
        const keep = (
          pending: readonly { readonly seq: number; readonly text?: string | undefined }[],
        ): void => {
          for (const { seq, text = '' } of pending) {
            // The log drops numbers it knows; the same number is always the same event.
            expect(log.get(seq) ?? text).toBe(text);
            log.set(seq, text);
          }
        };
        for (const move of turns) {
          if (move === 'add') events.add('run.note', { text: `event ${(added += 1)}` });
          if (move === 'deliver') await events.deliver(async (pending) => keep(pending));
          if (move === 'fail')
            await events.deliver(() => Promise.reject(new Error('down'))).catch(() => undefined);
          if (move === 'begin') {
            let finish = (): void => undefined;
            const gate = new Promise<void>((resolve) => (finish = resolve));
            const call = events.deliver(async (pending) => {
              keep(pending);
              await gate;
            });
            open.push(() => (finish(), call));
          }
          if (move === 'end') await open.shift()?.();
        }
        for (const end of open) await end();
        await events.deliver(async (pending) => keep(pending));
        expect([...log.keys()].toSorted((left, right) => left - right)).toEqual(
          Array.from({ length: added }, (_, index) => first + index + 1),
        );
        expect([events.isEmpty, events.seq]).toEqual([true, first + added]);
      }),
    );
  });
});

describe('the scope of a workflow', () => {
  it('outlives continue-as-new, and time is ISO 8601', () => {
    expect(workflowScope()).toBe('workflow-1/run-1');
    const time = workflowTime();
    expect(new Date(time).toISOString()).toBe(time);
  });
});
