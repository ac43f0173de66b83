import type {
  AgentInput,
  AgentProfile,
  AgentState,
  BudgetUse,
  NewMessage,
} from '../../domain/index.js';
import type { EventBuffer } from '../lib/event-buffer.js';
import type { CallCost, Spender } from '../lib/spender.js';
import type { Steps } from '../lib/step.js';

/** What of an agent its REPL works with. */
export interface ReplOwner {
  readonly input: AgentInput;
  readonly profile: AgentProfile;
  readonly state: AgentState;
  readonly spender: Spender;
  readonly steps: Steps;
  readonly events: EventBuffer;
  readonly scope: string;
  nextStep(): number;
  do(what: string): void;
  say(message: NewMessage): void;
  /** Counts what a call cost. */
  charge(cost: CallCost): void;
  /** What its next own call may need. */
  nextTurn(): BudgetUse;
}
