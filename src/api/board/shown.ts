import { visible } from '../../domain/index.js';

/** The value with every text in it made visible: the page shows text as text, and no mark in it turns a line around. Pure. */
export function shown(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, shown(part)] as const),
  );
}
