import type { LeaseRequest } from '../../../contracts/index.js';
import { covers, type Budget } from '../../../domain/index.js';
import { missingOf, type SpenderLine } from '../../lib/spender.js';

type Needed = LeaseRequest['needed'];

/** Who stands in the line when it is the agent itself that needs more; all others are workflow ids. */
const SELF = '';

/** What the line needs of the agent that keeps it. */
export interface LeaseLineOptions {
  /** What the agent has left, without what it lent; null = no limit. */
  readonly left: () => Budget | null;
  /** Asks the agent's own owner; rejects when it is gone. */
  readonly send: (request: Pick<LeaseRequest, 'needed' | 'canWait'>) => Promise<void>;
  /** Hands some of what is left, which covers it, to one that stands in the line. */
  readonly give: (holder: string, needed: Needed) => void;
  /** True while somebody works who may give back what was lent, or who may end without any. */
  readonly canWait: () => boolean;
}

/**
 * An agent and those that it started, in the order in which they came to need more of its budget: served from what comes back or is
 * granted, and the owner is asked for one at a time, so that nobody takes what another one asked for. Pure state: deterministic.
 */
export class LeaseLine implements SpenderLine {
  private readonly options: LeaseLineOptions;
  private readonly hungry = new Map<string, Pick<LeaseRequest, 'needed' | 'canWait'>>();
  /** What the owner was asked last and has not answered. */
  private asked: { readonly needed: Needed; readonly canWait: boolean } | undefined;

  constructor(options: LeaseLineOptions) {
    this.options = options;
  }

  /** True for one that stands in the line, and below which nobody works. */
  isStuck(holder: string = SELF): boolean {
    const one = this.hungry.get(holder);
    return one !== undefined && one.canWait !== true;
  }

  /** The agent itself needs more. Rejects when the owner is gone. */
  async ask(needed: Needed): Promise<void> {
    this.hungry.set(SELF, { needed });
    await this.review();
  }

  /** The agent has what it asked for. */
  fed(): void {
    this.hungry.delete(SELF);
  }

  /** A call of the agent has ended. */
  settled(): void {
    this.look();
  }

  /** One that the agent started needs more. */
  request(holder: string, hunger: Pick<LeaseRequest, 'needed' | 'canWait'>): void {
    this.hungry.set(holder, hunger);
    this.look();
  }

  /** One that ended needs nothing. */
  leave(holder: string): void {
    this.hungry.delete(holder);
  }

  /** The owner granted something, which is in what is left. */
  granted(): void {
    this.asked = undefined;
    this.look();
  }

  /** To be called when something came back, and when somebody stopped or ended working. */
  look(): void {
    // whoever waits for an owner that is gone is ended with it
    this.review().catch(() => undefined);
  }

  private async review(): Promise<void> {
    for (const [holder, { needed }] of Array.from(this.hungry)) {
      const left = this.options.left();
      if (left !== null && !covers(left, needed)) continue;
      // the agent takes it by itself; whoever stands behind it waits until it has
      if (holder === SELF) return this.relax();
      this.hungry.delete(holder);
      this.options.give(holder, needed);
    }
    const [first] = this.hungry.values();
    const left = this.options.left();
    if (first !== undefined && left !== null)
      return this.tell(missingOf(first.needed, left), this.options.canWait());
    await this.relax();
  }

  /** What was asked for is there: the owner need not stop its run for it. */
  private async relax(): Promise<void> {
    if (this.asked !== undefined) await this.tell(this.asked.needed, true);
  }

  private async tell(needed: Needed, canWait: boolean): Promise<void> {
    if (this.asked?.canWait === canWait) return;
    this.asked = { needed, canWait };
    await this.options.send({ needed, ...(canWait ? { canWait } : {}) });
  }
}
