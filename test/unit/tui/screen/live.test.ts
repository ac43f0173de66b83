import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { liveLines, type LiveScreen } from '../../../../src/tui/screen/live.js';
import { REVERSE } from '../../../support/terminal-codes.js';
import { THEMES } from '../../../../src/tui/screen/theme.js';
import { editorWith } from '../../../../src/tui/state/editor.js';
import {
  openView,
  type OpenAsk,
  type OpenPrompt,
  type OpenTool,
  type ViewState,
  type WorkView,
} from '../../../../src/tui/state/view-state.js';

const START = openView({ session: null, agent: 'chat', model: 'double/scripted' });
const screen: LiveScreen = {
  columns: 60,
  rows: 24,
  theme: THEMES.none,
  now: new Date('2026-03-01T00:00:09.000Z'),
  board: [],
};
const drawn = (state: ViewState, changes: Partial<LiveScreen> = {}): string[] =>
  liveLines(state, { ...screen, ...changes }).map((line) => line.replace(REVERSE, '').trimEnd());
const withWork = (work: Partial<WorkView>, state: ViewState = START): ViewState => ({
  ...state,
  work: { ...state.work, ...work },
});

const tool = (index: number): OpenTool => ({
  source: `agent/${index}`,
  title: `bash sleep ${index}`,
  startedAt: '2026-03-01T00:00:00.000Z',
});
const prompt = (turn: number, status: OpenPrompt['status']): OpenPrompt => ({
  turn,
  text: `say ${turn}`,
  status,
});
const ask: OpenAsk = {
  source: 'agent',
  story: 'T1',
  call: 'd1',
  text: 'May this be run? rm',
  isConsent: true,
};

describe('the live region', () => {
  it('is a line about the state and the editor while nothing is at work', () => {
    const [status, ...editor] = drawn(START);
    expect(status).toMatch(/^● ready · chat · double\/scripted · new session/);
    expect(editor).toEqual(['>']);
  });

  it('shows tools with their time, what is queued, and what is asked', () => {
    const state = withWork({
      prompts: [prompt(1, 'working'), prompt(2, 'queued')],
      tools: [tool(1)],
      asks: [ask],
    });
    const text = drawn(state).join('\n');
    expect(text).toMatch(/bash sleep 1 9\.?0? ?s/);
    expect(text).toContain('queued: say 2');
    expect(text).toContain('┃ May this be run? rm');
    expect(text).toContain('y = yes, n = no');
  });

  it('counts what has no room', () => {
    const state = withWork({
      tools: Array.from({ length: 9 }, (_tool, index) => tool(index)),
      prompts: [1, 2, 3, 4, 5].map((turn) => prompt(turn, 'queued')),
    });
    const text = drawn(state).join('\n');
    expect(text).toContain('… 4 more at work');
    expect(text).toContain('… 2 more queued');
    const board = Array.from({ length: 30 }, (_line, index) => `story ${index}`);
    expect(drawn(START, { board }).join('\n')).toContain('… 20 more lines');
    const hidden = { ...START, isBoardShown: false };
    expect(drawn(hidden, { board })[0]).toContain('(ctrl+s shows it)');
    const [line] = liveLines(hidden, { ...screen, board: ['\u001b[32mralph\u001b[0m 1 of 4'] });
    expect(line).toBe('\u001b[32mralph\u001b[0m 1 of 4 (ctrl+s shows it)');
  });

  it('says what waits, what is in the way, and what ctrl+c would do', () => {
    const waiting = withWork({
      prompts: [prompt(1, 'working')],
      waits: { T1: 'quota until noon' },
    });
    expect(drawn(waiting).join('\n')).toContain('waits: quota until noon');
    const paused = withWork({ prompts: [prompt(1, 'working')], pausedFor: 'by request' });
    expect(drawn(paused).join('\n')).toContain('paused: by request');
    expect(drawn({ ...START, trouble: 'away' })[0]).toMatch(/^away/);
    expect(drawn({ ...START, isLeaving: true })[0]).toMatch(/^ctrl\+c once more leaves/);
    expect(drawn({ ...START, isInterrupting: true })[0]).toContain('stopping');
    expect(drawn({ ...START, shells: 1 }, { columns: 200 })[0]).toContain(
      'ready · 1 of your programs at work (ctrl+c ends them)',
    );
    expect(drawn({ ...START, attached: ['x'] }, { columns: 200 })[0]).toContain(
      '1 outputs attached',
    );
  });

  it('keeps the editor and one line on a tiny screen', () => {
    const state = withWork({ tools: [tool(1)] }, { ...START, editor: editorWith('typed') });
    expect(drawn(state, { rows: 4, columns: 20 }).at(-1)).toBe('> typed');
    expect(drawn(state, { rows: 2, columns: 10 })).toEqual(['> typed']);
  });

  it('shows the lines around the cursor of a long text', () => {
    const text = Array.from({ length: 40 }, (_line, index) => `l${index}`).join('\n');
    const lines = drawn({ ...START, editor: editorWith(text) });
    expect(lines.at(-1)).toBe('  l39');
    const first = drawn({ ...START, editor: { text, cursor: 0 } });
    expect(first).toContain('> l0');
    expect(first).not.toContain('  l39');
  });

  it('shows the part of a list around the chosen entry', () => {
    const entries = Array.from({ length: 20 }, (_entry, index) => ({
      value: `v${index}`,
      label: `label ${index}`,
      detail: 'about',
    }));
    const lines = drawn({ ...START, menu: { kind: 'files', entries, chosen: 12 } });
    expect(lines.filter((line) => line.includes('label')).length).toBe(8);
    expect(lines).toContain('› label 12  about');
  });

  it('is lower than the screen and no wider, and obeys nothing, whatever is in it', () => {
    const hostile = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(
        fc.record({
          text: hostile,
          rest: hostile,
          title: hostile,
          question: hostile,
          count: fc.nat(12),
          rows: fc.integer({ min: 3, max: 60 }),
          columns: fc.integer({ min: 4, max: 200 }),
        }),
        ({ text, rest, title, question, count, rows, columns }) => {
          const many = Array.from({ length: count }, (_one, index) => index);
          const state: ViewState = {
            ...withWork({
              tools: many.map((index) => ({ ...tool(index), title })),
              prompts: many.map((turn) => ({ ...prompt(turn, 'queued'), text: title })),
              asks: [{ ...ask, text: question }],
            }),
            editor: editorWith(text),
            text: { call: 'c', said: rest, open: { rest, fence: null }, isShown: false },
            menu: {
              kind: 'files',
              entries: many.map(() => ({ value: title, label: title, detail: question })),
              chosen: 0,
            },
          };
          const lines = liveLines(state, { ...screen, rows, columns });
          expect(lines.length).toBeLessThan(rows);
          for (const line of lines) {
            expect(stringWidth(line)).toBeLessThan(columns);
            expect(line.replace(REVERSE, '')).not.toMatch(/\p{Cc}/u);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
