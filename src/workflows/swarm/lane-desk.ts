import { InvariantError, type WorkspaceRef } from '../../domain/index.js';
import { LanePool } from '../lib/lane-pool.js';

interface Lane {
  readonly lane: WorkspaceRef;
  readonly proofLane: WorkspaceRef;
}

/** A lane in use, and the commit that it was laid out from. */
export interface TakenLane {
  readonly lane: WorkspaceRef;
  readonly base: string;
}

interface SharedLane {
  readonly pooled: Lane;
  readonly taken: TakenLane;
  readers: number;
}

/** Lanes of a swarm: a writer has one for itself, readers of the same commit share one. Pure state: deterministic. */
export class LaneDesk {
  private readonly pool = new LanePool<Lane>();
  private readonly writers = new Map<TakenLane, Lane>();
  private readonly shared = new Map<string, SharedLane>();

  /** Takes the lanes over; there are as many as may work at once. */
  open(lanes: readonly Lane[]): void {
    this.pool.open(lanes);
  }

  /** The first lane, whoever works in it. Throws before {@link open}. */
  get first(): Lane {
    return this.pool.first ?? noLane();
  }

  /** A lane for somebody who starts from `base`. */
  take(base: string, isWriter: boolean): TakenLane {
    const known = isWriter ? undefined : this.shared.get(base);
    if (known !== undefined) {
      known.readers += 1;
      return known.taken;
    }
    const pooled = this.pool.take() ?? noLane();
    const taken = { lane: pooled.lane, base };
    if (isWriter) this.writers.set(taken, pooled);
    else this.shared.set(base, { pooled, taken, readers: 1 });
    return taken;
  }

  /** Gives a lane back; a shared one is free when its last reader has. */
  giveBack(taken: TakenLane): void {
    const own = this.writers.get(taken);
    if (own !== undefined) {
      this.writers.delete(taken);
      this.pool.giveBack(own);
      return;
    }
    const shared = this.shared.get(taken.base);
    if (shared?.taken !== taken) return;
    shared.readers -= 1;
    if (shared.readers > 0) return;
    this.shared.delete(taken.base);
    this.pool.giveBack(shared.pooled);
  }
}

function noLane(): never {
  throw new InvariantError('ERR_NO_LANE', {
    message: 'a swarm has fewer lanes than subtasks at work',
    hint: 'this is a defect: report it',
  });
}
