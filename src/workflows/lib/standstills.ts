import type { RunRecord } from '../../domain/index.js';

/** Why something stands still. */
interface Wait {
  readonly reason: string;
  readonly since: string;
  readonly until: string | null;
  readonly isPaused?: boolean | undefined;
}

/** The part of a run record that says whether the run works. */
export type ShownStandstill = Pick<RunRecord, 'status' | 'standstill'>;

/** Who waits for what (children by their workflow id, the run's own work by a name), and whether the run is paused. Pure state: deterministic. */
export class Standstills {
  private readonly waits = new Map<string, Wait>();
  private paused: { readonly reason: string; readonly since: string } | undefined;

  /** True while no new work may begin. */
  get isPaused(): boolean {
    return this.paused !== undefined;
  }

  /** Stops the run, or changes the reason; null lets it go on. */
  setPaused(reason: string | null, at: string): void {
    this.paused = reason === null ? undefined : { reason, since: this.paused?.since ?? at };
  }

  /** Takes in a report; true when it changed something worth telling. */
  report(who: string, waiting: Omit<Wait, 'since'> | null, at: string): boolean {
    if (waiting === null) return this.waits.delete(who);
    this.waits.set(who, { ...waiting, since: this.waits.get(who)?.since ?? at });
    return true;
  }

  /** True while somebody waits. */
  isWaiting(who: string): boolean {
    return this.waits.has(who);
  }

  /** Forgets somebody who ended. */
  forget(who: string): void {
    this.waits.delete(who);
  }

  /** Status and standstill for the record: a run waits when nobody of it works. */
  show(active: number): ShownStandstill {
    if (this.paused !== undefined) {
      return { status: 'paused', standstill: { kind: 'paused', ...this.paused, until: null } };
    }
    const waits = [...this.waits.values()];
    const broken = waits.find((wait) => wait.isPaused === true);
    if (broken !== undefined) {
      const { reason, since, until } = broken;
      return { status: 'paused', standstill: { kind: 'paused', reason, since, until } };
    }
    const [first] = waits.sort((left, right) =>
      (left.until ?? '') < (right.until ?? '') ? -1 : 1,
    );
    if (first === undefined || this.waits.size < active)
      return { status: 'running', standstill: null };
    const { reason, since, until } = first;
    return { status: 'waiting', standstill: { kind: 'waiting', reason, since, until } };
  }
}
