import { compileGlob } from '../text/glob-pattern.js';
import { isWriter, type Subtask } from './subtask.js';

type Touching = Pick<Subtask, 'agent' | 'touches'>;

/**
 * True when two subtasks may write the same file by what they say: both write, and two of their globs have a path in common. One
 * that names no files claims none: whoever wants it to wait says so by a dependency. Pure.
 */
export function mayCollide(left: Touching, right: Touching): boolean {
  if (!isWriter(left) || !isWriter(right)) return false;
  return left.touches.some((one) => right.touches.some((other) => globsMeet(one, other)));
}

/** Files outside what the subtask said that it touches; none when it said nothing. A glob that cannot be read covers nothing. Pure. */
export function outsideTouches(
  { touches }: Pick<Subtask, 'touches'>,
  files: readonly string[],
): string[] {
  if (touches.length === 0) return [];
  const tests = touches.map(globTest);
  return files.filter((file) => !tests.some((test) => test(file)));
}

/** What a touch glob covers: a plain name also covers everything below it. Pure. */
export function globTest(glob: string): (path: string) => boolean {
  const clean = withoutEnds(glob);
  const test = compileGlob(clean.includes('/') ? clean : `./${clean}`) ?? (() => false);
  const below = compileGlob(`${clean}/**`) ?? (() => false);
  const anchored = clean.includes('/') ? test : anchoredTest(clean);
  return (path) => anchored(path) || below(path);
}

/** A pattern without a slash names something at the top of the repository, not a name anywhere. */
function anchoredTest(pattern: string): (path: string) => boolean {
  const test = compileGlob(pattern) ?? (() => false);
  return (path) => !path.includes('/') && test(path);
}

function withoutEnds(glob: string): string {
  let rest = glob.trim();
  while (rest.startsWith('./')) rest = rest.slice(2);
  while (rest.startsWith('/')) rest = rest.slice(1);
  while (rest.endsWith('/')) rest = rest.slice(0, -1);
  return rest;
}

/**
 * True when a path may match both globs. Errs on the side of yes: braces and brackets count as `*`. Time is the product of the numbers of
 * folders. Pure.
 */
export function globsMeet(left: string, right: string): boolean {
  return segmentsMeet(segmentsOf(left), segmentsOf(right));
}

/** Folders of a glob; what lies below a name is covered by it too. */
function segmentsOf(glob: string): string[] {
  const segments = namesOf(withoutEnds(glob)).filter((part) => part !== '' && part !== '.');
  return segments.at(-1) === '**' ? segments : [...segments, '**'];
}

/** Names between slashes; one with a choice that holds slashes itself, or with a `**` inside, may stand for any folders. */
function namesOf(glob: string): string[] {
  const names: string[] = [];
  let name = '';
  let depth = 0;
  for (const part of glob.split('/')) {
    name += depth > 0 ? `/${part}` : part;
    depth = openAfter(part, depth);
    if (depth > 0) continue;
    names.push(nameOf(name));
    name = '';
  }
  // a choice that is never closed: whatever it means, it is covered
  return depth > 0 ? [...names, '**'] : names;
}

function nameOf(name: string): string {
  return name.includes('/') || name.includes('**') ? '**' : name;
}

/** Choices that are open behind the part. */
function openAfter(part: string, before: number): number {
  let depth = before;
  for (const character of part) {
    if (character === '{' || character === '[') depth += 1;
    else if ((character === '}' || character === ']') && depth > 0) depth -= 1;
  }
  return depth;
}

/** Whether the two may stand for one path: a table over both, filled from the end. */
function segmentsMeet(left: readonly string[], right: readonly string[]): boolean {
  const width = right.length + 1;
  const table = new Uint8Array((left.length + 1) * width);
  for (let i = left.length; i >= 0; i -= 1) {
    for (let j = right.length; j >= 0; j -= 1) {
      table[i * width + j] = meetAt({ left, right, table, width }, i, j) ? 1 : 0;
    }
  }
  return table[0] === 1;
}

interface MeetTable {
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly table: Uint8Array;
  readonly width: number;
}

function meetAt(table: MeetTable, i: number, j: number): boolean {
  const one = table.left[i];
  const other = table.right[j];
  if (one === undefined && other === undefined) return true;
  const mirrored = { ...table, left: table.right, right: table.left };
  if (one === '**' && loopMeets(table, (row, column) => isSet(table, row, column), [i, j]))
    return true;
  if (other === '**' && loopMeets(mirrored, (row, column) => isSet(table, column, row), [j, i]))
    return true;
  if (one === undefined || other === undefined) return false;
  return namesMeet(one, other) && isSet(table, i + 1, j + 1);
}

/** `**` of the left stands for nothing, or for one more name of the right. */
function loopMeets(
  { right }: MeetTable,
  at: (row: number, column: number) => boolean,
  [row, column]: readonly [number, number],
): boolean {
  return at(row + 1, column) || (right[column] !== undefined && at(row, column + 1));
}

function isSet({ table, width }: MeetTable, row: number, column: number): boolean {
  return table[row * width + column] === 1;
}

const MAGIC = /[*?[\]{}]/;

/** Whether one name may match both: literal beginnings and ends have to fit each other. */
function namesMeet(one: string, other: string): boolean {
  if (one === other) return true;
  if (!MAGIC.test(one)) return MAGIC.test(other) && mayMatch(other, one);
  return MAGIC.test(other) ? endsFit(one, other) : mayMatch(one, other);
}

function mayMatch(pattern: string, name: string): boolean {
  return compileGlob(pattern)?.(name) ?? true;
}

function endsFit(one: string, other: string): boolean {
  const [head, tail] = literalEnds(one);
  const [otherHead, otherTail] = literalEnds(other);
  const headsFit = head.startsWith(otherHead) || otherHead.startsWith(head);
  return headsFit && (tail.endsWith(otherTail) || otherTail.endsWith(tail));
}

function literalEnds(name: string): [string, string] {
  const first = name.search(MAGIC);
  let last = name.length;
  while (last > 0 && !MAGIC.test(name.charAt(last - 1))) last -= 1;
  return [name.slice(0, first), name.slice(last)];
}
