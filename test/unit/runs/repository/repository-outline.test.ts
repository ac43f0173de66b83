import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { draftWorkflowId } from '../../../../src/runs/drafts.js';
import { repositoryOutline } from '../../../../src/runs/repository/repository-outline.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('repositoryOutline', () => {
  it('names files, README and the checks of package.json by the lock file', async () => {
    const folder = await temporaryFolder();
    for (const name of ['src', '.git', 'node_modules']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'README.md'), `# Demo\n${'x'.repeat(10_000)}`);
    await writeFile(join(folder, 'pnpm-lock.yaml'), '');
    await writeFile(
      join(folder, 'package.json'),
      '{"scripts":{"test":"vitest","start":"node .","lint":"eslint ."}}',
    );
    const outline = await repositoryOutline(folder, { checks: null });
    expect(outline.files).toEqual(['README.md', 'package.json', 'pnpm-lock.yaml', 'src/']);
    expect(outline.readme).toHaveLength(4096);
    expect(outline.checks).toEqual([
      { name: 'lint', command: 'pnpm run lint' },
      { name: 'test', command: 'pnpm run test' },
    ]);
  });

  it('prefers configured checks, and is empty where there is nothing', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'package.json'), '{ broken');
    expect(await repositoryOutline(folder, { checks: null })).toEqual({
      files: ['package.json'],
      readme: '',
      checks: [],
    });
    const checks = [{ name: 'test', command: 'make test', timeoutMs: undefined }];
    expect((await repositoryOutline(join(folder, 'gone'), { checks })).checks).toEqual([
      { name: 'test', command: 'make test' },
    ]);
  });
});

describe('an empty repository', () => {
  it('gets checks by the language that the request names, or the README', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, '.git'));
    await writeFile(join(folder, 'README.md'), '# Sums in Go\n');
    await writeFile(join(folder, 'prd-old.json'), '{}');
    const outline = async (request: string) =>
      (await repositoryOutline(folder, { checks: null }, request)).proposed;
    expect(await outline('a Rust crate')).toEqual({
      language: 'Rust',
      checks: [
        { name: 'typecheck', command: 'cargo check --all-targets' },
        { name: 'test', command: 'cargo test' },
      ],
    });
    expect((await outline('add numbers'))?.language).toBe('Go');
    await writeFile(join(folder, 'README.md'), '# Sums\n');
    expect(await outline('add numbers')).toEqual({ language: null, checks: [] });
    await writeFile(join(folder, 'main.c'), '');
    expect(await outline('a Rust crate')).toBeUndefined();
  });
});

describe('draftWorkflowId', () => {
  it('is the same for the same request only', () => {
    const input = {
      model: { provider: 'a', model: 'b' },
      request: 'x',
      project: 'p',
      feature: null,
      repository: { files: [], readme: '', checks: [] },
    };
    const id = draftWorkflowId('prd', input);
    expect(draftWorkflowId('prd', { ...input })).toBe(id);
    expect(draftWorkflowId('prd', { ...input, request: 'y' })).not.toBe(id);
    expect(draftWorkflowId('prd', input, 'again')).not.toBe(id);
  });
});
