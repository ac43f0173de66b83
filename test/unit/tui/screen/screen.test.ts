import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { createElement } from 'react';
import { render } from 'ink-testing-library';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FrameView } from '../../../../src/tui/screen/app.js';
import { createFrames } from '../../../../src/tui/screen/frames.js';
import { readKeys } from '../../../../src/tui/screen/keyboard.js';
import { Screen } from '../../../../src/tui/screen/screen.js';
import { EndlessTerminal, sizeOf } from '../../../../src/tui/screen/terminal.js';
import { THEMES } from '../../../../src/tui/screen/theme.js';
import { DEFAULT_KEYS, type Typed } from '../../../../src/tui/state/keys.js';
import type { Effect } from '../../../../src/tui/state/message.js';
import { coloured, SCREEN_CLEARS } from '../../../support/terminal-codes.js';
import { openView, type Block } from '../../../../src/tui/state/view-state.js';

// before ink is loaded, which draws nothing where these say that nobody looks on
vi.hoisted(() => {
  for (const name of ['CI', 'CONTINUOUS_INTEGRATION']) process.env[name] = 'false';
});

/** A terminal that keeps what is written to it. */
class FakeTerminal extends EventEmitter {
  columns = 60;
  rows = 12;
  readonly isTTY = true;
  written = '';
  writes = 0;

  write(text: string): boolean {
    this.written += text;
    this.writes += 1;
    return true;
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }
}

const START = openView({ session: null, agent: 'chat', model: 'double/scripted' });
const blocks = (...texts: readonly string[]): Block[] =>
  texts.map((text) => ({ kind: 'output', text }));

async function opened(): Promise<{
  readonly screen: Screen;
  readonly terminal: FakeTerminal;
  readonly effects: Effect[];
}> {
  const terminal = new FakeTerminal();
  const effects: Effect[] = [];
  const screen = await Screen.open(START, {
    stdout: terminal,
    keys: DEFAULT_KEYS,
    theme: THEMES.none,
    onEffect: (effect) => effects.push(effect),
  });
  onTestFinished(() => screen.close());
  return { screen, terminal, effects };
}

describe('a frame', () => {
  it('has what stays above what is drawn again', () => {
    const { lastFrame, rerender, unmount } = render(
      createElement(FrameView, { batch: 0, lasting: [], live: ['● ready', '', '> '] }),
    );
    expect(lastFrame()).toBe('● ready\n\n>');
    rerender(createElement(FrameView, { batch: 1, lasting: ['one', 'two'], live: ['● ready'] }));
    expect(lastFrame()).toBe('one\ntwo\n● ready');
    rerender(createElement(FrameView, { batch: 1, lasting: [], live: ['● busy'] }));
    expect(lastFrame()).toBe('one\ntwo\n● busy');
    rerender(createElement(FrameView, { batch: 2, lasting: ['three'], live: ['● ready'] }));
    expect(lastFrame()).toBe('one\ntwo\nthree\n● ready');
    unmount();
  });
});

