import { stringify } from 'csv-stringify/sync';
import { extname } from 'node:path';
import { z } from 'zod';
import { blobRefSchema } from '../../../domain/index.js';
import { refuseLinkOut, writeDurableFile, type BlobStore } from '../../../platform/index.js';
import { defineStep, journaledFields } from '../../lib/step.js';
import type { SwarmModels } from '../swarm-models.js';
import { tableLines, type Row } from './row-table.js';

const saveRowsSchema = z.object({
  key: journaledFields.key,
  runId: journaledFields.runId,
  /** Absolute path; its ending says the format. */
  output: z.string(),
  table: blobRefSchema,
  columns: z.array(z.string()),
  /** One for each row, in order. */
  rows: z.array(
    z.object({ answer: blobRefSchema.nullable(), status: z.string(), reason: z.string() }),
  ),
});

type SaveRequest = z.output<typeof saveRowsSchema>;

const answerSchema = z.record(z.string(), z.unknown());
const STATUS = '_status';
const ERROR = '_error';

/** Writes the table with its answers, whole or not at all. Repeatable. Fails with `ERR_LINK_OUTSIDE`. */
export const saveRowsStep = defineStep<SwarmModels>()({
  input: saveRowsSchema,
  async run(input, { dependencies }): Promise<{ rows: number }> {
    await refuseLinkOut(input.output, 'the output');
    const rows = await joinedRows(input, dependencies.blobs);
    await writeDurableFile(input.output, textOf(rows, input));
    return { rows: rows.length };
  },
});

async function joinedRows({ table, rows }: SaveRequest, blobs: BlobStore): Promise<Row[]> {
  const lines = await tableLines(table, blobs);
  const joined: Row[] = [];
  for (const [index, { answer, status, reason }] of rows.entries()) {
    const values: Row = JSON.parse(lines[index] ?? '{}') as Row;
    const fields =
      answer === null ? {} : answerSchema.parse(JSON.parse(await blobs.getText(answer)));
    joined.push({ ...values, ...fields, [STATUS]: status, [ERROR]: reason });
  }
  return joined;
}

function textOf(rows: readonly Row[], { output, columns }: SaveRequest): string {
  if (extname(output).toLowerCase() !== '.csv')
    return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const more = new Set(rows.flatMap((row) => Object.keys(row)));
  for (const name of [...columns, STATUS, ERROR]) more.delete(name);
  const header = [...columns, ...more, STATUS, ERROR];
  return stringify(
    rows.map((row) => header.map((name) => cell(row[name]))),
    { header: true, columns: header, escape_formulas: true },
  );
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
