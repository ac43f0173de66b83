import { knownName, type KnownEnd, type ScriptEnd, type ScriptEntry } from './script-journal.js';

/** What a run before has paid for, and what of it the calls of this one wait for. */
export class KnownStock {
  private readonly known: ReadonlyMap<string, KnownEnd>;
  private readonly counts = new Map<string, number>();
  /** Ends of calls that were asked and not told yet, by the calls' numbers. */
  private readonly due = new Map<number, KnownEnd>();

  constructor(known: readonly KnownEnd[]) {
    this.known = new Map(known.map((end) => [knownName(end), end]));
  }

  /** Takes in what happened before. */
  replay(entries: readonly Pick<ScriptEntry, 'ends' | 'chains'>[]): void {
    for (const { ends, chains } of entries) {
      for (const { id } of ends ?? []) this.due.delete(id);
      this.ask(chains);
    }
  }

  /** Takes in what was asked; gives the numbers of those calls whose ends are known. */
  ask(calls: readonly { readonly id: number; readonly chain: string }[]): ReadonlySet<number> {
    const found = new Set<number>();
    for (const { id, chain } of calls) {
      const nth = this.counts.get(chain) ?? 0;
      this.counts.set(chain, nth + 1);
      const end = this.known.get(knownName({ chain, nth }));
      if (end === undefined) continue;
      this.due.set(id, end);
      found.add(id);
    }
    return found;
  }

  /** The end that comes next in the order in which they came before; undefined when none is due. */
  next(): ScriptEnd | undefined {
    let first: readonly [number, KnownEnd] | undefined;
    for (const entry of this.due)
      if (first === undefined || entry[1].at < first[1].at) first = entry;
    if (first === undefined) return undefined;
    const [id, { spent, ...end }] = first;
    this.due.delete(id);
    return 'value' in end ? { id, spent, value: end.value } : { id, spent, ref: end.ref };
  }
}
