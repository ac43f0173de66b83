import { commandOf, COMMANDS, shellOf } from './commands.js';
import { editorWith, insert, move, wordBeforeCursor, type EditorMove } from './editor.js';
import type { Action, Typed } from './keys.js';
import type { Effect, Reduced } from './message.js';
import type { Menu, OpenAsk, ViewState } from './view-state.js';

/** Messages that are remembered. */
const MOST_HISTORY = 500;

const only = (state: ViewState, ...effects: readonly Effect[]): Reduced => ({ state, effects });

/** What a person typed or pasted goes into the editor. Pure. */
export function typeText(
  state: ViewState,
  typed: Extract<Typed, { readonly kind: 'text' }>,
): Reduced {
  // as in the earlier tool: a question mark alone asks for help
  if (typed.text === '?' && !typed.isPaste && state.editor.text === '')
    return only(settled(state), { kind: 'command', name: 'help', given: '' });
  return suggested({ ...settled(state), editor: insert(state.editor, typed.text) });
}

/** Nothing is asked a second time. */
function settled(state: ViewState): ViewState {
  return { ...state, isLeaving: false, historyAt: null };
}

/** Shows what the word at the cursor may become. */
function suggested(state: ViewState): Reduced {
  const { text } = state.editor;
  if (state.menu?.kind === 'history')
    return only(state, { kind: 'search', menu: 'history', words: text });
  if (/^\/[a-z-]*$/.test(text)) return only({ ...state, menu: commandMenu(text.slice(1)) });
  const { word } = wordBeforeCursor(state.editor);
  if (word.startsWith('@'))
    return only(state, { kind: 'search', menu: 'files', words: word.slice(1) });
  return only(state.menu === null ? state : { ...state, menu: null });
}

function commandMenu(words: string): Menu | null {
  const entries = COMMANDS.filter(({ name }) => name.startsWith(words)).map(
    ({ name, given, about }) => ({
      value: `/${name}${given === '' ? '' : ' '}`,
      label: `/${name} ${given}`.trim(),
      detail: about,
    }),
  );
  return entries.length === 0 ? null : { kind: 'commands', entries, chosen: 0 };
}

/** Carries out what a key does. Pure. */
export function press(state: ViewState, action: Action): Reduced {
  const handler = HANDLERS[action];
  if (handler !== undefined) return handler(state);
  const editor = move(state.editor, action as EditorMove);
  if (action.startsWith('delete-')) return suggested({ ...settled(state), editor });
  return only({ ...state, isLeaving: false, editor });
}

const HANDLERS: Partial<Record<Action, (state: ViewState) => Reduced>> = {
  submit,
  newline: (state) => only({ ...state, menu: null, editor: insert(state.editor, '\n') }),
  steer,
  interrupt,
  quit: (state) => (state.editor.text === '' ? only(state, { kind: 'quit' }) : only(state)),
  close: (state) => only({ ...state, menu: null, isLeaving: false }),
  complete: (state) =>
    state.menu === null
      ? only({ ...state, menu: state.editor.text === '' ? commandMenu('') : null })
      : only(chosen(state, state.menu)),
  palette: (state) => only({ ...state, menu: commandMenu('') }),
  help: (state) => only(state, { kind: 'command', name: 'help', given: '' }),
  board: (state) => only({ ...state, isBoardShown: !state.isBoardShown }),
  output: (state) => only({ ...state, isOutputShown: !state.isOutputShown }),
  'history-back': (state) => only(remembered(state, -1)),
  'history-forward': (state) => only(remembered(state, 1)),
  'history-search': (state) => only(state, { kind: 'search', menu: 'history', words: '' }),
  up: (state) => upOrDown(state, -1),
  down: (state) => upOrDown(state, 1),
};

/** In a list, in the text, and beyond its first or last line in what was said before. */
function upOrDown(state: ViewState, by: 1 | -1): Reduced {
  const { menu, editor } = state;
  if (menu !== null) {
    const count = menu.entries.length;
    return only({ ...state, menu: { ...menu, chosen: (menu.chosen + by + count) % count } });
  }
  const moved = move(editor, by === -1 ? 'up' : 'down');
  return only(moved === editor ? remembered(state, by) : { ...state, editor: moved });
}

