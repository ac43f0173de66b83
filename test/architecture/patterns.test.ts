import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { check } from 'recheck';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { repository, sourceFiles } from './source-files.js';

interface Pattern {
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** Files that build patterns at run time, and from what. */
const BUILT: Readonly<Record<string, string>> = {
  'src/domain/prd/markdown/story-section.ts': 'one constant of the file',
  'src/domain/proof/counts.ts': 'patterns of the table of tools, and one constant',
  'src/domain/proof/tools/compiled.ts': 'names of subcommands that the file lists',
  'src/domain/proof/tools/starts.ts': 'names of programs that the table of tools lists',
  'src/providers/wires/replay.ts': 'a number',
  'src/rlm/context/context-reader.ts':
    'a pattern of a model, in a thread that is killed when it takes too long',
  'src/runs/egress/lock-hosts.ts': 'keys that the file lists',
  'src/runs/repository/detect-checks.ts': 'names of tools that the file lists',
};

function patterns(): { literals: Pattern[]; built: string[] } {
  const literals: Pattern[] = [];
  const built = new Set<string>();
  for (const file of sourceFiles('src')) {
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf('/');
        const { line } = file.ast.getLineAndCharacterOfPosition(node.getStart(file.ast));
        literals.push({
          place: `${file.path}:${line + 1}`,
          source: node.text.slice(1, end),
          flags: node.text.slice(end + 1),
        });
      }
      const isCall = ts.isNewExpression(node) || ts.isCallExpression(node);
      if (isCall && ts.isIdentifier(node.expression) && node.expression.text === 'RegExp')
        built.add(file.path);
      ts.forEachChild(node, visit);
    };
    visit(file.ast);
  }
  return { literals, built: [...built].sort() };
}

/** Patterns that this version of the checker found safe: minutes of work, which is the same each time. */
const { version } = createRequire(import.meta.url)('recheck/package.json') as { version: string };
const SAFE_FILE = join(repository, 'test/fixtures/safe-patterns.json');
/** One in so many of them is checked all the same, so that nobody adds one by hand. */
const CHECKED_AGAIN = 16;

const SAFE = { status: 'safe' } as const;

/** Patterns as they are written, those that are believed without another look among them; none of another version of the checker. */
function safeBefore(): { readonly known: Set<string>; readonly believed: Set<string> } {
  const { checker, patterns: found } = JSON.parse(readFileSync(SAFE_FILE, 'utf8')) as {
    readonly checker: string;
    readonly patterns: readonly string[];
  };
  const known = checker === version ? found : [];
  const believed = known.filter((text) => sum(text) % CHECKED_AGAIN !== 0);
  return { known: new Set(known), believed: new Set(believed) };
}

function sum(text: string): number {
  return createHash('sha256').update(text).digest().readUInt16BE();
}

/** Keeps what is safe for the next run; only what the sources still hold. */
async function keepSafe(safe: ReadonlySet<string>): Promise<void> {
  const text = `${JSON.stringify({ checker: version, patterns: [...safe].toSorted() }, undefined, 1)}\n`;
  if (text === readFileSync(SAFE_FILE, 'utf8')) return;
  await writeFile(`${SAFE_FILE}.${process.pid}`, text);
  await rename(`${SAFE_FILE}.${process.pid}`, SAFE_FILE);
}

/** A checker that ran out of time on a busy machine is asked once more, with more of it. */
async function verdictOf(source: string, flags: string): Promise<{ readonly status: string }> {
  const verdict = await check(source, flags, { timeout: 10_000 });
  return verdict.status === 'unknown' ? check(source, flags, { timeout: 60_000 }) : verdict;
}

describe('regular expressions', () => {
  const { literals, built } = patterns();

  it(
    'are linear: text of models, files and servers never stops a worker',
    { timeout: 300_000 },
    async () => {
      expect(literals.length).toBeGreaterThan(200);
      const { known, believed } = safeBefore();
      const safe = new Set<string>();
      const refused: string[] = [];
      for (const { place, source, flags } of literals) {
        const text = `/${source}/${flags}`;
        const { status } =
          believed.has(text) || safe.has(text) ? SAFE : await verdictOf(source, flags);
        // a checker without the time to say so does not take back what it had found
        if (status === 'safe' || (status === 'unknown' && known.has(text))) safe.add(text);
        else refused.push(`${place}: ${status} ${text}`);
      }
      expect(refused).toEqual([]);
      await keepSafe(safe);
    },
  );

  it('are built from text at run time only where the text is ours', () => {
    expect(built).toEqual(Object.keys(BUILT).sort());
  });
});
