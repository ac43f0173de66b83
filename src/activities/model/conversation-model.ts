import type {
  ModelReference,
  ReplNote,
  SpentCall,
  ToolCall,
  ToolCallSummary,
} from '../../domain/index.js';
import type {
  BlobStore,
  DeltaPlace,
  DeltaSender,
  EventLog,
  StepJournal,
} from '../../platform/index.js';
import type { Providers, ToolSchema } from '../../providers/index.js';
import type { ToolRegistry } from '../../tools/index.js';
import type { Models } from './ask.js';
import { createConversationChain, type ConversationChain } from './conversation-chain.js';
import { createModelFallbacks } from './model-fallback.js';

/** What model calls need to know of the tools. */
export interface ToolCatalogue {
  /** Schemas of the named tools, the same bytes for the same names. */
  toolSchemas(names: readonly string[]): readonly ToolSchema[];
  /** How a call is to be carried out; `index` is its position in the assistant message. */
  describeCall(call: ToolCall, index: number): ToolCallSummary;
  /** A call with its tool, for the rules that it has to pass. */
  parseCall: ToolRegistry['parseCall'];
}

/** What conversations with models need; built once per worker. */
export interface ModelActivityDependencies {
  readonly blobs: BlobStore;
  readonly journal: StepJournal;
  readonly events: EventLog;
  readonly providers: Providers;
  readonly registry: ToolCatalogue;
  /** Models that stand in for one that is gone, out of quota or overloaded for long, in order. Default: none. */
  readonly fallbackModels?: readonly ModelReference[];
  /** Notes what a call cost, for the totals of a run that goes on. Default: nobody wants to know. */
  readonly noteSpentCall?: (runId: string, call: SpentCall) => void;
  /** Passes on what a model says while it says it; gives undefined where nobody listens. Default: nobody does. */
  readonly openDeltas?: (place: DeltaPlace) => Promise<DeltaSender | undefined>;
  /** Notes how far a REPL has come, for a question that goes on. Default: nobody wants to know. */
  readonly noteRepl?: (runId: string, note: ReplNote) => Promise<void>;
}

/** What the steps of conversations share: the dependencies, and what is made of them once. */
export interface ConversationDesk extends ModelActivityDependencies, Models {
  readonly chain: ConversationChain;
}

/** The desk of one worker. */
export function createConversationDesk(dependencies: ModelActivityDependencies): ConversationDesk {
  return {
    ...dependencies,
    chain: createConversationChain(dependencies.blobs),
    fallbacks: createModelFallbacks(dependencies.fallbackModels ?? []),
  };
}