function remembered(state: ViewState, by: 1 | -1): ViewState {
  const { history, historyAt, editor, draft } = state;
  const at = (historyAt ?? history.length) + by;
  if (at < 0 || at > history.length) return state;
  if (at === history.length)
    return historyAt === null ? state : { ...state, historyAt: null, editor: editorWith(draft) };
  return {
    ...state,
    historyAt: at,
    draft: historyAt === null ? editor.text : draft,
    editor: editorWith(history[at] ?? ''),
  };
}

/** Puts the chosen entry into the editor. */
function chosen(state: ViewState, menu: Menu): ViewState {
  const entry = menu.entries[menu.chosen];
  if (entry === undefined) return { ...state, menu: null };
  if (menu.kind !== 'files') return withCommand(state, menu, entry.value);
  const { text, cursor } = state.editor;
  const { start } = wordBeforeCursor(state.editor);
  const before = `${text.slice(0, start)}@${entry.value} `;
  const editor = { text: before + text.slice(cursor), cursor: before.length };
  return { ...state, menu: null, editor };
}

/** A command takes the place of a message only until it is carried out. */
function withCommand(state: ViewState, { kind }: Menu, value: string): ViewState {
  const { text } = state.editor;
  const isMessage = kind !== 'history' && text.trim() !== '' && !text.startsWith('/');
  return {
    ...state,
    menu: null,
    editor: editorWith(value),
    setAside: isMessage ? text : state.setAside,
  };
}

function submit(state: ViewState): Reduced {
  const { menu, editor } = state;
  if (menu !== null) {
    const value = menu.entries[menu.chosen]?.value;
    const isWhole = value?.trim() === editor.text.trim();
    if (!isWhole) {
      const next = chosen(state, menu);
      // a command without anything behind it is carried out at once
      const isDone = menu.kind !== 'files' && menu.kind !== 'history' && !/\s$/.test(value ?? ' ');
      return isDone ? submitText(next) : only(next);
    }
  }
  if (editor.text.endsWith('\\') && editor.cursor === editor.text.length)
    return only({ ...state, editor: insert(move(editor, 'delete-left'), '\n') });
  return submitText(state);
}

function submitText(state: ViewState): Reduced {
  const text = state.editor.text.trim();
  if (text === '') return only(state);
  const command = commandOf(text);
  if (command !== undefined) return only(cleared(state), { kind: 'command', ...command });
  const shell = shellOf(text);
  if (shell !== undefined)
    return only({ ...cleared(state), shells: state.shells + 1 }, { kind: 'shell', command: shell });
  const [ask] = state.work.asks;
  if (ask !== undefined) return answer(state, ask, text);
  const { attached } = state;
  // what comes of programs from now on goes along with the message after this one
  return only({ ...cleared(state), attached: [] }, { kind: 'send', text, attached });
}

/** A yes may be as short as a letter. The question is no longer there: a second one is no answer to whatever is asked next. */
function answer(state: ViewState, ask: OpenAsk, text: string): Reduced {
  const word = { y: 'yes', n: 'no' }[text.toLowerCase()] ?? text;
  const { work } = state;
  const asks = work.asks.filter((open) => open !== ask);
  return only(
    { ...cleared(state), work: { ...work, asks } },
    { kind: 'answer', ask, text: ask.isConsent ? word : text },
  );
}

function steer(state: ViewState): Reduced {
  const text = state.editor.text.trim();
  return text === '' ? only(state) : only(cleared(state), { kind: 'steer', text });
}

/** What stood in the editor is remembered; it is empty, or has what was set aside. */
function cleared(state: ViewState): ViewState {
  const text = state.editor.text.trim();
  const history =
    state.history.at(-1) === text ? state.history : [...state.history, text].slice(-MOST_HISTORY);
  return {
    ...settled(state),
    editor: editorWith(state.setAside),
    setAside: '',
    menu: null,
    draft: '',
    history,
  };
}

/** Lists and the text first, then programs of the person, then what is at work, then the screen itself; leaving takes two presses. */
function interrupt(state: ViewState): Reduced {
  const { work, editor, isLeaving, isInterrupting } = state;
  if (state.menu !== null) return only({ ...state, menu: null });
  if (editor.text !== '')
    return only({ ...settled(state), editor: editorWith(state.setAside), setAside: '' });
  if (state.shells > 0) return only(settled(state), { kind: 'stop-shell' });
  if (work.prompts.length > 0 && !isInterrupting)
    return only({ ...state, isInterrupting: true }, { kind: 'interrupt' });
  if (isLeaving) return only(state, { kind: 'quit' });
  return only({ ...state, isLeaving: true });
}
