import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../../src/domain/run/event.js';
import {
  COMMANDS,
  commandOf,
  filesIn,
  shellOf,
  spokenPart,
} from '../../../../src/tui/state/commands.js';
import { editorWith } from '../../../../src/tui/state/editor.js';
import { DEFAULT_KEYS, keyName, keysWith } from '../../../../src/tui/state/keys.js';
import type { Effect, Message } from '../../../../src/tui/state/message.js';
import { reduce } from '../../../../src/tui/state/reduce.js';
import { openView, standingOf, type ViewState } from '../../../../src/tui/state/view-state.js';

const START = openView({ session: null, agent: 'chat', model: 'double/scripted' });
const key = (name: string): Message => ({ kind: 'typed', typed: { kind: 'key', name } });
const text = (typed: string, isPaste = false): Message => ({
  kind: 'typed',
  typed: { kind: 'text', text: typed, isPaste },
});
const event = (type: RunEvent['type'], fields: Partial<RunEvent> = {}): Message => ({
  kind: 'event',
  event: {
    source: 'agent',
    seq: 1,
    type,
    at: '2026-03-01T00:00:00.000Z',
    story: 'T1',
    ...fields,
  },
});

/** A state after messages, with everything that was to be done. */
function play(
  messages: readonly Message[],
  from: ViewState = START,
): { readonly state: ViewState; readonly effects: readonly Effect[] } {
  let state = from;
  const effects: Effect[] = [];
  for (const message of messages) {
    const next = reduce(state, message, DEFAULT_KEYS);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects };
}

const working = play([event('story.start', { text: 'say it' })]).state;

const mayIt = (call: string): Message =>
  event('permission.ask', { text: 'May this be run?', data: { call } });

describe('what is typed', () => {
  it('is sent with enter, remembered, and gone from the editor', () => {
    const { state, effects } = play([text('say hello'), key('enter')]);
    expect(effects).toEqual([{ kind: 'send', text: 'say hello', attached: [] }]);
    expect(state).toMatchObject({ editor: { text: '', cursor: 0 }, history: ['say hello'] });
  });

  it('goes on in a new line with alt+enter, ctrl+j and a backslash at the end', () => {
    const { effects } = play([
      text('one'),
      key('alt+enter'),
      text('two'),
      key('ctrl+j'),
      text('three\\'),
      key('enter'),
      text('four'),
      key('enter'),
    ]);
    expect(effects).toEqual([{ kind: 'send', text: 'one\ntwo\nthree\nfour', attached: [] }]);
  });

  it('keeps the lines of a paste without sending them', () => {
    const { state, effects } = play([text('a\r\nb\r\n', true)]);
    expect(effects).toEqual([]);
    expect(state.editor.text).toBe('a\nb\n');
  });

  it('is nothing when it is empty', () => {
    expect(play([text('  '), key('enter')]).effects).toEqual([]);
  });

  it('is a command behind a slash, a program behind an exclamation mark, and help for a lone question mark', () => {
    expect(play([text('/model a/b '), key('enter')]).effects).toEqual([
      { kind: 'command', name: 'model', given: 'a/b' },
    ]);
    expect(play([text('! ls -l'), key('enter')]).effects).toEqual([
      { kind: 'shell', command: 'ls -l' },
    ]);
    expect(play([text('?')]).effects).toEqual([{ kind: 'command', name: 'help', given: '' }]);
    expect(play([text('why'), text('?'), key('enter')]).effects).toEqual([
      { kind: 'send', text: 'why?', attached: [] },
    ]);
  });

  it('answers what an agent asks, and says yes with a letter', () => {
    const asked = play([mayIt('d1')], working).state;
    const ask = expect.objectContaining({ story: 'T1', call: 'd1' });
    expect(play([text('y'), key('enter')], asked).effects).toEqual([
      { kind: 'answer', ask, text: 'yes' },
    ]);
    expect(play([text('not there'), key('enter')], asked).effects).toEqual([
      { kind: 'answer', ask, text: 'not there' },
    ]);
    const question = play([event('question.ask', { text: 'Which?' })], working).state;
    expect(play([text('y'), key('enter')], question).effects).toEqual([
      { kind: 'answer', ask: expect.objectContaining({ call: '' }), text: 'y' },
    ]);
  });

  it('answers each question once, and the next one by itself', () => {
    const asked = play([mayIt('d1'), mayIt('d2')], working).state;
    const first = play([text('y'), key('enter')], asked);
    expect(first.state.work.asks.map(({ call }) => call)).toEqual(['d2']);
    expect(standingOf(play([text('y'), key('enter')], first.state).state)).toBe('calling');
    const [effect] = first.effects;
    if (effect?.kind !== 'answer') throw new Error('it was answered');
    // an answer that could not be given leaves the question open
    const unsaid = play([{ kind: 'unsaid', text: 'yes', ask: effect.ask }], first.state).state;
    expect(unsaid.work.asks.map(({ call }) => call)).toEqual(['d1', 'd2']);
    expect(unsaid.editor.text).toBe('yes');
  });

  it('steers the agent at work with alt+s', () => {
    expect(play([text('stop that'), key('alt+s')], working).effects).toEqual([
      { kind: 'steer', text: 'stop that' },
    ]);
  });
});

