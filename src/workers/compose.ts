import type { EnvironmentVariables, WorkerSettings } from '../config/index.js';
import type { Logger } from '../observability/index.js';

/** What the activities of one worker are built from. */
export interface ComposeOptions {
  /** State folder, absolute. */
  readonly home: string;
  readonly settings: WorkerSettings;
  readonly environment: EnvironmentVariables;
  readonly logger: Logger;
}

/** Activities by name, ready for `Worker.create`. */
export type ComposedActivities = Record<string, (...args: never[]) => Promise<unknown>>;

/** Builds every dependency once and the activities over them. */
export async function composeActivities(_options: ComposeOptions): Promise<ComposedActivities> {
  return {};
}
