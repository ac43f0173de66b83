import type {
  AgentInput,
  AgentProfile,
  AgentState,
  BlobRef,
  NewMessage,
  RlmSource,
  StepKey,
} from '../../domain/index.js';
import type { EventBuffer } from '../lib/event-buffer.js';
import type { OwnerLink } from '../lib/owner.js';
import type { Spender } from '../lib/spender.js';
import type { Steps } from '../lib/step.js';
import type { ForkLanding } from './forks.js';

/** What of an agent those that it starts work with. */
export interface TaskOwner {
  readonly input: AgentInput;
  readonly profile: AgentProfile;
  readonly state: AgentState;
  readonly spender: Spender;
  readonly steps: Steps;
  readonly events: EventBuffer;
  readonly link: OwnerLink;
  /** What is to be said before the next model call. */
  readonly notices: NewMessage[][];
  /** Key of its next step. */
  nextKey(): StepKey;
  do(what: string): void;
  say(message: NewMessage): void;
}

/** What an earlier agent answered, for one that builds on it. */
export interface EarlierAnswer {
  readonly id: string;
  readonly files: string[];
  readonly answer: BlobRef | null;
}

/** An agent that another one starts. */
export interface TaskStart {
  /** For people, one line. */
  readonly title: string;
  readonly agent: 'explore' | 'general' | 'plan';
  /** The agent of a person that it is; absent = the built-in one. */
  readonly named?: string;
  readonly prompt: string;
  /** What stands before the prompt, where it lies in the store already; absent = nothing. */
  readonly promptRef?: BlobRef;
  /** It works in a lane of its own, made of its starter's files. */
  readonly isForked: boolean;
  /** The part of what its starter has left that it may use: 1 = all, 2 = a half. */
  readonly share: number;
  /** What its question is asked over: it answers by code. Absent = it works otherwise. */
  readonly rlm?: RlmSource;
  /** Tools of the host that the code which answers may call; absent = none. */
  readonly rlmTools?: readonly string[];
  /** What it builds on; absent = nothing. */
  readonly results?: EarlierAnswer[];
  /** Told of its end before it counts as ended. */
  readonly deliver?: (end: TaskEnd) => void;
}

/** How an agent ended, for whoever started it. */
export interface TaskEnd {
  readonly how: 'done' | 'failed' | 'cancelled';
  readonly reason: string;
  /** Its last words; null = it said nothing. */
  readonly answer: BlobRef | null;
  /** What became of the files in its own lane; null = it had none. */
  readonly landing: ForkLanding | null;
}