describe('history', () => {
  const said: ViewState = { ...START, history: ['one', 'two'] };

  it('is looked through with up and down beyond the text, and gives the draft back', () => {
    const { state } = play([text('draft'), key('up')], said);
    expect(state.editor.text).toBe('two');
    expect(play([key('up'), key('up')], state).state.editor.text).toBe('one');
    expect(play([key('down')], state).state.editor.text).toBe('draft');
    expect(play([key('down')], said).state.editor.text).toBe('');
  });

  it('moves in a text of several lines first', () => {
    const { state } = play([text('a\nb', true), key('up')], said);
    expect(state.editor).toEqual({ text: 'a\nb', cursor: 1 });
    expect(play([key('up')], state).state.editor.text).toBe('two');
  });

  it('is searched with ctrl+r', () => {
    expect(play([key('ctrl+r')], said).effects).toEqual([
      { kind: 'search', menu: 'history', words: '' },
    ]);
  });
});

describe('lists', () => {
  it('offer the commands that begin so, and carry out the chosen one', () => {
    const { state } = play([text('/s')]);
    expect(state.menu?.entries.map(({ label }) => label)).toEqual([
      '/sessions',
      '/say TEXT',
      '/swarm TASK',
      '/script NAME [JSON]',
    ]);
    expect(play([key('enter')], state).effects).toEqual([
      { kind: 'command', name: 'sessions', given: '' },
    ]);
    // one that needs words is put into the editor
    const chosen = play([key('down'), key('enter')], state);
    expect(chosen.effects).toEqual([]);
    expect(chosen.state.editor.text).toBe('/say ');
    expect(play([key('up'), key('tab')], state).state.editor.text).toBe('/script ');
    expect(play([key('escape')], state).state.menu).toBeNull();
  });

  it('asks for files behind an at sign, and puts the chosen one in its place', () => {
    const typed = play([text('see @ma')]);
    expect(typed.effects).toEqual([{ kind: 'search', menu: 'files', words: 'ma' }]);
    const menu = {
      kind: 'files' as const,
      entries: [{ value: 'src/main.ts', label: 'src/main.ts', detail: '' }],
      chosen: 0,
    };
    const { state } = play([{ kind: 'menu', menu }, key('tab')], typed.state);
    expect(state.editor.text).toBe('see @src/main.ts ');
    expect(state.menu).toBeNull();
  });

  it('opens the palette with ctrl+p and with tab in an empty editor', () => {
    for (const name of ['ctrl+p', 'tab'])
      expect(play([key(name)]).state.menu?.entries.length).toBe(COMMANDS.length);
  });
});

