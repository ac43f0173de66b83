/** The elements of an array; empty for everything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text; empty for everything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** No model counts further than this in one call; more is a broken counter. */
const LARGEST_COUNT = 20_000_000;

/** A count that can be believed: a whole number from 0, also as text; null for everything else. */
export function countOf(value: unknown): number | null {
  const count = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isFinite(count)) return null;
  return count < 0 || count > LARGEST_COUNT ? null : Math.round(count);
}

/** The first `limit` characters, marked when there were more. */
export function shortened(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}
