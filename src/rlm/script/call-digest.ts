import { createHash } from 'node:crypto';

/** What only names a call, and changes nothing of what is asked for. */
const NAMES: ReadonlySet<string> = new Set(['label', 'phase']);

/** Digest of what a call asks for: its kind and what was passed, in whatever order its fields stand. Pure. */
export function callDigest(kind: string, payload: string): string {
  const value = JSON.parse(payload) as Record<string, unknown>;
  const asked = Object.fromEntries(Object.entries(value).filter(([name]) => !NAMES.has(name)));
  return createHash('sha256')
    .update(`${kind} ${JSON.stringify(sorted(asked))}`)
    .digest('hex');
}

/** The same value with the fields of its objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  // an object is no list of its fields
  return {
    fields: Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, held]) => [name, sorted(held)]),
  };
}
