import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { processEnvironment } from '../../src/config/light/environment.js';
import { PostingPush } from '../support/remote/posting-push.js';
import { startRemote } from '../support/remote/remote-bench.js';
import { tckAgent, tckAround } from '../support/remote/tck-agent.js';

const expectedSchema = z.record(z.string(), z.string().min(20));
const expected = expectedSchema.parse(
  JSON.parse(readFileSync(new URL('tck-expected-failures.json', import.meta.url), 'utf8')),
);

it('fails no test of the conformance kit but those that are listed with a reason', async () => {
  const { CODETETHER_TCK: kit = '', CODETETHER_TCK_PYTHON: python = '' } = processEnvironment();
  expect([existsSync(join(kit, 'run_tck.py')), existsSync(python)]).toEqual([true, true]);
  const bench = await startRemote({
    agent: tckAgent,
    around: tckAround,
    pushes: (tasks) => new PostingPush(tasks),
    settings: { startsPerMinute: 10_000 },
  });
  onTestFinished(() => bench.close());
  const reports = mkdtempSync(join(tmpdir(), 'a2a-tck-'));
  onTestFinished(() => rmSync(reports, { recursive: true }));
  const junit = join(reports, 'junit.xml');
  await run(python, {
    cwd: kit,
    args: [
      '-m',
      'pytest',
      'tests/compatibility/',
      `--sut-host=${bench.url}`,
      '--transport=jsonrpc,http_json',
      '--webhook-host=127.0.0.1',
      '--tb=line',
      '-q',
      '-p',
      'no:cacheprovider',
      `--compatibility-report=${join(reports, 'compatibility')}`,
      `--junitxml=${junit}`,
    ],
  });
  const { failed, passed, skipped } = outcomes(readFileSync(junit, 'utf8'));
  process.stdout.write(`kit: ${passed} passed, ${failed.length} failed, ${skipped} skipped\n`);
  expect(bench.faults).toEqual([]);
  expect(passed).toBeGreaterThan(100);
  expect(failed.toSorted()).toEqual(Object.keys(expected).toSorted());
});

function run(program: string, { cwd, args }: { cwd: string; args: string[] }): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? -1));
  });
}

/** Names of tests in a JUnit report, as far as this one writes them. */
function outcomes(xml: string) {
  const cases = [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)];
  const failed: string[] = [];
  let skipped = 0;
  for (const [, head = '', body = ''] of cases) {
    const [module = ''] = /classname="([^"]*)"/.exec(head)?.slice(1) ?? [];
    const [name = ''] = /\bname="([^"]*)"/.exec(head)?.slice(1) ?? [];
    if (/<(?:failure|error)\b/.test(body)) failed.push(`${module} ${name}`);
    else if (/<skipped\b/.test(body)) skipped += 1;
  }
  return { failed, skipped, passed: cases.length - failed.length - skipped };
}
