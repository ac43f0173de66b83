import type { RunEvent } from '../../domain/index.js';
import type { Delta } from '../../runs/index.js';
import type { Typed } from './keys.js';
import type { Block, Menu, OpenAsk, OpenPrompt, ViewState } from './view-state.js';

/** What a person wants done; carried out by whoever holds the screen. */
export type Effect =
  /** A message, with the outputs of programs that go along with it. */
  | { readonly kind: 'send'; readonly text: string; readonly attached: readonly string[] }
  | { readonly kind: 'steer'; readonly text: string }
  | { readonly kind: 'answer'; readonly ask: OpenAsk; readonly text: string }
  | { readonly kind: 'command'; readonly name: string; readonly given: string }
  | { readonly kind: 'shell'; readonly command: string }
  | { readonly kind: 'search'; readonly menu: Menu['kind']; readonly words: string }
  | { readonly kind: 'interrupt' }
  /** Ends the programs that the person started with `!`. */
  | { readonly kind: 'stop-shell' }
  | { readonly kind: 'quit' };

/** Everything that can happen to a screen. */
export type Message =
  | { readonly kind: 'typed'; readonly typed: Typed }
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'deltas'; readonly deltas: readonly Delta[] }
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'sending' }
  /** One of the programs that were started with `!` has ended. */
  | { readonly kind: 'shell-end' }
  /** A prompt was taken by a session, which may be another than the one that is shown by now; turn null = it was not. */
  | {
      readonly kind: 'sent';
      readonly session: string | null;
      readonly turn: number | null;
      readonly text: string;
    }
  | {
      readonly kind: 'session';
      readonly session: string | null;
      readonly agent: string;
      readonly prompts: readonly OpenPrompt[];
      /** Why it makes no model call; absent = nobody paused it. */
      readonly pausedFor?: string;
    }
  | { readonly kind: 'model'; readonly model: string }
  | { readonly kind: 'agent'; readonly agent: string }
  | { readonly kind: 'blocks'; readonly blocks: readonly Block[] }
  | { readonly kind: 'menu'; readonly menu: Menu | null }
  | { readonly kind: 'editor'; readonly text: string }
  | { readonly kind: 'attached'; readonly text: string }
  /** What could not be said: nothing of it is lost. */
  | {
      readonly kind: 'unsaid';
      readonly text: string;
      readonly attached?: readonly string[];
      /** The question that it answers, which is open still. */
      readonly ask?: OpenAsk | undefined;
    }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'trouble'; readonly text: string | null }
  | { readonly kind: 'history'; readonly history: readonly string[] }
  | { readonly kind: 'written'; readonly count: number };

/** A state with what is to be done. */
export interface Reduced {
  readonly state: ViewState;
  readonly effects: readonly Effect[];
}
