import type { RlmTask } from './tasks.mjs';

export declare function scoreOf(
  task: Pick<RlmTask, 'type' | 'truth'>,
  answer: string | null,
): number;
export declare function meanOf(scores: readonly number[]): { mean: number; half: number | null };
