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
  const segments = withoutEnds(glob)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  return segments.at(-1) === '**' ? segments : [...segments, '**'];
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

function meetAt({ left, right, table, width }: MeetTable, i: number, j: number): boolean {
  const one = left[i];
  const other = right[j];
  const at = (row: number, column: number): boolean => table[row * width + column] === 1;
  if (one === undefined && other === undefined) return true;
  if (one === '**' && (at(i + 1, j) || (other !== undefined && at(i, j + 1)))) return true;
  if (other === '**' && (at(i, j + 1) || (one !== undefined && at(i + 1, j)))) return true;
  if (one === undefined || other === undefined) return false;
  return namesMeet(one, other) && at(i + 1, j + 1);
}

const MAGIC = /[*?[\]{}]/;

/** Whether one name may match both: literal beginnings and ends have to fit each other. */
function namesMeet(one: string, other: string): boolean {
  if (one === other) return true;
  const isPlain = !MAGIC.test(one);
  const isOtherPlain = !MAGIC.test(other);
  if (isPlain && isOtherPlain) return false;
  if (isPlain) return compileGlob(other)?.(one) ?? true;
  if (isOtherPlain) return compileGlob(one)?.(other) ?? true;
  const [head, tail] = literalEnds(one);
  const [otherHead, otherTail] = literalEnds(other);
  const headsFit = head.startsWith(otherHead) || otherHead.startsWith(head);
  const tailsFit = tail.endsWith(otherTail) || otherTail.endsWith(tail);
  return headsFit && tailsFit;
}

function literalEnds(name: string): [string, string] {
  const first = name.search(MAGIC);
  let last = name.length;
  while (last > 0 && !MAGIC.test(name.charAt(last - 1))) last -= 1;
  return [name.slice(0, first), name.slice(last)];
}
