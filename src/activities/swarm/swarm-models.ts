import type { ModelReference, SpentCall } from '../../domain/index.js';
import type { BlobStore, StepJournal } from '../../platform/index.js';
import type { Providers } from '../../providers/index.js';
import type { Models } from '../model/ask.js';

/** What the calls of a swarm to models need; built once per worker. */
export interface SwarmModelDependencies {
  readonly blobs: BlobStore;
  readonly journal: StepJournal;
  readonly providers: Providers;
  /** Models that stand in for one that is gone, out of quota or overloaded for long, in order. Default: none. */
  readonly fallbackModels?: readonly ModelReference[];
  /** Notes what a call cost, for the totals of a run that goes on. Default: nobody wants to know. */
  readonly noteSpentCall?: (runId: string, call: SpentCall) => void;
}

/** The dependencies, and what is made of them once. */
export interface SwarmModels extends SwarmModelDependencies, Models {}
