import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../../src/cli/main.js';
import { runRecord } from '../../support/run-records.js';
import { saveRunRecord } from '../../support/saved-records.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const RUN = '01jfgh00000000000000000001';

let home: string;
let written: string;

beforeEach(async () => {
  const folder = await temporaryFolder();
  home = join(folder, 'home');
  await mkdir(join(folder, 'work'), { recursive: true });
  await writeFile(join(folder, 'work', 'prd.json'), '{"user_stories": [}');
  vi.stubEnv('CODETETHER_HOME', home);
  vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'config'));
  vi.spyOn(process, 'cwd').mockReturnValue(join(folder, 'work'));
  written = '';
  const take = (text: unknown): boolean => {
    written += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
});
afterEach(() => {
  process.exitCode = 0;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What a command line ends with; nothing in these tests may start a service. */
async function end(words: readonly string[]): Promise<number> {
  process.exitCode = 0;
  written = '';
  await main(['node', 'codetether', ...words]);
  return Number(process.exitCode);
}

/** Commands that look at what is there, or refuse before they start anything. */
const COMMANDS = [
  'runs list',
  'runs show',
  'runs logs',
  'runs report',
  'runs cancel',
  'runs pause',
  'runs skip',
  'ralph status',
  'ralph validate',
  'ralph report',
  'ralph diff',
  'ralph discard',
  'ralph merge',
  'attach',
  'ps',
  'logs',
  'trust',
  'nothing',
  '',
].map((text) => text.split(' ').filter((word) => word !== ''));

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    RUN,
    '01jfgh00000000000000000002',
    '-p',
    '--json',
    '--format',
    'html',
    '--debug',
    '--config',
    '/dev/zero',
    '/dev/null',
    '.',
    '--',
    '--help',
    '-n',
    '1e9',
    '-1',
    '\0',
    '\u001b[2J',
    '\u202e',
    'x'.repeat(10_000),
    '../../etc/passwd',
    '__proto__',
    '--prd',
    'prd.json',
    'US-001',
    '--stat',
    '--output',
    '--lines',
  ),
);

describe('a command line of whatever words', () => {
  it(
    'ends by itself with a typed answer, and leaves the home usable',
    { timeout: 300_000 },
    async () => {
      await saveRunRecord(home, runRecord({ runId: RUN }));
      const words = fc.tuple(fc.constantFrom(...COMMANDS), fc.array(hostile, { maxLength: 5 }));
      const codes = new Map<number, number>();
      await fc.assert(
        fc.asyncProperty(words, async ([command, rest]) => {
          const startedAt = performance.now();
          const code = await end([...command, ...rest]);
          codes.set(code, (codes.get(code) ?? 0) + 1);
          // The repository of the recorded run is gone: that is nobody's input.
          const isGone = rest.includes(RUN) && /error\[ERR_(?:GIT|REPOSITORY)/.test(written);
          expect(isGone ? [3] : [0, 1, 2], written.slice(0, 500)).toContain(code);
          expect(written).not.toContain('ERR_UNEXPECTED');
          expect(written).not.toMatch(/(?![\n\t])\p{Cc}|\u202e/u);
          expect(performance.now() - startedAt).toBeLessThan(20_000);
        }),
        { seed: 20260106, numRuns: 600 },
      );
      expect(codes.get(2)).toBeGreaterThan(200);
      expect(await end(['runs', 'list', '--json'])).toBe(0);
      expect(JSON.parse(written)).toMatchObject({ runs: [{ run_id: RUN }] });
    },
  );
});
