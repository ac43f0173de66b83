import { EMPTY_EDITOR, type Editor } from './editor.js';
import { NO_TEXT, type AnswerPart, type OpenText } from './answer.js';

/** What left the region that is drawn again and again: it is written once, and stays in the terminal's own history. */
export type Block =
  | { readonly kind: 'prompt'; readonly text: string }
  | { readonly kind: 'answer'; readonly part: AnswerPart }
  | {
      readonly kind: 'tool';
      readonly title: string;
      readonly preview: string;
      readonly isError: boolean;
    }
  | { readonly kind: 'note'; readonly text: string; readonly tone: Tone }
  | { readonly kind: 'diff'; readonly text: string }
  | { readonly kind: 'output'; readonly text: string };

/** How a line is meant. */
export type Tone = 'plain' | 'good' | 'bad' | 'warning' | 'faint';

/** A prompt that has not ended. */
export interface OpenPrompt {
  readonly turn: number;
  readonly text: string;
  readonly status: 'queued' | 'working';
}

/** A call of a tool that has not ended. */
export interface OpenTool {
  readonly source: string;
  readonly title: string;
  readonly startedAt: string;
}

/** What an agent wants to know, or wants a yes for. */
export interface OpenAsk {
  readonly source: string;
  readonly story: string;
  /** The call that asks; empty where the log does not tell. */
  readonly call: string;
  readonly text: string;
  readonly isConsent: boolean;
}

/** What the answer that is being made has said. */
export interface LiveText {
  /** The call that says it. */
  readonly call: string;
  /** Everything that it said. */
  readonly said: string;
  /** What of it waits to be shown for good. */
  readonly open: OpenText;
  /** True when some of it was shown for good. */
  readonly isShown: boolean;
}

/** A list to choose from, below the editor. */
export interface Menu {
  readonly kind: 'commands' | 'files' | 'history' | 'sessions' | 'models';
  readonly entries: readonly MenuEntry[];
  readonly chosen: number;
}

/** One entry of a {@link Menu}. */
export interface MenuEntry {
  /** What is put into the editor. */
  readonly value: string;
  readonly label: string;
  readonly detail: string;
}

/** Work of agents, as events tell it. */
export interface WorkView {
  readonly prompts: readonly OpenPrompt[];
  /** Model calls in flight: the workflow that waits for one, and whose story it is. */
  readonly calls: Readonly<Record<string, string>>;
  /** Who waits for what, by its workflow. */
  readonly waits: Readonly<Record<string, string>>;
  readonly asks: readonly OpenAsk[];
  readonly tools: readonly OpenTool[];
  readonly pausedFor: string | null;
  readonly tokens: number;
  readonly costMicroUsd: number | null;
}

/** No work at all. */
export const NO_WORK: WorkView = {
  prompts: [],
  calls: {},
  waits: {},
  asks: [],
  tools: [],
  pausedFor: null,
  tokens: 0,
  costMicroUsd: 0,
};

/** Everything that the screen shows; it is only ever made from the one before and what happened. */
export interface ViewState {
  readonly session: string | null;
  readonly agent: string;
  readonly model: string;
  readonly work: WorkView;
  readonly text: LiveText;
  /** Prompts that are on their way to the session. */
  readonly sending: number;
  readonly isInterrupting: boolean;
  /** What cannot be reached at this moment; null = all is well. */
  readonly trouble: string | null;
  /** What is to be written for good. */
  readonly out: readonly Block[];
  readonly editor: Editor;
  /** What was said before, oldest first, and where in it the editor is. */
  readonly history: readonly string[];
  readonly historyAt: number | null;
  /** What stood in the editor before history was looked at. */
  readonly draft: string;
  /** The message that a command was chosen over: it comes back into the editor when that is done. */
  readonly setAside: string;
  readonly menu: Menu | null;
  readonly isBoardShown: boolean;
  /** Tools with what came of them; else one line each. */
  readonly isOutputShown: boolean;
  /** Output of `!` commands that goes along with the next prompt. */
  readonly attached: readonly string[];
  /** Programs of the person, started with `!`, that have not ended. */
  readonly shells: number;
  /** True once ctrl+c was pressed with nothing to interrupt: once more leaves. */
  readonly isLeaving: boolean;
}

/** How the screen begins. */
export function openView(facts: Pick<ViewState, 'session' | 'agent' | 'model'>): ViewState {
  return {
    ...facts,
    work: NO_WORK,
    text: { call: '', said: '', open: NO_TEXT, isShown: false },
    sending: 0,
    isInterrupting: false,
    trouble: null,
    out: [],
    editor: EMPTY_EDITOR,
    history: [],
    historyAt: null,
    draft: '',
    setAside: '',
    menu: null,
    isBoardShown: true,
    isOutputShown: false,
    attached: [],
    shells: 0,
    isLeaving: false,
  };
}

/** How it stands, in one word. */
export type Standing = 'idle' | 'sending' | 'calling' | 'asks' | 'paused' | 'waiting' | 'working';

/**
 * How a state stands. While a model call may be in flight it is neither idle nor waiting, whatever else is the case: money is being spent. The
 * events tell when a call has ended and not when it began, so that an agent without anything else to do counts as calling. Pure.
 */
export function standingOf({ work, sending }: Pick<ViewState, 'work' | 'sending'>): Standing {
  const { calls, asks, tools, waits, prompts, pausedFor } = work;
  if (Object.keys(calls).length > 0) return 'calling';
  const asking = new Set(asks.map(({ source }) => source));
  if (tools.some(({ source }) => !asking.has(source))) return 'working';
  if (asks.length > 0) return 'asks';
  if (prompts.some(({ status }) => status === 'working')) {
    if (pausedFor !== null) return 'paused';
    return Object.keys(waits).length > 0 ? 'waiting' : 'calling';
  }
  if (prompts.length > 0) return 'working';
  return sending > 0 ? 'sending' : 'idle';
}
