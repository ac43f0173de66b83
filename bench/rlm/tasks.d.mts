/** One task of the benchmark. */
export interface RlmTask {
  readonly type: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly ask: string;
  readonly truth: string | number | readonly string[];
  readonly text: string;
}

export declare const TYPES: readonly string[];
export declare function makeTask(
  type: string,
  options: { seed: number; tokens: number; readable?: boolean },
): RlmTask;
export declare function questionOf(
  task: Pick<RlmTask, 'given' | 'ask'>,
  plan?: Readonly<Record<string, unknown>>,
): string;
