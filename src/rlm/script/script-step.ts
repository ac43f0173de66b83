/** What a script runs with. */
export interface ScriptSettings {
  /** Tokens that it may spend; null = no limit. */
  readonly budget: number | null;
  /** Agents that it may start in all. */
  readonly mostAgents: number;
  /** What random numbers come from. */
  readonly seed: string;
  /** The moment that clocks show, in milliseconds. */
  readonly nowMs: number;
}

/** The statements of a script, and what they run over. */
export interface ScriptProgram {
  readonly body: string;
  /** Those of the scripts that it may start, by name. */
  readonly nested: Readonly<Record<string, string>>;
  /** JSON of `args`; `null` where nothing was given. */
  readonly args: string;
}

/** What scripts can ask for. */
export type ScriptCallKind = 'agent' | 'sleep' | 'ask';

/** A call that waits for its end. */
export interface ScriptCall {
  /** In the order in which they were made, from 0. */
  readonly id: number;
  readonly kind: ScriptCallKind;
  /** JSON of what was passed. */
  readonly payload: string;
  /** Digest of what is asked for; labels and phases are no part of it. */
  readonly digest: string;
  /** Digest of that and of every call whose end came before it on its way: the same in an edited script while nothing before it changed. */
  readonly chain: string;
}

/** How a call ended. `spent` = tokens of the whole script until then. */
export type ScriptCallEnd = { readonly id: number; readonly spent: number } & (
  | { readonly value: string }
  | { readonly code: string; readonly message: string }
);

/** A line that a script has logged. */
export interface ScriptLine {
  readonly level: 'info' | 'warning' | 'phase';
  readonly text: string;
}

/** How far a script has come. */
export interface ScriptStep {
  readonly state: 'waiting' | 'done' | 'failed';
  /** Calls that were made and not told of yet, as many as one step tells. */
  readonly calls: readonly ScriptCall[];
  /** There are more of them: they are told with the next step. */
  readonly hasMore: boolean;
  readonly lines: readonly ScriptLine[];
  /** JSON of what it returned. */
  readonly value: string | null;
  readonly error: { readonly message: string; readonly line: number | null } | null;
  /** Digest of everything that it was told and has asked for and said. */
  readonly hash: string;
}
