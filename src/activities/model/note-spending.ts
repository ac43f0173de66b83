import { formatStepKey, type SpentCall, type StepKey } from '../../domain/index.js';
import type { z } from 'zod';
import type { spentSchema } from './ask.js';

/** What a settled call or compaction cost. */
type Cost = Pick<z.infer<typeof spentSchema>, 'usage' | 'costMicroUsd' | 'repeatedCalls'> & {
  readonly turns: number;
  readonly modelCalls: number;
};

/** Notes what a settled call cost where everybody sees it at once; a note that cannot be written is no failure of the call. */
export function noteSpending(
  note: ((runId: string, call: SpentCall) => void) | undefined,
  input: {
    readonly key: StepKey;
    readonly runId: string;
    readonly story?: string | undefined;
    readonly attempt?: number | undefined;
  },
  cost: Cost,
): void {
  const { story, attempt } = input;
  if (note === undefined || story === undefined || attempt === undefined) return;
  const { turns, modelCalls, usage, costMicroUsd, repeatedCalls } = cost;
  const spending = { turns, modelCalls, repeatedModelCalls: repeatedCalls, usage, costMicroUsd };
  const key = formatStepKey(input.key);
  try {
    note(input.runId, { key, story, attempt, spending });
  } catch {
    // the record counts it again when the story ends
  }
}