describe('a command over a message that is half written', () => {
  const half = play([text('half a\nmessage', true), key('ctrl+p')]).state;

  it('has the message when it is carried out, with or without words behind it', () => {
    const done = play([key('enter')], half);
    expect(done.effects).toEqual([{ kind: 'command', name: 'help', given: '' }]);
    expect(done.state.editor.text).toBe('half a\nmessage');
    const { menu } = half;
    const chosen = menu?.entries.findIndex(({ value }) => value === '/model ') ?? 0;
    const model = { ...half, menu: menu && { ...menu, chosen } };
    const typed = play([key('tab'), text('a/b')], model).state;
    expect(typed.editor.text).toBe('/model a/b');
    const after = play([key('enter')], typed);
    expect(after.effects).toEqual([{ kind: 'command', name: 'model', given: 'a/b' }]);
    expect(after.state).toMatchObject({ editor: { text: 'half a\nmessage' }, setAside: '' });
  });

  it('gives the message back when it is not carried out', () => {
    expect(play([key('escape')], half).state.editor.text).toBe('half a\nmessage');
    const left = play([key('tab'), text(' '), key('ctrl+c')], half).state;
    expect(left).toMatchObject({ editor: { text: 'half a\nmessage' }, setAside: '' });
    expect(play([key('ctrl+c')], left).state.editor.text).toBe('');
  });
});

describe('ctrl+c', () => {
  it('closes a list, then empties the editor, then stops the work, then leaves when pressed twice', () => {
    const list = play([text('/s'), key('ctrl+c')], working);
    expect(list.state.menu).toBeNull();
    const empty = play([key('ctrl+c')], list.state);
    expect([empty.state.editor.text, empty.effects]).toEqual(['', []]);
    const stopped = play([key('ctrl+c')], empty.state);
    expect(stopped.effects).toEqual([{ kind: 'interrupt' }]);
    expect(stopped.state.isInterrupting).toBe(true);
    const ended = play([event('run.end', { text: 'cancelled' })], stopped.state);
    expect(ended.state.isInterrupting).toBe(false);
    const once = play([key('ctrl+c')], ended.state);
    expect([once.effects, once.state.isLeaving]).toEqual([[], true]);
    expect(play([key('ctrl+c')], once.state).effects).toEqual([{ kind: 'quit' }]);
    expect(play([text('x')], once.state).state.isLeaving).toBe(false);
  });

  it('ends programs of the person before what is at work', () => {
    const { state, effects } = play([text('!tail -f x'), key('enter'), key('ctrl+c')], working);
    expect(effects).toEqual([{ kind: 'shell', command: 'tail -f x' }, { kind: 'stop-shell' }]);
    expect(state).toMatchObject({ shells: 1, isInterrupting: false });
    const ended = play([{ kind: 'shell-end' }, key('ctrl+c')], state);
    expect(ended.state.shells).toBe(0);
    expect(ended.effects).toEqual([{ kind: 'interrupt' }]);
  });

  it('brings back what was queued', () => {
    const { state } = play(
      [
        { kind: 'sending' },
        { kind: 'sent', session: null, turn: 2, text: 'say more' },
        event('run.end', { story: undefined, text: 'cancelled' }),
      ],
      working,
    );
    expect(state.editor.text).toBe('say more');
    expect(standingOf(state)).toBe('idle');
  });

  it('does not lose a text to ctrl+d', () => {
    expect(play([text('x'), key('ctrl+d')]).effects).toEqual([]);
    expect(play([key('ctrl+d')]).effects).toEqual([{ kind: 'quit' }]);
  });
});

