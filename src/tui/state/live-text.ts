import type { Delta } from '../../runs/index.js';
import { NO_TEXT, restOfText, takeText, type AnswerPart } from './answer.js';
import type { Block, LiveText, ViewState } from './view-state.js';
import { note } from './work.js';

/** Nothing is said. */
const SILENT: LiveText = { call: '', said: '', open: NO_TEXT, isShown: false };

const block = (part: AnswerPart): Block => ({ kind: 'answer', part });

/** Takes in what models say at this moment, of prompts that are worked on. Pure. */
export function takeDeltas(state: ViewState, deltas: readonly Delta[]): ViewState {
  let next = state;
  for (const delta of deltas) {
    if (!isOfOpenPrompt(next, delta)) continue;
    next = delta.kind === 'begin' ? begin(next, delta) : say(next, delta);
  }
  return next;
}

function isOfOpenPrompt({ work }: ViewState, { story }: Delta): boolean {
  return work.prompts.some(({ turn, status }) => status === 'working' && story === `T${turn}`);
}

/** The same call again is another try: what was told of it is void. */
function begin(state: ViewState, { call, story }: Delta): ViewState {
  const { text, work } = state;
  const isAgain = text.call === call;
  const out: readonly Block[] = isAgain
    ? text.isShown
      ? [note('(the answer begins again)')]
      : []
    : restOfText(text.open).map(block);
  return {
    ...state,
    work: { ...work, calls: { ...work.calls, [call]: story } },
    out: [...state.out, ...out],
    text: { ...SILENT, call },
  };
}

function say(state: ViewState, delta: Delta): ViewState {
  const { text } = state;
  if (delta.kind !== 'text' || delta.call !== text.call) return state;
  const { open, parts } = takeText(text.open, delta.text);
  return {
    ...state,
    out: parts.length === 0 ? state.out : [...state.out, ...parts.map(block)],
    text: {
      ...text,
      said: text.said + delta.text,
      open,
      isShown: text.isShown || parts.length > 0,
    },
  };
}

/** A tool ends what was said before it. Pure. */
export function settleText(state: ViewState): ViewState {
  const { text } = state;
  if (text.open.rest === '') return state;
  return {
    ...state,
    out: [...state.out, ...restOfText(text.open).map(block)],
    text: { ...text, open: { ...NO_TEXT }, isShown: true },
  };
}

/** The whole answer is there: what of it was not shown is shown now. Pure. */
export function takeAnswer(state: ViewState, answer: string): ViewState {
  const { text } = state;
  // it was broken off: what it said until then is all there is
  if (answer === '') return { ...settleText(state), text: SILENT };
  const shown = text.said.slice(0, text.said.length - text.open.rest.length);
  const goesOn = shown !== '' && answer.startsWith(shown);
  const { open, parts } = takeText(
    goesOn ? { rest: '', fence: text.open.fence } : NO_TEXT,
    goesOn ? answer.slice(shown.length) : answer,
  );
  return {
    ...state,
    out: [...state.out, ...parts.map(block), ...restOfText(open).map(block)],
    text: SILENT,
  };
}