describe('a screen', () => {
  it('writes what stays once, in order, and hands on what is wanted', async () => {
    const { screen, terminal, effects } = await opened();
    for (let index = 0; index < 200; index += 1)
      screen.take({ kind: 'blocks', blocks: blocks(`line ${index}`) });
    await vi.waitFor(() => expect(terminal.written).toContain('line 199'));
    const lines = [...terminal.written.matchAll(/line (\d+)/g)].map(([, number]) => Number(number));
    expect(lines).toEqual(Array.from({ length: 200 }, (_line, index) => index));
    screen.type({ kind: 'text', text: 'say', isPaste: false });
    screen.type({ kind: 'key', name: 'enter' });
    expect(effects).toEqual([{ kind: 'send', text: 'say', attached: [] }]);
    expect(screen.view.out).toEqual([]);
  });

  it('draws at most ten frames a second while agents work', async () => {
    const { screen, terminal } = await opened();
    await vi.waitFor(() => expect(terminal.written).toContain('ready'));
    const from = terminal.writes;
    const begun = performance.now();
    while (performance.now() - begun < 600) {
      screen.take({ kind: 'trouble', text: String(performance.now()) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    const seconds = (performance.now() - begun) / 1000;
    // mark, text, mark
    expect((terminal.writes - from) / 3).toBeLessThanOrEqual(10 * seconds + 2);
  });

  it('never clears the terminal, however small it becomes', async () => {
    const { screen, terminal } = await opened();
    screen.take({ kind: 'editor', text: 'a\n'.repeat(30) });
    screen.showBoard(Array.from({ length: 30 }, (_line, index) => `story ${index}`));
    await vi.waitFor(() => expect(terminal.written).toContain('more lines'));
    for (const [columns, rows] of [
      [30, 5],
      [10, 2],
      [200, 60],
      [60, 12],
    ] as const) {
      terminal.resize(columns, rows);
      screen.take({ kind: 'blocks', blocks: blocks(`at ${columns}`) });
      await vi.waitFor(() => expect(terminal.written).toContain(`at ${columns}`));
    }
    expect(terminal.written).not.toMatch(SCREEN_CLEARS);
  });

  it('draws nothing while another program has the terminal, and everything after', async () => {
    const { screen, terminal } = await opened();
    screen.pause();
    const from = terminal.writes;
    screen.take({ kind: 'blocks', blocks: blocks('meanwhile') });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(terminal.writes).toBe(from);
    screen.resume();
    await vi.waitFor(() => expect(terminal.written).toContain('meanwhile'));
  });

  it('changes its colours at once', async () => {
    const { screen, terminal } = await opened();
    expect(terminal.written).not.toContain(coloured('2', '● ready'));
    screen.setTheme(THEMES.dark);
    await vi.waitFor(() => expect(terminal.written).toContain(coloured('2', '● ready')));
    expect(screen.colours).toBe(THEMES.dark);
  });

  it('shows the last change before it closes', async () => {
    const { screen, terminal } = await opened();
    screen.take({ kind: 'blocks', blocks: blocks('the end') });
    await screen.close();
    expect(terminal.written).toContain('the end');
    expect(terminal.listenerCount('resize')).toBe(0);
  });

  it('is drawn where the environment says that nobody looks on', async () => {
    vi.stubEnv('CI', 'true');
    const { terminal } = await opened();
    await vi.waitFor(() => expect(terminal.written).toContain('ready'));
    expect(process.env['CI']).toBe('true');
    vi.unstubAllEnvs();
  });
});

describe('frames', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are drawn soon for keys, seldom for work, and never after the end', () => {
    vi.useFakeTimers();
    let count = 0;
    const frames = createFrames(() => {
      count += 1;
    });
    vi.advanceTimersByTime(1000);
    frames.request('work');
    vi.advanceTimersByTime(1);
    expect(count).toBe(1);
    frames.request('work');
    frames.request('work');
    vi.advanceTimersByTime(50);
    expect(count).toBe(1);
    frames.request('key');
    vi.advanceTimersByTime(1);
    expect(count).toBe(2);
    frames.request('work');
    vi.advanceTimersByTime(101);
    expect(count).toBe(3);
    frames.request('work');
    frames.end();
    expect(count).toBe(4);
    frames.request('key');
    vi.advanceTimersByTime(1000);
    expect(count).toBe(4);
  });
});

describe('the endless terminal', () => {
  it('is as wide as the real one, and higher than anything', () => {
    const real = new FakeTerminal();
    const endless = new EndlessTerminal(real);
    let resizes = 0;
    endless.on('resize', () => {
      resizes += 1;
    });
    real.resize(33, 5);
    expect([endless.columns, endless.rows, resizes]).toEqual([33, 10_000, 1]);
    endless.release();
    real.resize(34, 5);
    expect(resizes).toBe(1);
  });

  it('takes a usual size for a terminal that tells none', () => {
    expect(sizeOf(Object.assign(new FakeTerminal(), { columns: 0, rows: 0 }))).toEqual({
      columns: 80,
      rows: 24,
    });
  });
});

describe('a keyboard', () => {
  /** What is read of bytes that come in these pieces. */
  async function typed(...pieces: readonly string[]): Promise<Typed[]> {
    const stream = new PassThrough();
    const all: Typed[] = [];
    const modes: boolean[] = [];
    const keys = Object.assign(stream, {
      setRawMode: (mode: boolean) => {
        modes.push(mode);
        return stream;
      },
    });
    const release = readKeys(keys as never, (one) => all.push(one));
    for (const piece of pieces) stream.write(piece);
    stream.write('\u0005');
    await vi.waitFor(() => expect(all.at(-1)).toEqual({ kind: 'key', name: 'ctrl+e' }));
    release();
    expect(modes).toEqual([true, false]);
    return all.slice(0, -1);
  }
  const text = (letter: string, isPaste = false): Typed => ({
    kind: 'text',
    text: letter,
    isPaste,
  });
  const key = (name: string): Typed => ({ kind: 'key', name });

  it('tells letters from keys', async () => {
    expect(await typed('aß', '😀', '\r', '\u001b[A', '\u001b[1;5A', '\u007f', '\u001bs')).toEqual([
      text('a'),
      text('ß'),
      text('😀'),
      key('enter'),
      key('up'),
      key('ctrl+up'),
      key('backspace'),
      key('alt+s'),
    ]);
  });

  it('takes a paste as one text, line ends and all', async () => {
    expect(await typed('\u001b[200~one\rtwo\n\u0003', 'three\u001b[201~')).toEqual([
      text('one\rtwo\n\u0003three', true),
    ]);
    expect(await typed('\u001b[200~\u001b[201~')).toEqual([]);
  });
});
