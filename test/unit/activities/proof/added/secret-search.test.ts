import { describe, expect, it } from 'vitest';
import {
  describeSecrets,
  type FoundSecret,
} from '../../../../../src/activities/proof/added/secret-search.js';
import { searchAdded } from '../../../../../src/activities/proof/added/search-added.js';
import { takeTree } from '../../../../../src/activities/proof/story-tree.js';
import { rememberSecret } from '../../../../../src/observability/index.js';
import { begunStory, type RalphBench } from '../../../../support/ralph-bench.js';

// put together here, so that no file of this repository holds one
const TOKEN = `ghp_${'a1B2c3D4e5'.repeat(4)}`;
const OTHER = `ghp_${'Z9y8X7w6V5'.repeat(4)}`;
const KEY = [
  `-----BEGIN ${'PRIVATE KEY'}-----`,
  ...Array.from(
    { length: 6 },
    (_, at) => `MIIEvQIBADANBgkqhkiG9w0BAQEF${at}ASCBKcwggSjAgEAAoIBAQC7`,
  ),
  `-----END ${'PRIVATE KEY'}-----`,
].join('\n');

async function found(bench: RalphBench): Promise<readonly FoundSecret[]> {
  const { diff } = await takeTree(bench.lane, bench.base);
  return (await searchAdded(bench.lane, { base: bench.base, diff })).secrets;
}

describe('secrets in what a story added', () => {
  it('are found by their shape, with file, line and kind, and never shown', async () => {
    const bench = await begunStory({});
    await bench.write('src/a.js', `const one = 1;\nconst token = '${TOKEN}';\n`);
    await bench.write('deploy/key.pem', `${KEY}\n`);
    const secrets = await found(bench);
    expect(secrets.toSorted((one, other) => (one.path < other.path ? -1 : 1))).toEqual([
      { path: 'deploy/key.pem', line: 1, kind: 'private-key' },
      { path: 'src/a.js', line: 2, kind: 'github-token' },
    ]);
    expect(describeSecrets(secrets)).not.toContain(TOKEN.slice(4, 14));
    expect(describeSecrets(secrets)).toContain('src/a.js:2 (github-token)');
  });

  it('are found by their value when this process has loaded them, also in another form', async () => {
    rememberSecret('provider-key', 'plain-words-that-are-a-key-31');
    const bench = await begunStory({});
    await bench.write('notes.txt', 'plain-words-that-are-a-key-31\n');
    await bench.write(
      'more.txt',
      `x\n${Buffer.from('plain-words-that-are-a-key-31').toString('base64')}\n`,
    );
    const secrets = await found(bench);
    expect(secrets.map(({ path, line }) => `${path}:${line}`).toSorted()).toEqual([
      'more.txt:2',
      'notes.txt:1',
    ]);
  });

  it('are no news where the base has them, wherever it has them', async () => {
    const bench = await begunStory({ 'docs/example.md': `token: ${TOKEN}\n${KEY}\n` });
    await bench.write('src/moved.md', `the same ${TOKEN}\n`);
    await bench.write('src/moved.pem', `${KEY}\n`);
    expect(await found(bench)).toEqual([]);
    await bench.write('src/new.md', `another ${OTHER}\n`);
    expect(await found(bench)).toEqual([{ path: 'src/new.md', line: 1, kind: 'github-token' }]);
  });

  it('are not what a story took away, nor a mark that stands for one', async () => {
    const bench = await begunStory({ 'a.txt': `${TOKEN}\nrest\n` });
    await bench.write('a.txt', 'rest\n[redacted:github-token]\n');
    expect(await found(bench)).toEqual([]);
  });

  it('are found behind any number of known ones, and beside one on the same line', async () => {
    const known = Array.from(
      { length: 40 },
      (_, at) => `ghp_${String(at).padStart(8, '7').repeat(5)}`,
    );
    const bench = await begunStory({ 'docs/keys.md': `${known.join('\n')}\n${TOKEN}\n` });
    await bench.write('src/moved.md', `${known.join('\n')}\nboth ${TOKEN} ${OTHER}\n${KEY}\n`);
    expect(await found(bench)).toEqual([
      { path: 'src/moved.md', line: 41, kind: 'github-token' },
      { path: 'src/moved.md', line: 42, kind: 'private-key' },
    ]);
  });

  it('are found behind thousands of marks on one line, in little time', async () => {
    const bench = await begunStory({});
    await bench.write('marks.txt', `${'[redacted:a] '.repeat(40_000)}${TOKEN}\n`);
    const before = process.cpuUsage().user;
    expect(await found(bench)).toEqual([{ path: 'marks.txt', line: 1, kind: 'github-token' }]);
    expect(process.cpuUsage().user - before).toBeLessThan(20_000_000);
  });

  it('are at most twenty, among thousands', async () => {
    const bench = await begunStory({});
    const lines = Array.from(
      { length: 2000 },
      (_, at) => `ghp_${String(at).padStart(8, '0').repeat(5)}`,
    );
    await bench.write('all.txt', `${lines.join('\n')}\n`);
    expect(await found(bench)).toHaveLength(20);
  });
});
