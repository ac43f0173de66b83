import { statusMeaning, statusWord } from '../done-word.js';
import { fieldOf, fieldsOf, type Fields } from './keys.js';

/** Flags that say whether an item is done, the one that counts first. */
const FLAGS = [
  'passes',
  'completed',
  'done',
  'passed',
  'complete',
  'isdone',
  'iscompleted',
  'finished',
];
/** Flags that hold nothing but true and false wherever they stand; others may be dates or texts. */
const STRICT_FLAGS = ['passes', 'completed', 'done'];
const STATUSES = ['status', 'state'];

/** Where an item stands by its own fields. */
export interface Progress {
  readonly isDone: boolean;
  /** The status that takes it out of the work, for example `cancelled`; null for any other. */
  readonly leftOutBy: string | null;
  /** Field and sentence of what contradicts or is not understood. */
  readonly remarks: readonly { readonly field: string; readonly text: string }[];
  /** Fields whose value cannot be read. */
  readonly faults: readonly { readonly field: string; readonly message: string }[];
}

/** True or false, also as a string; undefined for anything else. */
function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** Reads flags and status of an item. A flag wins over a status, and a word that nobody knows means work to do; both are told. */
export function progressOf(fields: Fields): Progress {
  const faults = fieldsOf(fields, STRICT_FLAGS)
    .filter(({ value }) => flagOf(value) === undefined)
    .map(({ key }) => ({ field: key, message: 'must be true or false' }));
  const flags = fieldsOf(fields, FLAGS).flatMap(({ key, value }) => {
    const flag = flagOf(value);
    return flag === undefined ? [] : [{ key, value: flag }];
  });
  const status = statusOf(fields);
  const meaning = status === undefined ? 'open' : statusMeaning(status.value);
  const isDone = flags[0]?.value ?? meaning === 'done';
  return {
    isDone,
    leftOutBy: meaning === 'left-out' && !isDone && status !== undefined ? status.value : null,
    remarks: [...flagRemarks(flags), ...statusRemarks(status, flags[0])],
    faults,
  };
}

/** True for an item with a flag or a status, whatever it says. */
export function saysProgress(fields: Fields): boolean {
  return (
    fieldsOf(fields, FLAGS).some(({ value }) => flagOf(value) !== undefined) ||
    statusOf(fields) !== undefined
  );
}

interface Flag {
  readonly key: string;
  readonly value: boolean;
}

function flagRemarks([first, ...others]: readonly Flag[]): Progress['remarks'] {
  if (first === undefined) return [];
  return others
    .filter(({ value }) => value !== first.value)
    .map(({ key, value }) => ({
      field: key,
      text: `${key} is ${value} and ${first.key} is ${first.value}: ${first.key} counts`,
    }));
}

/** A status that says otherwise than the flag, or without a flag one that nobody knows. */
function statusRemarks(
  status: { readonly key: string; readonly value: string } | undefined,
  flag: Flag | undefined,
): Progress['remarks'] {
  if (status === undefined) return [];
  const { key, value } = status;
  const meaning = statusMeaning(value);
  if (flag === undefined) {
    const text = `${key} "${value}" is not a word that is known: read as work to do`;
    return meaning === 'unknown' ? [{ field: key, text }] : [];
  }
  const isClear = meaning === 'done' || meaning === 'open';
  const text = `${key} is "${value}" and ${flag.key} is ${flag.value}: ${flag.key} counts`;
  return isClear && (meaning === 'done') !== flag.value ? [{ field: key, text }] : [];
}

function statusOf(fields: Fields): { readonly key: string; readonly value: string } | undefined {
  const field = fieldOf(fields, STATUSES);
  return field !== undefined && typeof field.value === 'string'
    ? { key: field.key, value: field.value }
    : undefined;
}

/** One field to write so that an item says that it has passed, or that it has not. */
export interface ProgressEdit {
  readonly field: string;
  readonly value: boolean | string;
}

/**
 * What to change in one item of a list so that it says `passes`: every flag and the status that say otherwise now, with the
 * list's own words; `fallback` where it says nothing yet. Empty when it says so already.
 */
export function progressEdits(
  item: Fields,
  wanted: {
    readonly passes: boolean;
    readonly fallback: 'passes' | 'completed' | 'status';
    /** All items of the list. */
    readonly list: readonly Fields[];
  },
): ProgressEdit[] {
  const { passes } = wanted;
  const flags = fieldsOf(item, FLAGS).filter(({ value }) => flagOf(value) !== undefined);
  const status = statusOf(item);
  const statuses = [status?.value, ...wanted.list.map((other) => statusOf(other)?.value)];
  const edits: ProgressEdit[] = flags
    .filter(({ value }) => flagOf(value) !== passes)
    .map(({ key, value }) => ({
      field: key,
      value: typeof value === 'string' ? String(passes) : passes,
    }));
  if (status !== undefined && (statusMeaning(status.value) === 'done') !== passes)
    edits.push({ field: status.key, value: statusWord(statuses, passes) });
  if (flags.length > 0 || status !== undefined || !passes) return edits;
  return wanted.fallback === 'status'
    ? [{ field: 'status', value: statusWord(statuses, true) }]
    : [{ field: wanted.fallback, value: true }];
}
