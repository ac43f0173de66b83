import { describe, expect, it } from 'vitest';
import { searchWorkspace } from '../../../../src/tools/search/ripgrep.js';
import { toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

async function search(
  options: readonly string[],
  changes: {
    readonly path?: string;
    readonly maxBytes?: number;
    readonly signal?: AbortSignal;
  } = {},
) {
  const { workspace } = await workspaceFixture({
    'a.txt': 'needle\n',
    '.hidden': 'needle\n',
    'ignored.txt': 'needle\n',
    '.gitignore': 'ignored.txt\n',
    '.git/config': 'needle\n',
    '-e': 'needle\n',
  });
  const { path = '.', maxBytes = 10_000, signal } = changes;
  const context = toolContext(workspace, signal === undefined ? {} : { signal });
  return searchWorkspace(context, { options, path, maxBytes });
}

describe('a search with ripgrep', () => {
  it('looks into hidden files, not into ignored ones or .git', async () => {
    const answer = await search(['--files-with-matches', '--sort=path', '--regexp=needle']);
    expect(answer.kind).toBe('found');
    if (answer.kind !== 'found') return expect.fail(answer.kind);
    expect(answer.output.head).toBe('./-e\n./.hidden\n./a.txt\n');
  });

  it('takes no path for an option', async () => {
    const answer = await search(['--regexp=needle', '--count'], { path: '-e' });
    expect(answer).toMatchObject({ kind: 'found', output: { head: '1\n' } });
  });

  it('says that there is nothing, and what is wrong with a pattern', async () => {
    expect(await search(['--regexp=absent'])).toEqual({ kind: 'nothing' });
    const broken = await search(['--regexp=(']);
    expect(broken).toMatchObject({ kind: 'failed', result: { isError: true } });
  });

  it('keeps no more output than it was asked for, and counts the rest', async () => {
    const answer = await search(['--files'], { maxBytes: 8 });
    if (answer.kind !== 'found') return expect.fail(answer.kind);
    const { head, tail, totalBytes, omittedBytes } = answer.output;
    expect(omittedBytes).toBeGreaterThan(0);
    expect(Buffer.byteLength(head) + Buffer.byteLength(tail) + omittedBytes).toBe(totalBytes);
  });

  it('ends with the call that it belongs to', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(search(['--files'], { signal })).rejects.toThrow('cancelled');
  });
});
