import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../../src/domain/run/event.js';
import { takeDeltas } from '../../../../src/tui/state/live-text.js';
import {
  NO_WORK,
  openView,
  standingOf,
  type ViewState,
  type WorkView,
} from '../../../../src/tui/state/view-state.js';
import { takeEvent } from '../../../../src/tui/state/work.js';

const event = (type: RunEvent['type'], fields: Partial<RunEvent> = {}): RunEvent => ({
  source: 'agent',
  seq: 1,
  type,
  at: '2026-03-01T00:00:00.000Z',
  story: 'T1',
  ...fields,
});

function after(...events: readonly RunEvent[]): WorkView {
  return events.reduce<WorkView>((work, next) => takeEvent(work, next).work, NO_WORK);
}

const standing = (work: WorkView, sending = 0) => standingOf({ work, sending });
const begin = event('story.start', { source: 'session', text: 'say it' });

describe('what events tell', () => {
  it.each<[string, RunEvent[], string]>([
    ['nothing', [], 'idle'],
    ['a prompt that begins', [begin], 'calling'],
    ['a tool', [begin, event('tool.start', { text: 'bash make' })], 'working'],
    [
      'the end of a tool',
      [
        begin,
        event('tool.start', { text: 'bash make' }),
        event('tool.end', { text: 'bash make (exit 0)' }),
      ],
      'calling',
    ],
    ['a question', [begin, event('question.ask', { text: 'Which?' })], 'asks'],
    [
      'a question of a tool that waits for a yes',
      [
        begin,
        event('tool.start', { text: 'bash x' }),
        event('permission.ask', { text: 'May this be run?' }),
      ],
      'asks',
    ],
    [
      'an answer',
      [
        begin,
        event('question.ask', { text: 'Which?' }),
        event('question.answer', { text: 'this' }),
      ],
      'calling',
    ],
    ['a wait', [begin, event('run.wait', { text: 'T1 waits', data: { who: 'T1' } })], 'waiting'],
    [
      'the end of a wait',
      [
        begin,
        event('run.wait', { text: 'T1 waits', data: { who: 'T1' } }),
        event('run.resume', { text: 'T1: works again' }),
      ],
      'calling',
    ],
    ['a pause', [begin, event('run.pause', { text: 'by request' })], 'paused'],
    [
      'a resume',
      [begin, event('run.pause', { text: 'by request' }), event('run.resume', { text: 'goes on' })],
      'calling',
    ],
    ['the end of the prompt', [begin, event('story.end', { text: 'unverified: done' })], 'idle'],
    [
      'the end of everything',
      [begin, event('tool.start', { text: 'x' }), event('run.end', { text: 'cancelled' })],
      'idle',
    ],
  ])('%s stands as it is', (_name, events, expected) => {
    expect(standing(after(...events))).toBe(expected);
  });

  it('tells questions of one agent apart by their calls', () => {
    const asked = (call: string) =>
      event('permission.ask', { text: `May ${call}?`, data: { call } });
    const open = (...events: readonly RunEvent[]) =>
      after(begin, ...events).asks.map(({ call }) => call);
    const both = [asked('a'), event('question.ask', { text: 'Which?', data: { call: 'b' } })];
    expect(open(...both)).toEqual(['a', 'b']);
    expect(open(...both, asked('a'))).toEqual(['b', 'a']);
    // the refusal of another call closes nothing
    expect(open(...both, event('permission.deny', { text: 'rm' }))).toEqual(['a', 'b']);
    for (const type of [
      'permission.answer',
      'question.answer',
      'question.default',
      'question.park',
    ] as const)
      expect(open(...both, event(type, { data: { call: 'a' } }))).toEqual(['b']);
    expect(
      open(...both, { ...event('question.answer', { data: { call: 'a' } }), source: 'other' }),
    ).toEqual(['a', 'b']);
    // logs of earlier builds tell no call
    expect(open(...both, event('question.answer'))).toEqual([]);
    expect(open(event('question.ask'), event('question.answer', { data: { call: 'a' } }))).toEqual(
      [],
    );
    // nor everywhere the end
    expect(open(...both, event('model.end'))).toEqual([]);
  });

  it('is sending while a message is on its way, and not idle', () => {
    expect(standing(NO_WORK, 1)).toBe('sending');
  });

  it('adds up tokens and cost; what is not known stays unknown', () => {
    const end = (cost: number | null) =>
      event('model.end', { data: { tokens: 10, cost_micro_usd: cost } });
    expect(after(begin, end(5), end(7))).toMatchObject({ tokens: 20, costMicroUsd: 12 });
    expect(after(begin, end(5), end(null), end(1)).costMicroUsd).toBeNull();
  });

  it('leaves lines for tools, refusals and bad ends, and none for a good one', () => {
    const out = (next: RunEvent) => takeEvent(after(begin), next).out;
    expect(
      out(event('tool.end', { text: 'read a', data: { preview: 'x', is_error: true } })),
    ).toEqual([{ kind: 'tool', title: 'read a', preview: 'x', isError: true }]);
    expect(out(event('permission.deny', { text: 'bash rm' }))).toEqual([
      { kind: 'note', text: 'refused: bash rm', tone: 'warning' },
    ]);
    expect(out(event('story.end', { text: 'failed: why' }))).toEqual([
      { kind: 'note', text: 'failed: why', tone: 'bad' },
    ]);
    expect(out(event('story.end', { text: 'unverified: done' }))).toEqual([]);
    expect(out(event('run.end', { story: undefined, text: 'cancelled by request' }))).toHaveLength(
      1,
    );
    expect(takeEvent(NO_WORK, event('run.end', { text: 'waits' })).out).toEqual([]);
  });

  it('takes no notice of what it does not know', () => {
    for (const type of ['turn.start', 'task.message', 'baseline.end'] as const)
      expect(after(event(type))).toEqual(NO_WORK);
    expect(after(event('story.start', { story: 'US-001' }))).toEqual(NO_WORK);
  });
});

