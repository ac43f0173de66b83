export { NO_PHASE, type ScriptPhase, scriptPhases } from './script-phases.js';
export { KnownStock } from './known-stock.js';
export type { ScriptFacts } from './script-facts.js';
export {
  type KnownEnd,
  knownEndsOf,
  knownEndsSchema,
  type ScriptEnd,
  type ScriptEntry,
  scriptEntrySchema,
  SHORT_VALUE,
} from './script-journal.js';
export { type ScriptCallArguments, scriptCallSchema } from './script-call.js';
export {
  MOST_SCRIPT_AGENTS,
  SCRIPT_FOLDERS,
  type ScriptAgentCall,
  type ScriptTask,
  scriptAgentCallSchema,
  scriptNameSchema,
  scriptSourceSchema,
  scriptTaskSchema,
} from './script-task.js';