describe('a message that was sent', () => {
  it('waits in the queue until the log tells of it, in whichever order both come', () => {
    const sent: Message = { kind: 'sent', session: null, turn: 1, text: 'say it' };
    const told = event('story.start', { text: 'say it' });
    const first = play([{ kind: 'sending' }, sent]).state;
    expect(first.work.prompts).toEqual([{ turn: 1, text: 'say it', status: 'queued' }]);
    for (const messages of [
      [sent, told],
      [told, sent],
    ]) {
      const { state } = play([{ kind: 'sending' }, ...messages]);
      expect(state.work.prompts).toEqual([{ turn: 1, text: 'say it', status: 'working' }]);
      expect(state.sending).toBe(0);
    }
  });

  it('is not shown in another session than the one that it was said in', () => {
    const { state } = play([
      { kind: 'sending' },
      { kind: 'session', session: 'other', agent: 'chat', prompts: [] },
      { kind: 'sent', session: 'first', turn: 1, text: 'say it' },
    ]);
    expect(state.work.prompts).toEqual([]);
    expect(standingOf(state)).toBe('idle');
  });

  it('takes the outputs of programs along once, and gives them back where it was not taken', () => {
    const ended = (output: string): Message => ({ kind: 'attached', text: output });
    const say = (words: string): Message[] => [text(words), key('enter')];
    const { state, effects } = play([ended('one'), ...say('a'), ...say('b'), ended('two')]);
    expect(effects).toEqual([
      { kind: 'send', text: 'a', attached: ['one'] },
      { kind: 'send', text: 'b', attached: [] },
    ]);
    // an earlier message that begins to be sent takes nothing of what came later
    expect(play([{ kind: 'sending' }], state).state.attached).toEqual(['two']);
    const unsaid: Message = { kind: 'unsaid', text: 'a', attached: ['one'] };
    expect(play([unsaid], state).state).toMatchObject({
      attached: ['one', 'two'],
      editor: { text: 'a' },
    });
    expect(play([text('draft'), unsaid], state).state.editor.text).toBe('draft');
  });

  it('is no longer on its way when it was refused', () => {
    const { state } = play([
      { kind: 'sending' },
      { kind: 'sent', session: null, turn: null, text: 'x' },
    ]);
    expect(standingOf(state)).toBe('idle');
  });
});

describe('an answer', () => {
  const call = 'agent#1.0';
  const begin: Message = { kind: 'deltas', deltas: [{ kind: 'begin', story: 'T1', call }] };
  const say = (said: string): Message => ({
    kind: 'deltas',
    deltas: [{ kind: 'text', story: 'T1', call, text: said }],
  });
  const answers = ({ out }: ViewState): string[] =>
    out.flatMap((block) =>
      block.kind === 'answer' && block.part.kind === 'markdown' ? [block.part.text] : [],
    );

  it('leaves the live region paragraph by paragraph, and what is left comes with its end', () => {
    const { state } = play([begin, say('one\n\ntwo '), say('goes')], working);
    expect(answers(state)).toEqual(['one']);
    expect(state.text.open.rest).toBe('two goes');
    const ended = play([{ kind: 'answered', text: 'one\n\ntwo goes on\n' }], state).state;
    expect(answers(ended)).toEqual(['one', 'two goes on']);
    expect(ended.text.open.rest).toBe('');
  });

  it('is said anew, and that is told, when its call begins again', () => {
    const { state } = play([begin, say('half\n\n'), begin, say('other\n\n')], working);
    expect(answers(state)).toEqual(['half', 'other']);
    expect(state.out).toContainEqual({
      kind: 'note',
      text: '(the answer begins again)',
      tone: 'faint',
    });
  });

  it('is shown whole where the channel lost it, and where it said something else', () => {
    const whole: Message = { kind: 'answered', text: 'all of it' };
    expect(answers(play([whole], working).state)).toEqual(['all of it']);
    const { state } = play([begin, say('lost\n\n'), whole], working);
    expect(answers(state)).toEqual(['lost', 'all of it']);
  });

  it('keeps what was said when it was broken off', () => {
    const { state } = play([begin, say('half a'), { kind: 'answered', text: '' }], working);
    expect(answers(state)).toEqual(['half a']);
  });

  it('stands before the tool that follows it', () => {
    const { state } = play(
      [begin, say('I look.'), event('tool.start', { text: 'read a' })],
      working,
    );
    expect(answers(state)).toEqual(['I look.']);
  });

  it('of a prompt that is not at work is left out', () => {
    expect(play([begin, say('stray\n\n')]).state).toEqual(START);
  });
});

