/** What one runner said to all types of some seeds, and what that took. */
export interface KeptPart {
  readonly size: string;
  readonly name: string;
  readonly types: readonly string[];
  readonly seeds: readonly number[];
}

export declare function openKept(path: string | undefined): {
  partsOf(row: Pick<KeptPart, 'size' | 'name' | 'types'>, most: number): KeptPart[];
  keep(part: KeptPart): void;
};
