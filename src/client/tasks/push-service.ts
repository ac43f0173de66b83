import type { PushConfig, PushStatus } from '../../domain/index.js';
import type { TaskCaller } from './task-service.js';

/** A configuration with how its deliveries stand. */
export interface PushEntry {
  readonly config: PushConfig;
  readonly status: PushStatus;
}

/**
 * Updates of tasks that are posted to somebody's server. Throws as `TaskService` does; `ERR_PUSH_URL` for an address that must not be
 * called, `ERR_PUSH_NOT_FOUND`, `ERR_TOO_MANY_PUSH_CONFIGS`.
 */
export interface PushService {
  /** Keeps a configuration and begins to deliver, from the first update behind now; the same id again replaces it. */
  set(
    caller: TaskCaller,
    config: Omit<PushConfig, 'id'> & { readonly id?: string | undefined },
  ): Promise<PushEntry>;
  get(
    caller: TaskCaller,
    wanted: { readonly taskId: string; readonly id: string },
  ): Promise<PushEntry>;
  list(caller: TaskCaller, taskId: string): Promise<readonly PushEntry[]>;
  /** Nothing happens when there is none. */
  remove(
    caller: TaskCaller,
    wanted: { readonly taskId: string; readonly id: string },
  ): Promise<void>;
}
