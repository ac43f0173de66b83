import { journalEntrySchema, scriptEntrySchema } from '../../domain/index.js';
import { blobChain } from './blob-chain.js';

/** Everything that happened to a REPL. */
export const { add: addToJournal, read: readJournal } = blobChain(journalEntrySchema);

/** Everything that happened to a script. */
export const { add: addToScript, read: readScriptJournal } = blobChain(scriptEntrySchema);
