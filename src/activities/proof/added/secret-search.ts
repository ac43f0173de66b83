import { shortLine } from '../../../domain/index.js';
import { redactText } from '../../../observability/index.js';
import { createGit, type TreeDiff, type WorkspaceFolders } from '../../../platform/index.js';
import type { FileLines } from './added-lines.js';
import { readAdded, type SearchLimits } from './read-added.js';

/** A line that a story added and that holds a secret. */
export interface FoundSecret {
  readonly path: string;
  readonly line: number;
  /** What it is by its name or shape, for example `github-token`; never the secret. */
  readonly kind: string;
}

interface Suspect extends FoundSecret {
  /** The secret as it is written. */
  readonly value: string;
}

/** More are not named, and not compared with the base. */
const MOST = 20;
const MARK = /\[redacted:([\w.-]{1,64})\]/g;
const NAME_LIMIT = 200;

/**
 * Secrets in the lines that a story added: values that this process has loaded, in any of their forms, and what has the shape of a
 * key. What the base has anywhere is no news, such as a key in an example that was moved. At most twenty.
 */
export async function findSecrets(
  lane: WorkspaceFolders,
  { base, diff }: { readonly base: string; readonly diff: TreeDiff },
  limits?: SearchLimits,
): Promise<FoundSecret[]> {
  const suspects: Suspect[] = [];
  await readAdded(lane, diff, {
    limits,
    take(added) {
      if (suspects.length < MOST) suspects.push(...added.flatMap(secretsIn));
    },
  });
  const fresh: FoundSecret[] = [];
  for (const { value, ...found } of suspects.slice(0, MOST))
    if (!(await isInBase(lane, base, value))) fresh.push(found);
  return fresh;
}

/** What the next attempt is told about them. */
export function describeSecrets(secrets: readonly FoundSecret[]): string {
  const places = secrets.map(
    ({ path, line, kind }) => `${shortLine(path, NAME_LIMIT)}:${line} (${kind})`,
  );
  return `Lines that you added hold what is, or looks like, a secret: ${places.join(', ')}. Secrets are never committed. Read them from the environment or a file that git ignores; where a test needs a key, make one when the test runs, or put its text together from parts.`;
}

function secretsIn({ file, lines }: FileLines): Suspect[] {
  const single = lines.flatMap(({ line, text }) => {
    const [found] = differences(text);
    return found === undefined ? [] : [{ path: file.path, line, ...found }];
  });
  if (single.length > 0) return single;
  // a private key has several lines
  const [first] = lines;
  const [whole] = differences(lines.map(({ text }) => text).join('\n'));
  if (whole === undefined || first === undefined) return [];
  const begin = whole.value.split('\n', 1)[0] ?? '';
  const at = lines.find(({ text }) => begin !== '' && text.includes(begin)) ?? first;
  return [{ path: file.path, line: at.line, ...whole, value: middleOf(whole.value) }];
}

/** What redaction takes out of a text: each piece with its mark's name. A mark that stands there already is none. */
function differences(text: string): { readonly kind: string; readonly value: string }[] {
  const redacted = redactText(text);
  if (redacted === text) return [];
  MARK.lastIndex = 0;
  for (let match = MARK.exec(redacted); match !== null; match = MARK.exec(redacted)) {
    const before = redacted.slice(0, match.index);
    if (!text.startsWith(before)) break;
    if (text.startsWith(match[0], match.index)) continue;
    const after = redacted.slice(match.index + match[0].length);
    const next = after.search(MARK);
    const follows = next < 0 ? after : after.slice(0, next);
    const end = follows === '' ? text.length : text.indexOf(follows, match.index);
    const value = text.slice(match.index, end < 0 ? text.length : end);
    return [{ kind: match[1] ?? 'secret', value }];
  }
  return [{ kind: 'secret', value: text }];
}

/** One line of several, to look for it in the base. */
function middleOf(value: string): string {
  const lines = value.split('\n');
  return lines[Math.floor(lines.length / 2)] ?? '';
}

async function isInBase(lane: WorkspaceFolders, base: string, value: string): Promise<boolean> {
  const line = value.split('\n', 1)[0]?.trim() ?? '';
  if (line === '') return false;
  const git = createGit({ gitDir: lane.gitDir });
  const answer = await git.run(['grep', '-q', '-I', '-F', '-f', '-', base], {
    accept: [1],
    stdin: line,
  });
  return answer.exitCode === 0;
}
