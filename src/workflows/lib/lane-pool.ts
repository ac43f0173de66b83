/** Places to work in, each used by one at a time. Pure state: deterministic. */
export class LanePool<Lane> {
  private readonly free: Lane[] = [];
  private lanes: readonly Lane[] = [];

  /** Takes the lanes over, all of them free. */
  open(lanes: readonly Lane[]): void {
    this.lanes = lanes;
    this.free.splice(0, this.free.length, ...lanes);
  }

  /** The first of all lanes; undefined before {@link open}. */
  get first(): Lane | undefined {
    return this.lanes[0];
  }

  /** How many nobody uses. */
  get size(): number {
    return this.free.length;
  }

  /** A lane that nobody else gets until it is given back; undefined when all are in use. */
  take(): Lane | undefined {
    return this.free.shift();
  }

  /** Gives a lane back. */
  giveBack(lane: Lane): void {
    this.free.push(lane);
  }
}
