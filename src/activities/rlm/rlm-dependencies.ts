import type { ModelReference, ReplNote, SpentCall } from '../../domain/index.js';
import type { BlobStore, EventLog, StepJournal } from '../../platform/index.js';
import type { Providers } from '../../providers/index.js';
import type { ReplPool } from '../../rlm/index.js';
import type { ToolSchema } from '../../providers/index.js';
import type { Models } from '../model/ask.js';

/** What questions over an input need; built once per worker. */
export interface RlmDependencies {
  /** Absolute path of CODETETHER_HOME. */
  readonly home: string;
  readonly blobs: BlobStore;
  readonly journal: StepJournal;
  readonly events: EventLog;
  readonly providers: Providers;
  readonly repls: ReplPool;
  /** Schemas of the tools that stand for the functions of a cell. */
  readonly replTools: readonly ToolSchema[];
  /** Schemas of the tools of the host that code may be passed. Default: none. */
  readonly hostTools?: readonly ToolSchema[];
  /** Models that stand in for one that is gone, out of quota or overloaded for long, in order. Default: none. */
  readonly fallbackModels?: readonly ModelReference[];
  /** Notes what a call cost, for the totals of a run that goes on. Default: nobody wants to know. */
  readonly noteSpentCall?: (runId: string, call: SpentCall) => void;
  /** What was noted of the calls of a workflow in a run, with those below it. Default: nothing. */
  readonly readSpentCalls?: (runId: string, workflowId: string) => Promise<readonly SpentCall[]>;
  /** Notes how far a REPL has come, for a question that goes on. Default: nobody wants to know. */
  readonly noteRepl?: (runId: string, note: ReplNote) => Promise<void>;
  /** What was noted of a REPL of a run, oldest first. Default: nothing. */
  readonly readReplNotes?: (runId: string, place: string) => Promise<readonly ReplNote[]>;
}

/** The dependencies, and what is made of them once. */
export interface RlmModels extends RlmDependencies, Models {}
