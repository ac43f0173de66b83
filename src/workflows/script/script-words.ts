import type { StepCall, StepResult } from '../lib/step.js';

type StepArgs = Exclude<StepCall<'stepScript'>['args'], () => unknown>;

/** How a call has ended, as a step is told. */
export type GivenEnd = StepArgs['ends'][number];

/** What a script asked for. */
export type AskedCall = StepResult<'stepScript'>['calls'][number];

/** An agent that it asked for. */
export type AgentCall = Extract<AskedCall, { kind: 'agent' }>;

/** What a call ended with, whichever it was. */
export type Ending = GivenEnd extends infer End
  ? End extends unknown
    ? Omit<End, 'id' | 'spent'>
    : never
  : never;

/** Ends that one step is told. */
export const ENDS_TOLD = 200;

/** Characters of what went wrong with a call. */
export const REASON_LIMIT = 900;
