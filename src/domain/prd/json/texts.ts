import { fieldOf, isFields, plainKey, spelledKey, type Fields } from './keys.js';

/** Levels of lists in lists that are read; what lies deeper is named by an ellipsis. */
const DEPTH_LIMIT = 5;
const HEAD_KEYS = [
  'title',
  'text',
  'name',
  'criterion',
  'criteria',
  'requirement',
  'statement',
  'summary',
  'content',
  'value',
  'label',
  'rule',
  'goal',
  'scenario',
  'task',
  'step',
];
const BODY_KEYS = ['description', 'details', 'detail', 'body', 'expected', 'expectation'];
const CLAUSES = ['given', 'and', 'when', 'then'];

/** What a field says, item by item: a text, a list of texts, a list of objects that hold one, objects by key. */
export function textsOf(value: unknown, depth = 0): string[] {
  if (value === null || value === undefined) return [];
  if (depth > DEPTH_LIMIT) return ['…'];
  if (typeof value === 'string') return bullets(value);
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  if (Array.isArray(value))
    return value.flatMap((part: unknown) => {
      const texts = textsOf(part, depth + 1);
      return Array.isArray(part) || texts.length < 2 ? texts : [texts.join('; ')];
    });
  return isFields(value) ? objectTexts(value, depth) : [];
}

function objectTexts(fields: Fields, depth: number): string[] {
  const clauses = CLAUSES.flatMap((name) => {
    const clause = fieldOf(fields, [name]);
    return clause === undefined
      ? []
      : [`${spelledKey(clause.key)} ${textsOf(clause.value, depth + 1).join(' and ')}`];
  });
  const head = firstText(fields, HEAD_KEYS, depth);
  const body = firstText(fields, BODY_KEYS, depth);
  const own = [head, body].filter((part) => part !== '').join(': ');
  if (clauses.length > 0)
    return [[own, clauses.join(', ')].filter((part) => part !== '').join(': ')];
  if (own !== '') return [isMarkedDone(fields) ? `(done) ${own}` : own];
  return Object.entries(fields).flatMap(([key, value]) => {
    const texts = textsOf(value, depth + 1);
    return texts.length === 0 ? [] : [`${key}: ${texts.join('; ')}`];
  });
}

function firstText(fields: Fields, names: readonly string[], depth: number): string {
  for (const name of names) {
    const texts = textsOf(fieldOf(fields, [name])?.value, depth + 1);
    if (texts.length > 0) return texts.join('; ');
  }
  return '';
}

function isMarkedDone(fields: Fields): boolean {
  return Object.entries(fields).some(
    ([key, value]) =>
      (value === true && ['passes', 'done', 'completed', 'passed'].includes(plainKey(key))) ||
      (plainKey(key) === 'status' && (value === 'done' || value === 'completed')),
  );
}

/** A text whose every line is a bullet is a list; any other is one item. */
function bullets(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const written = lines.filter((line) => line !== '');
  const isList = written.length > 1 && written.every((line) => /^(?:[-*+•]|\d+[.)]) /.test(line));
  if (isList) return written.map((line) => line.replace(/^(?:[-*+•]|\d+[.)]) /, '').trim());
  return text.trim() === '' ? [] : [text.trim()];
}

/** A field as a paragraph of a story's text: `Test strategy: …`, or its items below it. Empty when it says nothing. */
export function labelled(key: string, value: unknown): string {
  const texts = textsOf(value);
  const [only] = texts;
  if (only === undefined) return '';
  return texts.length === 1 && !Array.isArray(value)
    ? `${spelledKey(key)}: ${only}`
    : `${spelledKey(key)}:\n${texts.map((text) => `- ${text}`).join('\n')}`;
}
