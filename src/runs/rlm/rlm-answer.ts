import type { Config } from '../../config/index.js';
import type { BlobRef, JournalEntry, RunRecord } from '../../domain/index.js';
import { readJournal, readReplNotes, type BlobStore } from '../../platform/index.js';
import { commandStores } from '../results/command-stores.js';

/** The whole answer of a question, with its JSON; null while there is none. */
export async function rlmAnswer(
  config: Config,
  { rlm }: RunRecord,
): Promise<{ readonly text: string; readonly value: unknown } | null> {
  const answer = rlm?.end?.answer;
  if (answer === null || answer === undefined) return null;
  const { blobs } = commandStores(config);
  const [text, json] = await Promise.all([blobs.getText(answer.ref), blobs.getText(answer.json)]);
  return { text, value: JSON.parse(json) as unknown };
}

/** One thing that happened in a REPL, with its texts. */
export type ShownEntry =
  | { readonly kind: 'cell'; readonly code: string; readonly hash: string }
  | {
      readonly kind: 'settled';
      readonly results: readonly {
        readonly id: number;
        readonly text: string;
        readonly isError: boolean;
        /** A tool of the host gave it, no model. */
        readonly isTool?: true;
      }[];
      readonly hash: string;
    };

/** Everything that happened in the REPL of a question, oldest first: cells, and what their questions were answered. Costs no call. */
export async function rlmCells(config: Config, record: RunRecord): Promise<ShownEntry[]> {
  const { blobs } = commandStores(config);
  const entries = await readJournal(await newestJournal(config, record), blobs);
  return Promise.all(entries.map((entry) => withTexts(entry, blobs)));
}

/** Of one that has no end yet, or ended by a failure, it is noted how far it has come. */
async function newestJournal({ home }: Config, { rlm, runId }: RunRecord): Promise<BlobRef | null> {
  if (rlm?.end?.journal !== undefined && rlm.end.journal !== null) return rlm.end.journal;
  const place = rlm?.place;
  const notes = place === undefined ? [] : await readReplNotes(home, runId, place);
  const last = notes.findLast((note) => note.kind === 'cell' && note.place === place);
  return (last?.kind === 'cell' ? last.journal : null) ?? rlm?.journal ?? null;
}

async function withTexts(entry: JournalEntry, blobs: BlobStore): Promise<ShownEntry> {
  if (entry.kind === 'cell') return entry;
  const results = await Promise.all(
    entry.results.map(async (result) => {
      if ('code' in result)
        return { id: result.id, text: `${result.code}: ${result.message}`, isError: true };
      const kept = await blobs.getText(result.ref);
      if (result.isText === true)
        return { id: result.id, text: kept, isError: false, isTool: true as const };
      const value = JSON.parse(kept) as unknown;
      return {
        id: result.id,
        text: typeof value === 'string' ? value : JSON.stringify(value),
        isError: false,
      };
    }),
  );
  return { kind: 'settled', results, hash: entry.hash };
}
