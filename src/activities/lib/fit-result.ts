import { InvariantError, jsonBytes, MESSAGE_LIMIT_BYTES } from '../../domain/index.js';

/** How lists and texts are cut, one after the other, until a result fits; hashes and ids are shorter than the last. */
const CUTS = [
  { items: 1000, characters: 8192 },
  { items: 200, characters: 2000 },
  { items: 100, characters: 500 },
  { items: 50, characters: 200 },
  { items: 20, characters: 100 },
] as const;

/** The PRD itself, a planned run and the record of a session, which are bounded where they are made: they travel whole. */
const WHOLE: ReadonlySet<string> = new Set(['refreshPrd', 'openTask', 'openSession']);

/**
 * Fields that their activities bound, and of which every entry is needed: what a cell waits for and what was answered of it. They come on
 * top of the limit.
 */
const WHOLE_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  runCell: new Set(['requests']),
  stepScript: new Set(['calls', 'misfits']),
  findReplMark: new Set(['requests', 'answers', 'calls', 'pending']),
};
const WHOLE_LIMIT_BYTES = 1024 * 1024;
const NO_FIELDS: ReadonlySet<string> = new Set();

/** Most bytes of the result of the named activity. */
export function resultLimit(name: string): number {
  return WHOLE.has(name) ? Number.POSITIVE_INFINITY : MESSAGE_LIMIT_BYTES;
}

/**
 * The result of an activity as it may enter a history: what is above the limit loses the ends of its longest lists and texts.
 * Whatever is needed whole travels by reference anyway, or is never cut. Throws `ERR_RESULT_TOO_LARGE` when even that is too much.
 */
export function fitResult<Result>(
  result: Result,
  limitBytes: number = MESSAGE_LIMIT_BYTES,
  name = 'a step',
): Result {
  if (jsonBytes(result) <= limitBytes) return result;
  const whole = WHOLE_FIELDS[name] ?? NO_FIELDS;
  const wholeBytes = whole.size === 0 ? 0 : jsonBytes(result) - jsonBytes(without(result, whole));
  for (const cut of wholeBytes > WHOLE_LIMIT_BYTES ? [] : CUTS) {
    const candidate = shortened(result, cut, whole);
    if (jsonBytes(candidate) <= limitBytes + wholeBytes) return candidate as Result;
  }
  throw new InvariantError('ERR_RESULT_TOO_LARGE', {
    message: `${name} ended with a result of ${jsonBytes(result)} bytes, which no history may hold`,
    hint: 'this is a defect: report it with the run id',
  });
}

function shortened(
  value: unknown,
  cut: (typeof CUTS)[number],
  whole: ReadonlySet<string>,
): unknown {
  if (typeof value === 'string')
    return value.length <= cut.characters ? value : `${value.slice(0, cut.characters - 1)}…`;
  if (Array.isArray(value))
    return value.slice(0, cut.items).map((item) => shortened(item, cut, whole));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, cut.items)
      .map(([key, item]: [string, unknown]) => [
        key,
        whole.has(key) ? item : shortened(item, cut, whole),
      ]),
  );
}

function without(value: unknown, fields: ReadonlySet<string>): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) => (fields.has(key) ? null : item)),
  ) as unknown;
}
