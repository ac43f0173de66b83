import type { PushService, TaskService } from '../../client/index.js';
import type { Config } from '../../config/index.js';
import { InfrastructureError } from '../../domain/index.js';
import type { ServiceEndpoint } from '../../service/index.js';

/** Tasks from outside and what is under them. */
export interface OpenTasks {
  readonly tasks: TaskService;
  readonly push: PushService;
  /** Whether Temporal answers; must not throw. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

/** Connects to the running service for tasks from outside. Throws `ERR_TEMPORAL_UNREACHABLE` (exit 3). */
export type TaskOpener = (config: Config, endpoint: ServiceEndpoint) => Promise<OpenTasks>;

/** See {@link TaskOpener}. */
export const openTasks: TaskOpener = (_config, endpoint) =>
  Promise.reject(
    new InfrastructureError('ERR_TASKS_UNAVAILABLE', {
      message: `the service at ${endpoint.target.address} takes no tasks from outside`,
      hint: 'upgrade, then: codetether down && codetether up',
      isRetryable: false,
    }),
  );
