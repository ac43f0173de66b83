import { mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/platform/storage/blob-store.js';
import { stepPath } from '../../../../src/platform/storage/step-journal.js';
import { ABSENT } from '../../../../src/tools/files/redo-intent.js';
import type { FilePlan } from '../../../../src/tools/file-plan.js';
import { applyOnce } from '../../../../src/tools/files/redo-log.js';
import { toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

function plan(
  changes: Readonly<Record<string, readonly [before: string, after: string]>>,
): FilePlan {
  return {
    changes: Object.entries(changes).map(([path, [before, after]]) => ({
      path,
      before: before === ABSENT ? ABSENT : sha256(Buffer.from(before)),
      content: Buffer.from(after),
      mode: 0o644,
    })),
    output: { text: 'done', isError: false },
  };
}

const DONE = { text: 'done', isError: false, seen: [], progress: [] };

async function bench(files: Readonly<Record<string, string>> = {}) {
  const { workspace } = await workspaceFixture(files);
  const context = toolContext(workspace);
  const base = join(workspace.state, 'redo', stepPath(context.step));
  return {
    context,
    base,
    at: (path: string) => join(workspace.root, path),
    text: (path: string) => readFile(join(workspace.root, path), 'utf8'),
  };
}

describe('applyOnce', () => {
  it('computes a plan once: a retry answers the same and leaves later changes alone', async () => {
    const { context, at, text } = await bench({ 'a.txt': 'old' });
    let plans = 0;
    const apply = () =>
      applyOnce(context, async () => {
        plans += 1;
        return plan({ 'a.txt': ['old', 'new'], 'deep/b.txt': [ABSENT, 'b'] });
      });
    expect(await apply()).toEqual(DONE);
    await writeFile(at('a.txt'), 'changed by the next call');
    expect(await apply()).toEqual(DONE);
    expect([plans, await text('a.txt'), await text('deep/b.txt')]).toEqual([
      1,
      'changed by the next call',
      'b',
    ]);
  });

  it('rolls a plan forward that a killed worker left half done', async () => {
    const { context, base, at, text } = await bench({ 'a.txt': 'old a', 'b.txt': 'old b' });
    const changes = plan({ 'a.txt': ['old a', 'new a'], 'b.txt': ['old b', 'new b'] });
    await applyOnce(context, async () => changes);
    // As after a death between the two files: one is written, the mark is not.
    await rm(`${base}.done`);
    await writeFile(at('b.txt'), 'old b');
    const again = await applyOnce(context, () => Promise.reject(new Error('planned again')));
    expect([again, await text('a.txt'), await text('b.txt')]).toEqual([DONE, 'new a', 'new b']);
  });

  it('ends in a conflict where a file holds neither the old nor the new bytes', async () => {
    const { context, base, at, text } = await bench({ 'a.txt': 'old a', 'b.txt': 'old b' });
    await applyOnce(context, async () =>
      plan({ 'a.txt': ['old a', 'new a'], 'b.txt': ['old b', 'new b'] }),
    );
    await rm(`${base}.done`);
    await writeFile(at('a.txt'), 'somebody else');
    await writeFile(at('b.txt'), 'old b');
    expect(await applyOnce(context, async () => plan({}))).toEqual({
      text: 'a.txt was changed by something else in the meantime; read it again, then repeat the change.',
      isError: true,
    });
    expect([await text('a.txt'), await text('b.txt')]).toEqual(['somebody else', 'old b']);
  });

  it('takes back what an earlier try had written when another file is in the way', async () => {
    const files = { 'a.txt': 'old a', 'gone.txt': 'gone', 'b.txt': 'old b' };
    const { context, base, at, text } = await bench(files);
    const { changes, output } = plan({
      'a.txt': ['old a', 'new a'],
      'new.txt': [ABSENT, 'new'],
      'b.txt': ['old b', 'new b'],
    });
    const removal = { path: 'gone.txt', before: sha256(Buffer.from('gone')), mode: 0o644 };
    const whole = { output, changes: [...changes, { ...removal, content: null }] };
    expect(await applyOnce(context, async () => whole)).toEqual(DONE);
    expect(await readdir(context.workspace.root)).toEqual(['a.txt', 'b.txt', 'new.txt']);
    // As after a death before the last file, which somebody else has changed since.
    await rm(`${base}.done`);
    await writeFile(at('b.txt'), 'somebody else');
    expect(await applyOnce(context, () => Promise.reject(new Error('planned again')))).toEqual({
      text: 'b.txt was changed by something else in the meantime; read it again, then repeat the change.',
      isError: true,
    });
    expect(await readdir(context.workspace.root)).toEqual(['a.txt', 'b.txt', 'gone.txt']);
    expect(await Promise.all(['a.txt', 'b.txt', 'gone.txt'].map(text))).toEqual([
      'old a',
      'somebody else',
      'gone',
    ]);
  });

  it('keeps of what a file held before only the part that differs', async () => {
    const { context, base } = await bench({ 'a.txt': 'one two three' });
    await applyOnce(context, async () => plan({ 'a.txt': ['one two three', 'one 2 three'] }));
    const entry = JSON.parse(await readFile(`${base}.json`, 'utf8')) as { files: unknown[] };
    expect(entry.files).toEqual([
      {
        path: 'a.txt',
        before: sha256(Buffer.from('one two three')),
        after: sha256(Buffer.from('one 2 three')),
        content: Buffer.from('one 2 three').toString('base64'),
        mode: 0o644,
        original: { head: 4, tail: 6, middle: Buffer.from('two').toString('base64'), mode: 0o644 },
      },
    ]);
  });

  it('carries out an entry of an earlier version, which kept nothing of what stood there', async () => {
    const { context, base, text } = await bench({ 'a.txt': 'old' });
    await mkdir(join(base, '..'), { recursive: true });
    const file = {
      path: 'a.txt',
      before: sha256(Buffer.from('old')),
      after: sha256(Buffer.from('new')),
      content: Buffer.from('new').toString('base64'),
      mode: 0o644,
    };
    const entry = { version: 1, key: 'test#1.0', files: [file], output: DONE };
    await writeFile(`${base}.json`, JSON.stringify(entry));
    expect(await applyOnce(context, async () => plan({}))).toEqual(DONE);
    expect(await text('a.txt')).toBe('new');
  });

  it('does not write through a folder that has become a link since the plan was made', async () => {
    const { context, at } = await bench({ 'out/keep.txt': 'x' });
    const outside = (await workspaceFixture()).workspace.root;
    const output = await applyOnce(context, async () => {
      await rm(at('out'), { recursive: true });
      await symlink(outside, at('out'));
      return plan({ 'out/a.txt': [ABSENT, 'stolen'] });
    });
    expect(output.isError).toBe(true);
    expect(output.text).toMatch(/nothing was written\.$/);
    expect(await readdir(outside)).toEqual([]);
  });

  it('writes nothing down about a plan without changes', async () => {
    const { context, base } = await bench();
    const answer = { text: 'nothing to do', isError: true };
    expect(await applyOnce(context, async () => ({ changes: [], output: answer }))).toEqual(answer);
    await expect(readFile(`${base}.json`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['of another step', JSON.stringify({ version: 1, key: 'other#1.0', files: [], output: DONE })],
    ['of a later version', JSON.stringify({ version: 2, key: 'test#1.0' })],
  ])('trusts no entry %s', async (_which, entry) => {
    const { context, base } = await bench();
    await mkdir(join(base, '..'), { recursive: true });
    await writeFile(`${base}.json`, entry);
    await expect(applyOnce(context, async () => plan({}))).rejects.toMatchObject({
      code: 'ERR_REDO_LOG_INVALID',
      where: { file: `${base}.json` },
    });
  });
});
