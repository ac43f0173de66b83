import type { ScriptCallEnd, ScriptProgram, ScriptSettings, ScriptStep } from './script-step.js';

/** What a thread starts with. */
export interface ScriptStart {
  readonly settings: ScriptSettings;
}

/** What a thread is asked to do. */
export type ScriptOrder =
  | { readonly kind: 'start'; readonly program: ScriptProgram }
  | { readonly kind: 'settle'; readonly ends: readonly ScriptCallEnd[] }
  /** Orders that were carried out before, each with the state that it led to. */
  | {
      readonly kind: 'replay';
      readonly steps: readonly { readonly order: ScriptStepOrder; readonly hash: string }[];
    };

/** One step of a script. */
export type ScriptStepOrder = Exclude<ScriptOrder, { readonly kind: 'replay' }>;

/** What a thread answers; orders are answered in their order. */
export type ScriptReply =
  | { readonly kind: 'step'; readonly step: ScriptStep }
  /** `differs` = the first of the steps that led to another state; null = none. */
  | { readonly kind: 'replayed'; readonly differs: number | null }
  /** Nothing of it can be used any more. */
  | { readonly kind: 'killed'; readonly reason: string };
