export { homePaths, type HomePaths } from './storage/home.js';
export { createBlobStore, sha256, type BlobStore } from './storage/blob-store.js';
export {
  isNotFound,
  syncDirectory,
  writeDurableFile,
  type DurableFileOptions,
} from './storage/durable-file.js';
export {
  createStepJournal,
  stepPath,
  type JournaledStep,
  type SettledStep,
  type StepJournal,
} from './storage/step-journal.js';
export { createEventLog, type EventLog, type EventPage } from './storage/event-log.js';
