export { type GitState, gitStateSchema, movedSince } from './git-state.js';
export { type ExportedTurn, type SessionExport, parseSessionExport } from './session-export.js';
export {
  MOST_SESSION_TURNS,
  type RewoundPart,
  type SessionFacts,
  type SessionTurn,
  type TurnChange,
  entryOfMessage,
  filesBehind,
  messageIdSchema,
  rewoundPartSchema,
  sessionStanding,
  turnOfStory,
  turnStory,
  withTurn,
} from './session.js';
