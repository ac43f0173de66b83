import type { TaskService } from '../../client/index.js';
import type { Config } from '../../config/index.js';
import { InfrastructureError } from '../../domain/index.js';
import type { ServiceEndpoint } from '../../service/index.js';

/** Tasks of the running service, and the connection under them. */
export interface OpenedTasks {
  readonly tasks: TaskService;
  close(): Promise<void>;
}

/** Connects to the tasks of a running service. */
export type OpenTasks = (config: Config, endpoint: ServiceEndpoint) => Promise<OpenedTasks>;

/** See {@link OpenTasks}. */
export const openServiceTasks: OpenTasks = () =>
  Promise.reject(
    new InfrastructureError('ERR_TASKS_UNREACHABLE', {
      message: 'tasks cannot be reached',
      hint: 'codetether doctor',
    }),
  );
