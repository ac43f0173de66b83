import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as workflowApi from '@temporalio/workflow';

/** One call of an activity. */
export interface PlayedCall {
  readonly name: string;
  readonly isLocal: boolean;
  readonly options: object;
  readonly input: object;
}

/** A child workflow that was started. */
export interface PlayedChild {
  readonly type: string;
  readonly options: { readonly workflowId: string; readonly args: readonly unknown[] };
  readonly signals: (readonly [name: string, args: unknown])[];
  /** Resolves when the scope that started it is cancelled. */
  readonly whenCancelled: Promise<void>;
}

/** A scope whose work hears of its cancellation through {@link PlayedChild.whenCancelled}; the steps in it do not. */
class PlayedScope {
  private static readonly open = new AsyncLocalStorage<PlayedScope>();
  readonly cancellable = false;
  consideredCancelled = false;
  cancel: () => void = () => undefined;
  readonly whenCancelled = new Promise<void>((resolve) => {
    this.cancel = () => {
      this.consideredCancelled = true;
      resolve();
    };
  });

  static nonCancellable<Result>(work: () => Promise<Result>): Promise<Result> {
    return work();
  }

  static current(): PlayedScope {
    return PlayedScope.open.getStore() ?? new PlayedScope();
  }

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return PlayedScope.open.run(this, work);
  }
}

/** What pieces of workflows asked of Temporal, where a test plays its part: no server, no sandbox, no time. */
class PlayedWorkflow {
  /** Planned pauses in milliseconds; null = until something happens. */
  readonly pauses: (number | null)[] = [];
  /** Signals as `workflow name`, with their arguments. */
  readonly signals: (readonly [to: string, args: unknown])[] = [];
  /** Options with which handlers were set, by name. */
  readonly handlers = new Map<string, { readonly take: unknown; readonly options: unknown }>();
  /** Activities that were called. */
  readonly calls: PlayedCall[] = [];
  /** What an activity answers. */
  answer: (call: PlayedCall) => unknown = () => undefined;
  /** Children that were started. */
  readonly children: PlayedChild[] = [];
  /** How a child ends. */
  childResult: (child: PlayedChild) => Promise<unknown> = async () => undefined;
  /** Called before a child starts; what it throws is why it does not. */
  beforeChild: (child: PlayedChild) => void = () => undefined;
  /** How many turns of the event loop a condition waits for other work before it counts as a pause. */
  patience = 0;
  /** Called at each pause: what happens meanwhile. */
  onPause: () => void = () => undefined;
  /** What the workflow shows of itself. */
  details = '';
  /** Patches that the history is older than. */
  unpatched: ReadonlySet<string> = new Set();
  /** Set when the workflow that is signalled is gone. */
  isOwnerGone = false;

  private activities(isLocal: boolean): unknown {
    const execute = (name: string) => async (options: object, input: readonly object[]) => {
      const call: PlayedCall = { name, isLocal, options, input: input[0] ?? {} };
      this.calls.push(call);
      return this.answer(call);
    };
    return new Proxy({}, { get: (_, name) => ({ executeWithOptions: execute(String(name)) }) });
  }

  /** The module `@temporalio/workflow` as these pieces see it. */
  module(original: typeof workflowApi): Partial<Record<keyof typeof workflowApi, unknown>> {
    return {
      ...original,
      workflowInfo: () => ({ workflowId: 'workflow-1', firstExecutionRunId: 'run-1' }),
      patched: (name: string) => !this.unpatched.has(name),
      getCurrentDetails: () => this.details,
      setCurrentDetails: (text: string) => {
        this.details = text;
      },
      condition: async (isTrue: () => boolean, pauseMs?: number) => {
        for (let turn = 0; turn < this.patience && !isTrue(); turn += 1) await nextTurn();
        if (isTrue()) return true;
        this.pauses.push(pauseMs ?? null);
        this.onPause();
        if (pauseMs === undefined && !isTrue()) throw new Error('waits for ever');
        return isTrue();
      },
      sleep: async (pauseMs: number) => {
        this.pauses.push(pauseMs);
      },
      CancellationScope: PlayedScope,
      getExternalWorkflowHandle: (id: string) => ({
        signal: async (definition: { readonly name: string }, args: unknown) => {
          if (this.isOwnerGone) throw new Error('no such workflow');
          this.signals.push([`${id} ${definition.name}`, args]);
        },
      }),
      proxyActivities: () => this.activities(false),
      proxyLocalActivities: () => this.activities(true),
      startChild: async (type: string, options: PlayedChild['options']) => {
        const { whenCancelled } = PlayedScope.current();
        const child: PlayedChild = { type, options, signals: [], whenCancelled };
        this.beforeChild(child);
        this.children.push(child);
        return {
          signal: async ({ name }: { readonly name: string }, args: unknown) =>
            void child.signals.push([name, args]),
          result: () => this.childResult(child),
        };
      },
      setHandler: (definition: { readonly name: string }, take: unknown, options: unknown) =>
        void this.handlers.set(definition.name, { take, options }),
    };
  }
}

/** The one that takes the place of the module in a test file. */
export const playedWorkflow = new PlayedWorkflow();
