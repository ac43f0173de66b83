import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeTree } from '../../../../../src/activities/proof/story-tree.js';
import type { SearchLimits } from '../../../../../src/activities/proof/added/read-added.js';
import {
  searchAdded,
  type AddedFindings,
} from '../../../../../src/activities/proof/added/search-added.js';
import { SuspiciousSearch } from '../../../../../src/activities/proof/added/suspicious-search.js';
import { begunStory, type RalphBench } from '../../../../support/ralph-bench.js';

const LIMITS = { bytes: 64 * 1024 * 1024, batchBytes: 1024 * 1024, milliseconds: 60_000 };
const CHEAT = 'process.exit(0);\n';

async function found(
  bench: RalphBench,
  limits: Partial<SearchLimits> = {},
): Promise<{ lines: string[]; unseen: AddedFindings['unseen'] }> {
  const { diff } = await takeTree(bench.lane, bench.base);
  const { lines, unseen } = await searchAdded(
    bench.lane,
    { base: bench.base, diff },
    { ...LIMITS, ...limits },
  );
  return { lines: lines.map(({ path, line, what }) => `${path}:${line} ${what}`), unseen };
}
const NOTHING_UNSEEN = { count: 0, first: [] };

describe('the search for suspicious lines', () => {
  it('looks behind hundreds of harmless files', async () => {
    const bench = await begunStory({});
    for (let at = 0; at < 420; at += 1)
      await bench.write(`a/${String(at).padStart(3, '0')}.js`, `exports.a = ${at};\n`);
    await bench.write('zz/last.js', `exports.z = 1;\n${CHEAT}`);
    expect(await found(bench)).toEqual({
      lines: ['zz/last.js:2 ends the process'],
      unseen: NOTHING_UNSEEN,
    });
  });

  it('looks behind thousands of lines, and far to the right', async () => {
    const bench = await begunStory({});
    await bench.write('long.js', `${'x = 1;\n'.repeat(9000)}${CHEAT}`);
    await bench.write('wide.js', `${'x = 1; '.repeat(9000)}${CHEAT}`);
    expect(await found(bench)).toEqual({
      lines: ['long.js:9001 ends the process', 'wide.js:1 ends the process'],
      unseen: NOTHING_UNSEEN,
    });
  });

  it('looks into files whose names are no text', async () => {
    const bench = await begunStory({});
    const name = Buffer.from([0x61, 0xff, 0x2e, 0x6a, 0x73]);
    await writeFile(Buffer.concat([Buffer.from(`${bench.lane.root}/`), name]), CHEAT);
    await bench.write('*.js', CHEAT);
    expect((await found(bench)).lines).toHaveLength(2);
  });

  it('begins with code of the product, small files first, and counts what is too much', async () => {
    const bench = await begunStory({});
    for (let at = 0; at < 30; at += 1) await bench.write(`data/${at}.txt`, 'x\n'.repeat(500));
    await bench.write('tests/large.test.js', '// nothing\n'.repeat(200));
    await bench.write('src/large.js', `${'// nothing\n'.repeat(100)}${CHEAT}`);
    await bench.write('src/small.js', CHEAT);
    const limits = { bytes: 2000, batchBytes: 500 };
    const { lines, unseen } = await found(bench, limits);
    expect(lines).toEqual(['src/small.js:1 ends the process', 'src/large.js:101 ends the process']);
    expect({ count: unseen.count, named: unseen.first.length, first: unseen.first[0] }).toEqual({
      count: 31,
      named: 20,
      first: 'tests/large.test.js',
    });
  });

  it('ends when its time is over, and says so', async () => {
    const bench = await begunStory({});
    await bench.write('a.js', CHEAT);
    expect(await found(bench, { milliseconds: -1 })).toEqual({
      lines: [],
      unseen: { count: 1, first: ['a.js'] },
    });
  });

  it('leaves out what has no lines: files that are gone, repositories in the repository', async () => {
    const bench = await begunStory({ 'gone.js': CHEAT });
    await rm(join(bench.lane.root, 'gone.js'));
    const { diff } = await takeTree(bench.lane, bench.base);
    expect(diff.files.map(({ path }) => path)).toEqual(['gone.js']);
    const odd = { path: 'sub', rawPath: Buffer.from('sub'), change: 'added' as const };
    const repository = { mode: '160000', object: 'd'.repeat(40) };
    const files = [...diff.files, { ...odd, before: null, after: repository }];
    expect(await searchAdded(bench.lane, { base: bench.base, diff: { files } }, LIMITS)).toEqual({
      secrets: [],
      lines: [],
      unseen: NOTHING_UNSEEN,
    });
  });

  it('keeps the lines that may blind a check, in whichever batch they come', () => {
    const search = new SuspiciousSearch();
    const batch = (path: string, text: string): Parameters<SuspiciousSearch['take']>[0] => {
      const place = { mode: '100644', object: 'a'.repeat(40) };
      const file = { path, rawPath: Buffer.from(path), change: 'added' as const };
      return [{ file: { ...file, before: null, after: place }, lines: [{ line: 1, text }] }];
    };
    for (let at = 0; at < 300; at += 1)
      search.take(batch(`src/${at}.ts`, `let x = 1; // ${'eslint'}-disable-line`));
    search.take(batch('src/last.js', CHEAT));
    expect(search.lines[0]).toMatchObject({ path: 'src/last.js', mayBlind: true });
    expect(search.lines[1]).toMatchObject({ path: 'src/0.ts', mayBlind: false });
    expect(search.lines.length).toBeLessThan(300);
  });
});
