import type { RunEvent } from '../../domain/index.js';
import { editorWith } from './editor.js';
import type { Action } from './keys.js';
import type { Message, Reduced } from './message.js';
import { press, typeText } from './press.js';
import { settleText, takeAnswer, takeDeltas } from './live-text.js';
import { NO_WORK, type OpenPrompt, type ViewState } from './view-state.js';
import { takeEvent } from './work.js';

/** The next state. Pure. `keys` says what each key does. */
export function reduce(
  state: ViewState,
  message: Message,
  keys: Readonly<Record<string, Action>>,
): Reduced {
  if (message.kind === 'typed') {
    const { typed } = message;
    if (typed.kind === 'text') return typeText(state, typed);
    const action = keys[typed.name];
    return action === undefined ? { state, effects: [] } : press(state, action);
  }
  return { state: change(state, message), effects: [] };
}

type Change = Exclude<Message, { readonly kind: 'typed' }>;

function change(state: ViewState, message: Change): ViewState {
  switch (message.kind) {
    case 'event':
      return withEvent(state, message.event);
    case 'deltas':
      return takeDeltas(state, message.deltas);
    case 'answered':
      return takeAnswer(state, message.text);
    case 'sending':
      return { ...state, sending: state.sending + 1 };
    case 'shell-end':
      return { ...state, shells: Math.max(0, state.shells - 1) };
    case 'sent':
      return withSent(state, message);
    case 'session':
      return withSession(state, message);
    case 'blocks':
      return { ...state, out: [...state.out, ...message.blocks] };
    case 'written':
      return { ...state, out: state.out.slice(message.count) };
    default:
      return withFacts(state, message);
  }
}

type Fact = Extract<
  Change,
  {
    readonly kind:
      | 'model'
      | 'agent'
      | 'menu'
      | 'editor'
      | 'attached'
      | 'unsaid'
      | 'interrupted'
      | 'trouble'
      | 'history';
  }
>;

function withFacts(state: ViewState, message: Fact): ViewState {
  switch (message.kind) {
    case 'model':
      return { ...state, model: message.model };
    case 'agent':
      return { ...state, agent: message.agent };
    case 'menu':
      return { ...state, menu: message.menu };
    case 'editor':
      return { ...state, editor: editorWith(message.text) };
    case 'attached':
      return { ...state, attached: [...state.attached, message.text] };
    case 'unsaid':
      return withUnsaid(state, message);
    case 'interrupted':
      return { ...state, isInterrupting: false };
    case 'trouble':
      return { ...state, trouble: message.text };
    case 'history':
      return { ...state, history: message.history };
  }
}

/** Comes back, but over nothing else that is being written: what was said before has it too. */
function withUnsaid(
  state: ViewState,
  { text, attached = [], ask }: Extract<Message, { readonly kind: 'unsaid' }>,
): ViewState {
  const isFree = state.editor.text === '';
  const { work } = state;
  return {
    ...state,
    work: ask === undefined ? work : { ...work, asks: [ask, ...work.asks] },
    attached: [...attached, ...state.attached],
    ...(isFree ? { editor: editorWith(text) } : {}),
  };
}

function withEvent(state: ViewState, event: RunEvent): ViewState {
  const settled = event.type.startsWith('tool.') ? settleText(state) : state;
  const { work, out } = takeEvent(settled.work, event);
  const queued = event.type === 'run.end' ? unsaid(state) : '';
  return {
    ...settled,
    work,
    // what was left out can be said again
    ...(queued === '' ? {} : { editor: editorWith(queued) }),
    out: out.length === 0 ? settled.out : [...settled.out, ...out],
    isInterrupting: state.isInterrupting && work.prompts.length > 0,
  };
}

/** What waited for its turn when everything was stopped, where nothing else is being written. */
function unsaid({ work, editor }: ViewState): string {
  if (editor.text !== '') return '';
  return work.prompts
    .filter(({ status }) => status === 'queued')
    .map(({ text }) => text)
    .join('\n');
}

function withSent(
  state: ViewState,
  { session, turn, text }: Extract<Message, { readonly kind: 'sent' }>,
): ViewState {
  const sending = Math.max(0, state.sending - 1);
  // the log may have told of it before the session's answer came
  const isKnown = turn === null || state.work.prompts.some((prompt) => prompt.turn === turn);
  if (isKnown || session !== state.session) return { ...state, sending };
  const queued: OpenPrompt = { turn, text, status: 'queued' };
  return {
    ...state,
    sending,
    work: { ...state.work, prompts: [...state.work.prompts, queued] },
  };
}

function withSession(
  state: ViewState,
  { session, agent, prompts, pausedFor }: Extract<Message, { readonly kind: 'session' }>,
): ViewState {
  return {
    ...state,
    session,
    agent,
    work: { ...NO_WORK, prompts, pausedFor: pausedFor ?? null },
    text: { call: '', said: '', open: { rest: '', fence: null }, isShown: false },
    isInterrupting: false,
  };
}
