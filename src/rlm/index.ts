export {
  ingestContext,
  readManifest,
  type ContextInput,
  type StoredContext,
} from './context/ingest.js';
export { operationCode } from './operation-code.js';
export { endsOf, ReplPool, type ReplPlace, type ReplStep } from './repl-pool.js';
export { cellOf } from './reply-cells.js';
export { directPrompt, RLM_SYSTEM_PROMPT, rootPrompt, type PromptLimits } from './root-prompt.js';
export type { AskedSpan } from './engine/spans.js';
export type { CellStep } from './engine/repl-vm.js';
export { previewScript, type ScriptPreview } from './script/preview-script.js';
export { readProgram, settingsOf } from './script/read-program.js';
export { ScriptPool, type ScriptPlace } from './script/script-pool.js';
export {
  LONGEST_SCRIPT,
  mayNameModel,
  readScript,
  type NamedModel,
  type ScriptMeta,
  type ScriptProblem,
} from './script/script-source.js';
export type { ScriptCall, ScriptStep } from './script/script-step.js';
