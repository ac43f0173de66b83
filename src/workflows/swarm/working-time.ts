import { CancellationScope, condition } from '@temporalio/workflow';

/** Somebody whose working time is limited. */
export interface Timed {
  readonly isOver: boolean;
  /** How long it may work; absent = as long as all. */
  readonly limitMs?: number | undefined;
  /** True while it waits for a provider, a person or a budget: that is no work. */
  stands(): boolean;
  /** Its time is up. */
  end(): void;
}

/** Watches how long somebody works. */
export interface WorkingTime {
  watch(worker: Timed): void;
}

/** A timer for each: two events of the history for everybody who ends in time. */
export function ownTimers(limitMs: number): WorkingTime {
  const follow = async (worker: Timed): Promise<void> => {
    let left = worker.limitMs ?? limitMs;
    while (!worker.isOver && left > 0) {
      if (worker.stands()) await condition(() => worker.isOver || !worker.stands());
      const since = Date.now();
      const isEarly = await condition(() => worker.isOver || worker.stands(), left);
      left = isEarly ? left - (Date.now() - since) : 0;
    }
    if (!worker.isOver) worker.end();
  };
  return { watch: (worker) => void follow(worker).catch(() => undefined) };
}

interface Watched {
  readonly worker: Timed;
  left: number;
  stood: boolean;
}

/**
 * One timer for all, for the one whose time is up first: whoever begins later has more left, and whoever ends in time leaves it as it
 * is. Deterministic.
 */
export class SharedTimer implements WorkingTime {
  private readonly limitMs: number;
  private watched: Watched[] = [];
  private countedAt = 0;
  private isAwaited = false;
  private hasNew = false;

  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  watch(worker: Timed): void {
    this.count();
    this.watched.push({ worker, left: worker.limitMs ?? this.limitMs, stood: worker.stands() });
    this.hasNew = true;
    if (this.isAwaited) return;
    this.isAwaited = true;
    // the timer belongs to nobody who may be cancelled
    CancellationScope.nonCancellable(() => this.follow()).catch(() => undefined);
  }

  private async follow(): Promise<void> {
    while (this.watched.length > 0) {
      this.hasNew = false;
      const left = this.watched.filter(({ stood }) => !stood).map((one) => one.left);
      await this.changed(left.length === 0 ? undefined : Math.min(...left));
      this.count();
      const late = this.watched.filter((one) => one.left <= 0);
      this.watched = this.watched.filter((one) => one.left > 0);
      for (const { worker } of late) worker.end();
    }
    this.isAwaited = false;
  }

  /** Resolves when the time of somebody is up, or somebody stands still or works again. */
  private async changed(left: number | undefined): Promise<void> {
    const isOther = (): boolean => this.watched.some(isTurned);
    if (left === undefined)
      await condition(() => isOther() || this.hasNew || this.watched.every(isOver));
    else await condition(isOther, Math.max(1, left));
  }

  /** Takes the time since the last look off everybody who worked. */
  private count(): void {
    const now = Date.now();
    const passed = now - this.countedAt;
    this.countedAt = now;
    this.watched = this.watched.filter((one) => !isOver(one));
    for (const one of this.watched) {
      if (!one.stood) one.left -= passed;
      one.stood = one.worker.stands();
    }
  }
}

function isOver({ worker }: Watched): boolean {
  return worker.isOver;
}

function isTurned(one: Watched): boolean {
  return !isOver(one) && one.worker.stands() !== one.stood;
}
