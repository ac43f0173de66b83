/** An engine in a thread of its own. */
interface Engine {
  readonly isClosed: boolean;
  close(): Promise<void>;
}

/** One that is kept between two steps. */
export interface Warm<Kept extends Engine> {
  readonly engine: Kept;
  /** Digest of the journal that made it what it is; undefined while a step is under way. */
  journal: string | undefined;
}

/** Engines that are kept warm by the name of what they work for: each is where its journal has led it, or is not there. */
export class WarmThreads<Kept extends Engine> {
  private readonly warm = new Map<string, Warm<Kept>>();
  private readonly most: number;

  /** `most` = how many are kept at once. */
  constructor(most: number) {
    this.most = most;
  }

  /** The one of this name, whatever it is doing; undefined when there is none. */
  peek(name: string): Kept | undefined {
    const engine = this.warm.get(name)?.engine;
    return engine?.isClosed === false ? engine : undefined;
  }

  /** The one of this name where the journal with this digest has led it; else `make` is asked for a new one, which is there at once. */
  async open(
    name: string,
    journal: string,
    make: () => Promise<Kept>,
  ): Promise<{ readonly kept: Warm<Kept>; readonly isNew: boolean }> {
    const known = this.warm.get(name);
    if (known?.journal === journal && !known.engine.isClosed) {
      // the one that was used last is given up last
      this.warm.delete(name);
      this.warm.set(name, known);
      return { kept: known, isNew: false };
    }
    if (known !== undefined) await this.close(name);
    const kept: Warm<Kept> = { engine: await make(), journal: undefined };
    this.warm.set(name, kept);
    await this.giveUpOldest();
    return { kept, isNew: true };
  }

  /** Forgets one that has ended by itself. */
  forget(name: string): void {
    this.warm.delete(name);
  }

  /** Ends one. */
  async close(name: string): Promise<void> {
    const known = this.warm.get(name);
    this.warm.delete(name);
    await known?.engine.close();
  }

  private async giveUpOldest(): Promise<void> {
    for (const [name, { journal }] of this.warm) {
      if (this.warm.size <= this.most) return;
      if (journal !== undefined) await this.close(name);
    }
  }
}
