/** What a benchmarked agent works on. */
export interface BenchTask {
  readonly kind: 'write' | 'bash' | 'story';
  /** Tool calls, one a model turn. */
  readonly turns: number;
}

/** One agent, ready to be measured. */
export interface BenchAgent {
  readonly name: string;
  /** Kinds of tasks it can do on this model server. */
  readonly kinds: readonly BenchTask['kind'][];
  /** Processes that live between tasks. */
  idleRoots(): readonly number[];
  /** Processes that live during a task. */
  busyRoots(): readonly number[];
  /** CPU seconds spent so far, tasks and what lives between them. */
  cpu(): number;
  run(task: BenchTask): Promise<void>;
  /** Events and bytes of the latest task's workflow history, where there is one. */
  history?(): Promise<{ readonly events: number; readonly bytes: number }>;
  close(): Promise<void>;
}

/** Opens an agent in `folder`, with the model server at `url` and installed peers in `peers`. */
export type OpenAgent = (options: {
  readonly url: string;
  readonly folder: string;
  readonly peers: string;
}) => Promise<BenchAgent>;