/** Agents of one prompt as they really are: the first one, and one that it may have started. */
interface Truth {
  readonly isOpen: boolean;
  readonly main: 'call' | 'tool' | 'task' | 'ask' | 'wait';
  readonly child: 'none' | 'call' | 'tool' | 'ask';
}

type Told = {
  readonly truth: Truth;
  readonly events: readonly RunEvent[];
  readonly begins?: string;
};

const sub = (type: RunEvent['type'], fields: Partial<RunEvent> = {}): RunEvent =>
  event(type, { source: 'agent/1', ...fields });

/** Everything that may happen next, with the events that tell of it. */
function nexts(truth: Truth): readonly Told[] {
  if (!truth.isOpen)
    return [{ truth: { isOpen: true, main: 'call', child: 'none' }, events: [begin] }];
  const ends: Told[] = [
    { truth: { ...truth, isOpen: false }, events: [event('story.end', { text: 'unverified: x' })] },
    { truth: { ...truth, isOpen: false }, events: [event('run.end', { text: 'cancelled' })] },
  ];
  return [...ends, ...mainNexts(truth), ...childNexts(truth)];
}

function mainNexts(truth: Truth): readonly Told[] {
  const to = (main: Truth['main'], ...events: readonly RunEvent[]): Told => ({
    truth: { ...truth, main },
    events,
  });
  const callEnd = event('model.end', { data: { tokens: 1, cost_micro_usd: 1 } });
  const wait = event('run.wait', { source: 'session', text: 'waits', data: { who: 'T1' } });
  const goesOn = event('run.resume', { source: 'session', text: 'T1: works again' });
  switch (truth.main) {
    case 'call':
      return [
        to('tool', callEnd, event('tool.start', { text: 'bash' })),
        { ...to('task', callEnd, event('tool.start', { text: 'task' })), begins: 'agent/1' },
        to('ask', callEnd, event('question.ask', { text: 'Which?' })),
        to('wait', wait),
        // the call is made again after its worker was killed
        to('call'),
      ];
    case 'tool':
      return [to('call', event('tool.end', { text: 'bash (exit 0)' }))];
    case 'ask':
      return [to('call', event('question.answer', { text: 'this' }))];
    case 'wait':
      return [to('call', goesOn)];
    case 'task':
      return truth.child === 'none' ? [to('call', event('tool.end', { text: 'task' }))] : [];
  }
}

function childNexts(truth: Truth): readonly Told[] {
  const to = (child: Truth['child'], ...events: readonly RunEvent[]): Told => ({
    truth: { ...truth, child },
    events,
  });
  if (truth.main !== 'task') return [];
  switch (truth.child) {
    case 'none':
      return [to('call')];
    case 'call':
      return [
        to('tool', sub('model.end'), sub('tool.start', { text: 'read' })),
        to('ask', sub('model.end'), sub('question.ask', { text: 'Where?' })),
        to('none', sub('model.end')),
      ];
    case 'tool':
      return [to('call', sub('tool.end', { text: 'read' }))];
    case 'ask':
      return [to('call', sub('question.answer', { text: 'there' }))];
  }
}

const isPaying = ({ isOpen, main, child }: Truth): boolean =>
  isOpen && (main === 'call' || (main === 'task' && child === 'call'));

describe('while a paid call is in flight', () => {
  it('no sequence of events shows idle, waiting, paused or asking', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 60 }), (choices) => {
        let truth: Truth = { isOpen: false, main: 'call', child: 'none' };
        let state: ViewState = openView({ session: 's', agent: 'build', model: 'm' });
        for (const [index, [choice, isHeard]] of choices.entries()) {
          const all = nexts(truth);
          const next = all[choice % all.length];
          if (next === undefined) throw new Error('nothing may happen');
          for (const told of next.events)
            state = { ...state, work: takeEvent(state.work, told).work };
          truth = next.truth;
          // the channel beside the log may say so too, or lose it
          if (isHeard && isPaying(truth)) {
            const source = truth.main === 'call' ? 'agent' : 'agent/1';
            const call = `${source}#${index}.0`;
            state = takeDeltas(state, [{ kind: 'begin', story: 'T1', call }]);
          }
          if (isPaying(truth)) expect(['calling', 'working']).toContain(standingOf(state));
          if (!truth.isOpen) expect(standingOf(state)).toBe('idle');
        }
      }),
      { numRuns: 500 },
    );
  });
});
