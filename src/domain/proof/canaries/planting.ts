/** Canaries that are planted in files of tests. */
export type CaseKind = 'existing-tests' | 'new-case' | 'assertion';

/** A file in which a canary shall be planted. */
export interface Planting {
  readonly path: string;
  readonly text: string;
  /** Token of the canary with this number; several of one file have several. */
  readonly token: (index: number) => string;
  /** Names of the tools that the check starts. */
  readonly tools: ReadonlySet<string>;
}

/** The file with canaries, and the tokens that they show. */
export interface Planted {
  readonly text: string;
  readonly tokens: readonly string[];
}

/** Planted, or undefined where no canary is known for such a file. Pure. */
export type Plant = (kind: CaseKind, planting: Planting) => Planted | undefined;
