import { execFile, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const path = (relative: string): string =>
  fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const JUDGE = [
  '--import',
  path('test/support/conformance-loader.mjs'),
  path('node_modules/@modelcontextprotocol/conformance/dist/index.js'),
];
const CLIENT = `${process.execPath} ${path('test/support/mcp-conformance-client.mjs')}`;
const EXPECTED = path('test/fixtures/mcp/conformance.yaml');

interface Verdict {
  readonly code: number;
  readonly output: string;
}

/** Lets the judge look, in a folder of its own. */
async function judge(...args: readonly string[]): Promise<Verdict> {
  const folder = await temporaryFolder();
  return new Promise((resolve) => {
    const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
    execFile(
      process.execPath,
      [...JUDGE, ...args, '-o', folder],
      options,
      (error, stdout, stderr) =>
        resolve({
          code: typeof error?.code === 'number' ? error.code : 0,
          output: stdout + stderr,
        }),
    );
  });
}

/** What it is started with in both directions. */
const expected = (file = EXPECTED): string[] => ['--expected-failures', file];

describe('our client, before the judge of the protocol', () => {
  it.each([
    'initialize',
    'tools_call',
    'sse-retry',
    'elicitation-sep1034-client-defaults',
    'auth/metadata-default',
    'auth/metadata-var1',
    'auth/token-endpoint-auth-none',
    'auth/resource-mismatch',
    'auth/scope-from-www-authenticate',
    'auth/scope-step-up',
    'auth/pre-registration',
  ])('%s', async (scenario) => {
    const { code, output } = await judge(
      'client',
      '--command',
      CLIENT,
      '--scenario',
      scenario,
      ...expected(),
    );
    expect(code, output).toBe(0);
  });
});

describe('our server, before the judge of the protocol', () => {
  it('does what the protocol asks of every server; the rest is listed with reasons', async () => {
    const url = await serve();
    const { code, output } = await judge('server', '--url', url, ...expected());
    expect(code, output).toBe(0);
    for (const passed of [
      'server-initialize',
      'ping',
      'tools-list',
      'prompts-list',
      'dns-rebinding-protection',
    ])
      expect(output).toMatch(new RegExp(`✓ ${passed}: [12] passed, 0 failed`));
  });

  it('fails by an entry of the list that does not fail any more', async () => {
    const file = join(await temporaryFolder(), 'stale.yaml');
    writeFileSync(file, `${readFileSync(EXPECTED, 'utf8')}  - ping # stale\n`);
    const { code, output } = await judge('server', '--url', await serve(), ...expected(file));
    expect(code, output).toBe(1);
    expect(output).toMatch(/stale/i);
  });
});

describe('what the judge is expected to find', () => {
  it('has a reason each', () => {
    const entries = readFileSync(EXPECTED, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('  - '));
    expect(entries.length).toBeGreaterThan(10);
    for (const entry of entries) expect(entry).toMatch(/^ {2}- [\w/-]+ # .{10,}/);
  });
});

/** Starts `codetether mcp serve` over http; its address. */
async function serve(): Promise<string> {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const program = [path('bin/codetether.js'), 'mcp', 'serve', '--http', '0', '--no-token'];
  const env = { ...processEnvironment(), CODETETHER_HOME: home };
  const child = spawn(process.execPath, program, { cwd: folder, env });
  onTestFinished(() => void child.kill('SIGTERM'));
  let said = '';
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const url = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
}
