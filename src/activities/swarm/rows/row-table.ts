import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { BlobRef } from '../../../domain/index.js';
import type { BlobStore } from '../../../platform/index.js';

const rowSchema = z.record(z.string(), z.unknown());

/** One row of a table. */
export type Row = z.infer<typeof rowSchema>;

/** Tables by digest: a thousand rows read one table a thousand times. */
const TABLES = new LRUCache<string, readonly string[]>({ max: 4 });

/** The lines of a stored table. */
export async function tableLines(table: BlobRef, blobs: BlobStore): Promise<readonly string[]> {
  const known = TABLES.get(table.digest);
  if (known !== undefined) return known;
  const lines = (await blobs.getText(table)).split('\n').filter((line) => line !== '');
  TABLES.set(table.digest, lines);
  return lines;
}

/** Row `index` of a stored table, from 0; undefined behind its end. */
export async function readRow(
  table: BlobRef,
  index: number,
  blobs: BlobStore,
): Promise<Row | undefined> {
  const line = (await tableLines(table, blobs))[index];
  return line === undefined ? undefined : rowSchema.parse(JSON.parse(line));
}
