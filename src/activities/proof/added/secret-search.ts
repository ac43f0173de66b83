import { shortLine } from '../../../domain/index.js';
import { redactText } from '../../../observability/index.js';
import { createGit, type WorkspaceFolders } from '../../../platform/index.js';
import type { FileLines } from './added-lines.js';

/** A line that a story added and that holds a secret. */
export interface FoundSecret {
  readonly path: string;
  readonly line: number;
  /** What it is by its name or shape, for example `github-token`; never the secret. */
  readonly kind: string;
}

interface Suspect extends FoundSecret {
  /** The secret as it is written; one line of it when it has several. */
  readonly value: string;
}

/** More are not named. */
const MOST = 20;
/** Different texts that are compared with the base; a story with more of them has a secret in any case. */
const MOST_COMPARED = 500;
const MARK = /\[redacted:([\w.-]{1,64})\]/g;
const NAME_LIMIT = 200;

/**
 * Secrets in the lines that are handed in: values that this process has loaded, in any of their forms, and what has the shape of a
 * key.
 */
export class SecretSearch {
  private readonly suspects = new Map<string, Suspect>();

  take(added: readonly FileLines[]): void {
    for (const suspect of added.flatMap(secretsIn))
      if (this.suspects.size < MOST_COMPARED && !this.suspects.has(suspect.value))
        this.suspects.set(suspect.value, suspect);
  }

  /** True when nothing that was handed in looks like one. */
  get isEmpty(): boolean {
    return this.suspects.size === 0;
  }

  /** At most twenty of them. What the base has anywhere is no news, such as a key in an example that was moved. */
  async fresh(lane: Pick<WorkspaceFolders, 'gitDir'>, base: string): Promise<FoundSecret[]> {
    const secrets: FoundSecret[] = [];
    for (const { value, ...found } of this.suspects.values()) {
      if (secrets.length >= MOST) break;
      if (!(await isInBase(lane, base, value))) secrets.push(found);
    }
    return secrets;
  }
}

/** What the next attempt is told about them. */
export function describeSecrets(secrets: readonly FoundSecret[]): string {
  const places = secrets.map(
    ({ path, line, kind }) => `${shortLine(path, NAME_LIMIT)}:${line} (${kind})`,
  );
  return `Lines that you added hold what is, or looks like, a secret: ${places.join(', ')}. Secrets are never committed. Read them from the environment or a file that git ignores; where a test needs a key, make one when the test runs, or put its text together from parts.`;
}

function secretsIn({ file, lines }: FileLines): Suspect[] {
  const { path } = file;
  const single = lines.flatMap(({ line, text }) =>
    piecesOf(text).map((piece) => ({ path, line, ...piece })),
  );
  // a private key has several lines
  const text = lines.map((one) => one.text).join('\n');
  const blocks = text.includes('PRIVATE KEY-----') ? piecesOf(text) : [];
  const [first] = lines;
  const several = blocks.flatMap(({ kind, value }) => {
    const begin = value.split('\n', 1)[0] ?? '';
    if (!value.includes('\n') || first === undefined) return [];
    const { line } = lines.find((one) => one.text.includes(begin)) ?? first;
    return [{ path, line, kind, value: middleOf(value) }];
  });
  return [...single, ...several];
}

/**
 * What redaction takes out of a text, each piece with its mark's name. Both texts are walked once: between two marks they are equal,
 * and a mark that the text has itself stands in both.
 */
function piecesOf(text: string): { readonly kind: string; readonly value: string }[] {
  const redacted = redactText(text);
  if (redacted === text) return [];
  const pieces: { kind: string; value: string }[] = [];
  /** How far `text` is behind `redacted`. */
  let shift = 0;
  const marks = [...redacted.matchAll(MARK)];
  for (const [index, match] of marks.entries()) {
    const at = match.index + shift;
    if (text.startsWith(match[0], at)) continue;
    const end = match.index + match[0].length;
    const follows = redacted.slice(end, marks[index + 1]?.index ?? redacted.length);
    const next = follows === '' ? text.length : text.indexOf(follows, at);
    const value = text.slice(at, next < 0 ? text.length : next);
    pieces.push({ kind: match[1] ?? 'secret', value });
    shift = at + value.length - end;
  }
  return pieces.length > 0 ? pieces : [{ kind: 'secret', value: text }];
}

/** One line of several, to look for it in the base. */
function middleOf(value: string): string {
  const lines = value.split('\n');
  return lines[Math.floor(lines.length / 2)] ?? '';
}

async function isInBase(
  lane: Pick<WorkspaceFolders, 'gitDir'>,
  base: string,
  value: string,
): Promise<boolean> {
  const line = value.split('\n', 1)[0]?.trim() ?? '';
  if (line === '') return false;
  const git = createGit({ gitDir: lane.gitDir });
  const answer = await git.run(['grep', '-q', '-I', '-F', '-f', '-', base], {
    accept: [1],
    stdin: line,
  });
  return answer.exitCode === 0;
}
