import type {
  TaskMessage,
  TaskPlace,
  TaskRequest,
  TaskSkill,
  TaskState,
  TaskUpdate,
  TaskView,
} from '../../domain/index.js';

/** Whoever asks, after their token was examined. */
export interface TaskCaller {
  /** Tasks belong to it; nobody else sees them. */
  readonly name: string;
}

/** A task to hand in. */
export interface TaskOrder extends Pick<
  TaskRequest,
  'model' | 'autoApprove' | 'limits' | 'branch' | 'platform'
> {
  readonly origin: TaskRequest['origin'];
  readonly skill: TaskSkill;
  readonly place?: TaskPlace | undefined;
  /** Absent = a new context. */
  readonly contextId?: string | undefined;
  readonly message: TaskMessage;
}

/** Which tasks are listed. */
export interface TaskFilter {
  readonly contextId?: string | undefined;
  readonly state?: TaskState | undefined;
  /** Only those whose state was entered at or after it, ISO 8601. */
  readonly since?: string | undefined;
  /** 1 to 100. */
  readonly pageSize: number;
  /** From the page before; absent = the first. */
  readonly pageToken?: string | undefined;
}

/** Newest state first. */
export interface TaskPage {
  readonly tasks: readonly TaskView[];
  /** Empty at the end. */
  readonly nextPageToken: string;
  readonly totalSize: number;
}

/** What a follower of a task gets. */
export type TaskEvent =
  | { readonly kind: 'update'; readonly update: TaskUpdate }
  /** Updates behind the cursor are not there any more, or the cursor is none of this task: go on from the view. */
  | { readonly kind: 'gap'; readonly view: TaskView };

/**
 * Tasks that come from outside: handed in, asked about, told something, followed, cancelled. Every method throws
 * `InvalidInputError` with a code of its own for what the caller did wrong (`ERR_TASK_NOT_FOUND` also for tasks of others),
 * and `InfrastructureError` where Temporal or the disk does not answer: then nothing was decided, and the call can be made again.
 */
export interface TaskService {
  /**
   * Hands a task in. The same message of the same caller gives the same task for 24 hours, however often it comes. Throws
   * `ERR_MESSAGE_REUSED` when another body came under that id, `ERR_TOO_MANY_TASKS` at the cap, `ERR_TOO_MANY_OWN_TASKS` at the caller's own.
   */
  submit(caller: TaskCaller, order: TaskOrder): Promise<TaskView>;
  /**
   * Says something to a task: the answer to what it asks. Throws `ERR_TASK_ENDED` for one that has ended, `ERR_TASK_ASKS_NOTHING` for
   * one that works and asks nothing, `ERR_CONTEXT_MISMATCH` when `contextId` is not the task's. The same message twice is one.
   */
  tell(
    caller: TaskCaller,
    told: {
      readonly taskId: string;
      readonly contextId?: string | undefined;
      readonly message: TaskMessage;
    },
  ): Promise<TaskView>;
  get(caller: TaskCaller, taskId: string): Promise<TaskView>;
  list(caller: TaskCaller, filter: TaskFilter): Promise<TaskPage>;
  /** Stops a task and everything below it; gives the task when it was told to stop. Throws `ERR_TASK_ENDED` for one that has ended. */
  cancel(caller: TaskCaller, taskId: string): Promise<TaskView>;
  /**
   * Everything that happens behind `cursor` (0 = from the beginning), in order, until the terminal update, which is the last; then it ends.
   * Reads durable files, so it goes on through restarts of everything but this process. Ends silently when `signal` aborts.
   */
  follow(
    caller: TaskCaller,
    wanted: { readonly taskId: string; readonly cursor: number; readonly signal: AbortSignal },
  ): AsyncIterable<TaskEvent>;
  /** The whole of an artifact. Throws `ERR_ARTIFACT_NOT_FOUND`. */
  artifact(
    caller: TaskCaller,
    wanted: { readonly taskId: string; readonly artifactId: string },
  ): Promise<{ readonly mediaType: string; readonly name: string; readonly text: string }>;
}
