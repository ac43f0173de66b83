import { CancelledFailure, CancellationScope, workflowInfo } from '@temporalio/workflow';

/**
 * Identity of this workflow across continue-as-new and retries of the same start: workflow id and first run id. Step keys
 * and event numbers live in it (design.md section 7).
 */
export function workflowScope(): string {
  const info = workflowInfo();
  return `${info.workflowId}/${info.firstExecutionRunId}`;
}

/** Throws when whoever asks has been cancelled: an agent, or a step, that is cancelled has a result all the same. */
export function stopIfCancelled(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled');
}

/** Workflow time as ISO 8601; deterministic, because Temporal replaces Date in workflows. */
export function workflowTime(): string {
  return new Date().toISOString();
}

/**
 * Begins work that belongs to everybody in no scope of whoever asked first, so that it ends as it would have when that one is
 * cancelled. `isShielded` is asked only then: false = it is cancelled too, as in histories of before.
 */
export function shielded<Result>(
  work: () => Promise<Result>,
  isShielded: () => boolean,
): Promise<Result> {
  const asking = CancellationScope.current();
  if (!asking.cancellable || (asking.consideredCancelled && !isShielded())) return work();
  const shield = new CancellationScope({ cancellable: false });
  const own = new CancellationScope({ cancellable: true, parent: shield });
  // Taken from inside the scope, so that nobody who waits for it goes on later than without one.
  let begun: Promise<Result> | undefined;
  const ended = own.run(() => (begun = work()));
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  ended.then(end, end);
  asking.cancelRequested.catch(() => {
    if (!isOver && !isShielded()) own.cancel();
  });
  return begun ?? ended;
}

/** Work that is done one after the other, in the order in which it was asked for; what fails holds nobody up. */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  /** Does the work when everything before it has ended. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const own = this.last.then(work);
    this.last = own.then(
      () => undefined,
      () => undefined,
    );
    return own;
  }
}
