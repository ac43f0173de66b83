import { z } from 'zod';
import { InvalidInputError, runRecordSchema, type RunRecord } from '../../domain/index.js';
import { defineStep } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';

const openSessionSchema = z.object({
  runId: z.string().min(1),
  /** The record of a session that begins; what is on disk comes first: it may have been begun by somebody else meanwhile. */
  opening: runRecordSchema.nullable(),
});

/** The record of a session as it is on disk, or of one that begins. Reads only. Fails with `ERR_SESSION_UNKNOWN`. */
export const openSessionStep = defineStep<RalphDependencies>()({
  input: openSessionSchema,
  async run({ runId, opening }, { dependencies }): Promise<RunRecord> {
    const record = (await dependencies.records.read(runId)) ?? opening ?? undefined;
    if (record?.session !== undefined) return record;
    throw new InvalidInputError('ERR_SESSION_UNKNOWN', {
      message: `there is no session ${runId}`,
      hint: 'codetether session list --all shows the known ones',
    });
  },
});
