import type { KnownEnd, ScriptEnd } from './script-journal.js';

/** What a run before has paid for, and nobody has taken over yet. */
export class KnownStock {
  private readonly left = new Map<string, KnownEnd[]>();

  /** `asked` = chains of the calls that were made already: the same call made several times has as many ends. */
  constructor(known: readonly KnownEnd[], asked: readonly string[] = []) {
    for (const end of known) this.left.set(end.chain, [...(this.left.get(end.chain) ?? []), end]);
    for (const chain of asked) this.left.get(chain)?.shift();
  }

  /** The end of the next call of this chain; undefined when there is none left. */
  take(chain: string, as: { readonly id: number; readonly spent: number }): ScriptEnd | undefined {
    const end = this.left.get(chain)?.shift();
    if (end === undefined) return undefined;
    const { chain: _asked, ...value } = end;
    return { ...as, ...value };
  }
}
