import type { ScriptCallEnd, ScriptProgram, ScriptSettings, ScriptStep } from './script-step.js';

/** What a thread starts with. */
export interface ScriptStart {
  readonly settings: ScriptSettings;
}

/** What a thread is asked to do. */
export type ScriptOrder =
  | { readonly kind: 'start'; readonly program: ScriptProgram }
  | { readonly kind: 'settle'; readonly ends: readonly ScriptCallEnd[] };

/** What a thread answers; orders are answered in their order. */
export type ScriptReply =
  | { readonly kind: 'step'; readonly step: ScriptStep }
  /** Nothing of it can be used any more. */
  | { readonly kind: 'killed'; readonly reason: string };
