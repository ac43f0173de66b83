import { describe, expect, it } from 'vitest';
import { restoreText } from '../../../src/activities/proof/trial/manifest-text.js';
import { learnedSoFar } from '../../../src/activities/landing/progress-file.js';
import { failureLines } from '../../../src/domain/proof/check-failures.js';
import { looksLikeFullDisk, looksLikeNetworkFailure } from '../../../src/domain/workspace-setup.js';
import { modelText } from '../../../src/domain/text/model-text.js';
import { passedTests } from '../../../src/domain/proof/counts.js';
import { parseIni } from '../../../src/domain/proof/surface/line-configuration.js';
import { suspiciousLines } from '../../../src/domain/proof/suspicious-lines.js';
import { toolsIn } from '../../../src/domain/proof/tools/rows.js';
import { visible, visibleJson, visibleLine } from '../../../src/domain/text/visible.js';
import { commandOf } from '../../../src/domain/prd/command-criterion.js';
import { headingOn, readMarkdown } from '../../../src/domain/prd/markdown/markdown-lines.js';
import { createRedactionStream, redactText } from '../../../src/observability/redact-text.js';
import { redactJson, redactValues } from '../../../src/observability/redact-values.js';
import { closestNames } from '../../../src/tools/closest-name.js';
import { explainMissing } from '../../../src/tools/files/edit-failure.js';
import { findEdits } from '../../../src/tools/files/edit-match.js';
import { countLines } from '../../../src/tools/files/text-file.js';
import { hasOutsideEffects } from '../../../src/tools/run/outside-effects.js';
import { plainTerminalText } from '../../../src/tools/run/terminal-text.js';
import { compileGlob } from '../../../src/domain/index.js';
import { hostileTexts } from './shapes.js';

/** Commands write for people, in a process of their own. */
const SCREEN = 1024 * 1024;
/** What a trial reads of one file of a tree. */
const TREE_FILE = 256 * 1024;

/** What text of models, files, programs and servers goes through. */
const FUNCTIONS: Readonly<Record<string, (text: string) => unknown>> = {
  redactText,
  redactJson: (text) => redactJson(JSON.stringify({ text })),
  redactValues: (text) => redactValues({ text }),
  createRedactionStream(text) {
    const stream = createRedactionStream();
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 65_536) stream.push(bytes.subarray(at, at + 65_536));
    return stream.end();
  },
  plainTerminalText,
  hasOutsideEffects,
  visibleLine,
  'visible on a screen': (text) => visible(text.slice(0, SCREEN)),
  'visibleJson on a screen': (text) => visibleJson(text.slice(0, SCREEN)),
  modelText,
  failureLines: (text) => failureLines(text, ['/lane']),
  looksLikeFullDisk,
  looksLikeNetworkFailure,
  passedTests: (text) => passedTests(text.slice(0, SCREEN)),
  parseIni: (text) => parseIni(text.slice(0, TREE_FILE)),
  suspiciousLines: (text) =>
    suspiciousLines([{ path: 'a.ts', isTest: false, lines: [{ line: 1, text }] }]),
  'toolsIn a recipe': (text) => toolsIn([text.slice(0, TREE_FILE)]),
  restoreText: (text) => {
    const base = text.slice(0, TREE_FILE);
    return restoreText({ path: 'pyproject.toml', base, story: `${base}a` }, 'strict');
  },
  learnedSoFar,
  commandOf,
  headingOn: (text) => headingOn({ number: 1, text, isVerbatim: false }),
  readMarkdown: (text) => readMarkdown(text.slice(0, SCREEN)),
  countLines,
  closestNames: (text) => closestNames(text, [text, 'name']),
  'findEdits of a part': (text) =>
    findEdits(text, { oldText: `${text.slice(0, 5000)}?`, newText: 'new' }),
  'findEdits in lines': (text) =>
    findEdits(text.slice(0, 90_000), { oldText: `${text.slice(0, 40_000)}?\n`, newText: 'new' }),
  explainMissing: (text) =>
    explainMissing({ path: 'a.ts', text, oldText: `${text.slice(0, 100_000)}?` }),
  compileGlob: (text) => compileGlob(text)?.('src/a.ts'),
  'compileGlob of a long path': (text) => compileGlob('**/*a*a*a*a*b')?.(text.slice(0, 4096)),
};

/** What takes time in proportion to 8 MiB needs a tenth of a second, on a slow and busy machine one; what does not, minutes. */
const LIMIT_MS = 5_000;

/** Milliseconds of processor time of the best of three runs: the machine may be busy with something else. */
function measure(work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && best > LIMIT_MS / 2; run += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

describe('8 MiB of a hostile text', () => {
  const figures: string[] = [];

  it.each(hostileTexts())('of %s hold no function up', { timeout: 120_000 }, (shape, text) => {
    const slow: string[] = [];
    let worst = { name: '', ms: 0 };
    for (const [name, run] of Object.entries(FUNCTIONS)) {
      const ms = measure(() => run(text));
      if (ms > worst.ms) worst = { name, ms };
      if (ms >= LIMIT_MS) slow.push(`${name}: ${Math.round(ms)} ms`);
    }
    figures.push(`${shape}: at most ${worst.ms.toFixed(0)} ms (${worst.name})`);
    process.stdout.write(`${figures.at(-1)}\n`);
    expect(slow).toEqual([]);
  });
});