describe('facts', () => {
  it('change what they are about, and nothing else', () => {
    const { state } = play([
      { kind: 'model', model: 'a/b' },
      { kind: 'agent', agent: 'build' },
      { kind: 'trouble', text: 'away' },
      { kind: 'attached', text: 'output' },
      { kind: 'history', history: ['x'] },
      { kind: 'editor', text: 'draft' },
      { kind: 'blocks', blocks: [{ kind: 'output', text: 'o' }] },
    ]);
    expect(state).toEqual({
      ...START,
      model: 'a/b',
      agent: 'build',
      trouble: 'away',
      attached: ['output'],
      history: ['x'],
      editor: editorWith('draft'),
      out: [{ kind: 'output', text: 'o' }],
    });
    expect(play([{ kind: 'written', count: 1 }], state).state.out).toEqual([]);
    expect(play([{ kind: 'interrupted' }], { ...START, isInterrupting: true }).state).toEqual(
      START,
    );
  });

  it('of another session begin from nothing', () => {
    const { state } = play([{ kind: 'session', session: 'other', agent: 'plan', prompts: [] }], {
      ...working,
      isInterrupting: true,
    });
    expect(standingOf(state)).toBe('idle');
    expect(state).toMatchObject({ session: 'other', agent: 'plan', isInterrupting: false });
    const prompts = [{ turn: 1, text: 'say it', status: 'working' as const }];
    const paused = { kind: 'session' as const, session: 's', agent: 'plan', prompts };
    expect(standingOf(play([{ ...paused, pausedFor: 'by request' }]).state)).toBe('paused');
  });

  it('are shown and hidden by keys', () => {
    expect(play([key('f2')]).state.isBoardShown).toBe(false);
    expect(play([key('ctrl+o')]).state.isOutputShown).toBe(true);
    expect(play([key('f9')]).state).toBe(START);
  });
});

describe('words of a message', () => {
  it.each([
    ['/new', { name: 'new', given: '' }],
    [' /swarm do\nthis ', { name: 'swarm', given: 'do\nthis' }],
    ['/Users/ada is a path', undefined],
    ['a /new', undefined],
    ['/', undefined],
  ])('%j as a command is %j', (typed, expected) => {
    expect(commandOf(typed)).toEqual(expected);
  });

  it.each([
    ['!ls', 'ls'],
    ['!', undefined],
    ['a!', undefined],
  ])('%j as a program is %j', (typed, expected) => {
    expect(shellOf(typed)).toBe(expected);
  });

  it('name files once each, without the mark behind them and without addresses', () => {
    expect(filesIn('@a.ts and @b/c.ts, @a.ts? mail x@y.org @ ')).toEqual(['a.ts', 'b/c.ts']);
  });

  it('are what was said, without what went along', () => {
    expect(spokenPart('say it\n\n<file name="a">\nx\n</file>')).toBe('say it');
    expect(spokenPart('a\n\n<command line="ls" end="exit 0">\n</command>')).toBe('a');
    expect(spokenPart('a <file> b')).toBe('a <file> b');
  });
});

describe('keys of the configuration', () => {
  it('come before those that are there, and take one away', () => {
    const keys = keysWith({ f3: 'palette', 'ctrl+q': 'none' });
    expect(keys).toMatchObject({ f3: 'palette', 'ctrl+p': 'palette' });
    expect(keys['ctrl+q']).toBeUndefined();
    expect(DEFAULT_KEYS['ctrl+q']).toBe('quit');
  });
});

describe('a key', () => {
  it.each([
    ['a', { name: 'a', sequence: 'a' }, undefined],
    ['A', { name: 'a', shift: true }, undefined],
    ['\r', { name: 'return' }, 'enter'],
    ['\n', { name: 'enter' }, 'ctrl+j'],
    ['\u001b\r', { name: 'return', meta: true }, 'alt+enter'],
    ['\u0003', { name: 'c', ctrl: true }, 'ctrl+c'],
    [undefined, { name: 'up' }, 'up'],
    ['\u001b', { name: 'escape', meta: true }, 'escape'],
    ['ü', { name: undefined, sequence: 'ü' }, undefined],
    ['\u001b', { sequence: '\u001b[99~' }, undefined],
  ])('%j %j is called %s', (typed, pressed, expected) => {
    expect(keyName(typed, pressed)).toBe(expected);
  });
});
