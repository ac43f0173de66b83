/** An object of a decoded document. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for an object that is no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One name for `acceptance_criteria`, `acceptanceCriteria` and `Acceptance Criteria`: letters and digits in lower case. */
export function plainKey(key: string): string {
  return key.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** The key as a person writes it at the start of a sentence: `testStrategy` is `Test strategy`. */
export function spelledKey(key: string): string {
  const words = key
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase()
    .trim();
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** A field under the name that the document gives it. */
export interface Field {
  readonly key: string;
  readonly value: unknown;
}

/** The first of the names that the object has a value for; null counts as none. `names` are plain keys. */
export function fieldOf(fields: Fields, names: readonly string[]): Field | undefined {
  for (const name of names) {
    const key = Object.keys(fields).find((own) => plainKey(own) === name);
    if (key !== undefined && fields[key] !== null && fields[key] !== undefined)
      return { key, value: fields[key] };
  }
  return undefined;
}

/** Every field under one of the names, in the order of the names. `names` are plain keys. */
export function fieldsOf(fields: Fields, names: readonly string[]): Field[] {
  return names.flatMap((name) =>
    Object.entries(fields)
      .filter(([key, value]) => plainKey(key) === name && value !== null && value !== undefined)
      .map(([key, value]) => ({ key, value })),
  );
}
