import type { RunEvent, RunRecord } from '../../domain/index.js';

/** Size of a terminal. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** How a kind of run looks while it is watched on a terminal. */
export interface RunView {
  /** Takes in what happened; true when its line stays above what is drawn. */
  take(event: RunEvent): boolean;
  /** What is drawn, one text a line; the record is undefined until there is one. */
  lines(record: RunRecord | undefined, screen: Screen, now: Date): readonly string[];
}
