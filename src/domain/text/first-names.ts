/** How much of a list of names a message has room for. */
export interface NameLimits {
  readonly most: number;
  /** Characters of all names together. */
  readonly characters: number;
}

/** The first names of a list, as many as fit; a name is given whole or not at all. Pure. */
export function firstNames(names: readonly string[], { most, characters }: NameLimits): string[] {
  const first: string[] = [];
  let left = characters;
  for (const name of names) {
    left -= name.length;
    if (first.length === most || left < 0) break;
    first.push(name);
  }
  return first;
}
