import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type * as workflowApi from '@temporalio/workflow';

/** A scope whose cancellation reaches what was begun in it. */
class TreeScope {
  static readonly open = new AsyncLocalStorage<{
    readonly life: Life;
    readonly scope: TreeScope;
  }>();
  private readonly told = new Set<() => void>();
  consideredCancelled = false;

  constructor(parent: TreeScope | null = TreeScope.open.getStore()?.scope ?? null) {
    parent?.whenCancelled(() => this.cancel());
  }

  whenCancelled(tell: () => void): void {
    if (this.consideredCancelled) tell();
    else this.told.add(tell);
  }

  cancel(): void {
    if (this.consideredCancelled) return;
    this.consideredCancelled = true;
    for (const tell of this.told) tell();
  }

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return TreeScope.open.run({ life: here().life, scope: this }, work);
  }

  static nonCancellable<Result>(work: () => Promise<Result>): Promise<Result> {
    return new TreeScope(null).run(work);
  }

  static current(): TreeScope {
    return here().scope;
  }
}

/** One workflow at work. */
export class Life {
  readonly id: string;
  readonly input: unknown;
  readonly root = new TreeScope(null);
  readonly handlers = new Map<string, (argument: unknown) => void>();
  readonly children: Life[] = [];
  /** Terminated: whatever it does from then on is never heard of. */
  isDead = false;
  isOver = false;
  result: Promise<unknown> = Promise.resolve();
  private readonly deaths = new Set<() => void>();

  constructor(id: string, input: unknown) {
    this.id = id;
    this.input = input;
  }

  whenDead(tell: () => void): void {
    this.deaths.add(tell);
  }

  /** Terminates it; its children are asked to end. */
  kill(): void {
    if (this.isOver) return;
    this.isDead = true;
    for (const child of this.children) child.root.cancel();
    for (const tell of this.deaths) tell();
  }
}

function here(): { readonly life: Life; readonly scope: TreeScope } {
  const found = TreeScope.open.getStore();
  if (found === undefined) throw new Error('no workflow works here');
  return found;
}

/** After each wait: a dead workflow never hears of anything, a cancelled one of its cancellation. */
async function awake(): Promise<void> {
  const { life, scope } = here();
  if (life.isDead) await new Promise(() => undefined);
  if (scope.consideredCancelled) throw new CancelledFailure('cancelled');
}

/** What one activity was asked. */
export interface TreeCall {
  readonly name: string;
  readonly life: Life;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Temporal's part for whole trees of workflows, in one process and without time: children are the real workflow code, cancellation goes down,
 * signals go where they are sent, and a terminated workflow is silent from then on.
 */
class WorkflowTree {
  /** Every workflow that was started, in the order of starting. */
  readonly lives: Life[] = [];
  /** Activities whose answers arrived: whoever is cancelled or dead has none. */
  readonly answered: string[] = [];
  /** Signals that arrived in the tree, as `workflow name`. */
  readonly signals: string[] = [];
  /** Real code by workflow type. */
  workflows: Readonly<Record<string, (input: never) => Promise<unknown>>> = {};
  /** What an activity answers. */
  answer: (call: TreeCall) => unknown = () => undefined;
  /** Signals to workflows that are no part of the tree. */
  outside: (to: string, name: string, argument: unknown) => void = () => undefined;
  /** Pauses that were asked for, in milliseconds, and whether one of that length is over. */
  readonly slept: number[] = [];
  isOver: (milliseconds: number) => boolean = () => true;
  /** Turns of the event loop that all waits together may take. */
  patience = 50_000;

  /** Starts a tree; the promise is that of its first workflow. */
  start(type: string, id: string, input: unknown): Life {
    return this.begin(type, id, input);
  }

  reset(): void {
    this.lives.length = 0;
    this.answered.length = 0;
    this.signals.length = 0;
    this.slept.length = 0;
    this.isOver = () => true;
    this.patience = 50_000;
  }

