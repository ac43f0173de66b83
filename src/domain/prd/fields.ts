import { z } from 'zod';
import { CHECK_ORDER } from '../proof/check.js';
import type { Story } from '../run/story.js';
import { commandOf } from './command-criterion.js';
import type { Prd } from './prd.js';

/** Any text. */
export const text = z.string('must be a string');

/** Text that says something. */
export const requiredText = text.trim().min(1, 'must not be empty');

/** A list that may be missing or null: empty then. */
export const textList = z
  .array(text, 'must be a list of strings')
  .nullish()
  .transform((value) => value ?? []);

/** An id is part of workflow ids, commit trailers and headings; those have limits and single lines. */
export const storyId = requiredText
  .max(100, 'must be at most 100 characters')
  .regex(/^\P{Cc}*$/u, 'must not hold line breaks or control characters');

const PRIORITY_WORDS = new Map([
  ...['critical', 'highest', 'urgent', 'blocker', 'must'].map((word) => [word, 1] as const),
  ...['high', 'major', 'should'].map((word) => [word, 2] as const),
  ...['medium', 'normal', 'moderate'].map((word) => [word, 3] as const),
  ...['low', 'minor', 'could'].map((word) => [word, 4] as const),
  ...['lowest', 'trivial', 'optional'].map((word) => [word, 5] as const),
]);

/** The rank behind `2`, `P2`, `high`; numbers below 1 count as 1. Undefined when it is none of these. */
export function priorityOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? Math.max(1, value) : undefined;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  const digits = /^p?(\d{1,3})$/.exec(word)?.[1];
  return digits === undefined ? PRIORITY_WORDS.get(word) : Math.max(1, Number(digits));
}

/** What a priority must look like where {@link priorityOf} knows none. */
export const PRIORITY_PROBLEM =
  'must be a whole number (1 is the highest), P1 to P9, or critical, high, medium, low';

/** Commands by check name; null and empty ones are left out. */
export const checkCommands = z
  .record(text, text.nullable(), 'must be an object of check names and commands')
  .nullish()
  .transform((value) => value ?? {});

/** Checks in the order in which they run, the empty ones left out. */
export function orderChecks(checks: Readonly<Record<string, string | null>>): Prd['qualityChecks'] {
  const rank = (name: string): number => {
    const known = CHECK_ORDER.indexOf(name);
    return known < 0 ? CHECK_ORDER.length : known;
  };
  return Object.entries(checks)
    .filter((entry): entry is [string, string] => entry[1] !== null && entry[1].trim() !== '')
    .map(([name, command]) => ({ name, command }))
    .sort((left, right) => rank(left.name) - rank(right.name));
}

/** A story with the defaults of what its format does not say. */
export function storyOf(fields: Pick<Story, 'id' | 'title'> & Partial<Story>): Story {
  return {
    description: '',
    acceptanceCriteria: [],
    passes: false,
    priority: 1,
    dependsOn: [],
    complexity: 3,
    verificationSteps: [],
    ...fields,
  };
}

/** The criteria that are plainly commands, as steps of verification. */
export function commandSteps(criteria: readonly string[]): Story['verificationSteps'] {
  return criteria.flatMap((criterion) => {
    const command = commandOf(criterion);
    return command === undefined
      ? []
      : [{ type: 'shell' as const, command, expectOutputContains: [], expectFilesGlob: [] }];
  });
}

/**
 * The id of a story whose format gives it none: `T-001` for the first of the list. It counts finished stories too, so
 * it stays the same while stories are ticked off; it shifts only when somebody inserts or removes one before it.
 */
export function positionId(index: number): string {
  return `T-${String(index + 1).padStart(3, '0')}`;
}

/** Characters of a title; it is the subject of a commit. */
const TITLE_LIMIT = 200;

/** A title of one line without control characters, and the whole text where it is more than that (else empty). */
export function titled(written: string): { readonly title: string; readonly rest: string } {
  const title = firstLine(written, TITLE_LIMIT)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  const whole = written.trim();
  return { title, rest: title === whole ? '' : whole };
}

/** The parts that are not empty, as paragraphs. */
export function paragraphs(parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The first line, at most `limit` characters. */
export function firstLine(value: string, limit: number): string {
  const line = value.trim().split(/\r?\n/)[0]?.trim() ?? '';
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`;
}
