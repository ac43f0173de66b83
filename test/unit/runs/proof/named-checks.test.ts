import { describe, expect, it } from 'vitest';
import type { CommitFiles } from '../../../../src/platform/git/repository.js';
import { namedChecks, type CheckPlace } from '../../../../src/runs/proof/named-checks.js';

function side(files: Readonly<Record<string, string>>): CommitFiles {
  return { paths: Object.keys(files), read: async (path) => files[path] };
}

const manifest = (scripts: Readonly<Record<string, string>>) => ({
  'package.json': JSON.stringify({ scripts }),
});

const place = (changes: Partial<CheckPlace> = {}): CheckPlace => ({
  config: { checks: null },
  workdir: '.',
  sides: [side(manifest({ test: 'node --test' }))],
  timeoutMs: 60_000,
  ...changes,
});

const detected = (name: string, command: string) => ({
  name,
  command,
  timeoutMs: 60_000,
  source: 'detected',
});

describe('namedChecks', () => {
  it('takes what is detected on the base, and what the head has beyond it', async () => {
    const sides = [
      side(manifest({ test: 'node --test' })),
      side(manifest({ test: 'true', lint: 'eslint .' })),
    ];
    expect(await namedChecks([], place({ sides }))).toEqual([
      detected('test', 'npm test'),
      detected('lint', 'npm run lint'),
    ]);
  });

  it('takes those of the configuration before any detected one, with their own limits', async () => {
    const checks = [{ name: 'all', command: 'make all', timeoutMs: 5 }];
    expect(await namedChecks([], place({ config: { checks } }))).toEqual([
      { name: 'all', command: 'make all', timeoutMs: 5, source: 'config' },
    ]);
  });

  it('takes a word as the name of a check, and else as a command line', async () => {
    expect(await namedChecks(['test', 'CI=1 npm run lint', 'test'], place())).toEqual([
      detected('test', 'npm test'),
      {
        name: 'CI=1 npm run lint',
        command: 'CI=1 npm run lint',
        timeoutMs: 60_000,
        source: 'flag',
      },
    ]);
  });

  it.each(['no-such-check', ''])(
    'refuses %j, which is neither, and names the known ones',
    async (word) => {
      await expect(namedChecks([word], place())).rejects.toMatchObject({
        code: 'ERR_CHECK_UNKNOWN',
        exitCode: 2,
        hint: expect.stringMatching(/^known checks: test; or /),
      });
    },
  );

  it('refuses a repository without any check', async () => {
    await expect(namedChecks([], place({ sides: [side({}), side({})] }))).rejects.toMatchObject({
      code: 'ERR_NO_CHECKS',
      exitCode: 2,
    });
  });
});