  /** Sends a signal from outside. */
  signal(id: string, name: string, argument: unknown): void {
    const life = this.lives.find((one) => one.id === id);
    if (life === undefined) return this.outside(id, name, argument);
    if (life.isOver || life.isDead) throw new Error('no such workflow');
    this.signals.push(`${id} ${name}`);
    const handler = life.handlers.get(name);
    TreeScope.open.run({ life, scope: life.root }, () => handler?.(argument));
  }

  private begin(type: string, id: string, input: unknown): Life {
    if (this.lives.some((one) => one.id === id))
      throw new WorkflowExecutionAlreadyStartedError('started twice', id, type);
    const life = new Life(id, input);
    this.lives.push(life);
    const work = this.workflows[type];
    if (work === undefined) throw new Error(`no workflow ${type}`);
    const own = TreeScope.open.run({ life, scope: life.root }, async () => {
      await nextTurn();
      return work(input as never);
    });
    const dead = new Promise<never>((_, reject) => {
      life.whenDead(() => reject(new TerminatedFailure('terminated')));
    });
    life.result = Promise.race([own, dead]).finally(() => {
      life.isOver = true;
      for (const child of life.children) if (!child.isOver) child.root.cancel();
    });
    life.result.catch(() => undefined);
    return life;
  }

  private async wait(isTrue: () => boolean): Promise<boolean> {
    for (;;) {
      await awake();
      if (isTrue()) return true;
      this.patience -= 1;
      if (this.patience < 0) throw new Error(`${here().life.id} waits for ever`);
      await nextTurn();
    }
  }

  private activities(): unknown {
    const execute =
      (name: string) =>
      async (_options: object, input: readonly Readonly<Record<string, unknown>>[]) => {
        await awake();
        const result: unknown = await this.answer({
          name,
          life: here().life,
          input: input[0] ?? {},
        });
        await nextTurn();
        await awake();
        this.answered.push(name);
        return result;
      };
    return new Proxy({}, { get: (_, name) => ({ executeWithOptions: execute(String(name)) }) });
  }

  /** The module `@temporalio/workflow` as the tree sees it. */
  module(original: typeof workflowApi): Partial<Record<keyof typeof workflowApi, unknown>> {
    return {
      ...original,
      workflowInfo: () => ({
        workflowId: here().life.id,
        firstExecutionRunId: here().life.id,
        continueAsNewSuggested: false,
      }),
      patched: () => true,
      getCurrentDetails: () => '',
      setCurrentDetails: () => undefined,
      condition: (isTrue: () => boolean) => this.wait(isTrue),
      CancellationScope: TreeScope,
      sleep: async (milliseconds: number) => {
        this.slept.push(milliseconds);
        await nextTurn();
        await this.wait(() => this.isOver(milliseconds));
      },
      proxyActivities: () => this.activities(),
      proxyLocalActivities: () => this.activities(),
      setHandler: (definition: { readonly name: string }, take: (argument: unknown) => void) =>
        void here().life.handlers.set(definition.name, take),
      getExternalWorkflowHandle: (id: string) => ({
        signal: async ({ name }: { readonly name: string }, argument: unknown) => {
          await awake();
          this.signal(id, name, argument);
        },
      }),
      startChild: async (
        type: string,
        { workflowId, args }: { readonly workflowId: string; readonly args: readonly unknown[] },
      ) => {
        await awake();
        const { life, scope } = here();
        const child = this.begin(type, workflowId, args[0]);
        life.children.push(child);
        scope.whenCancelled(() => child.root.cancel());
        // the child works before its parent has a handle
        for (let turn = 0; turn < 4; turn += 1) await nextTurn();
        if (life.isDead) await new Promise(() => undefined);
        return this.handleOf(type, child);
      },
    };
  }

  private handleOf(type: string, child: Life): object {
    return {
      signal: async ({ name }: { readonly name: string }, argument: unknown) =>
        this.signal(child.id, name, argument),
      result: async () => {
        try {
          return await child.result;
        } catch (error) {
          const cause = error instanceof Error ? error : undefined;
          throw new ChildWorkflowFailure(
            undefined,
            { workflowId: child.id, runId: '' },
            type,
            'NON_RETRYABLE_FAILURE' as never,
            cause,
          );
        }
      },
    };
  }
}

/** The one that takes the place of the module in a test file. */
export const workflowTree = new WorkflowTree();
