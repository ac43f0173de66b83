import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { assertChecksCanStart, firstWord } from '../../../../src/runs/plan/check-commands.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const check = (command: string) => ({ name: 'test', command, timeoutMs: 1000 });

describe('assertChecksCanStart', () => {
  it.each([
    'git --version',
    'CI=1 NODE_ENV=test git --version',
    './not-written-yet.sh',
    'scripts/check',
    '[ -f x ] && exit 0',
    'if true; then false; fi',
    '$RUNNER test',
    '(cd x && make)',
  ])('lets %j start', async (command) => {
    await expect(
      assertChecksCanStart([check(command)], await temporaryFolder()),
    ).resolves.toBeUndefined();
  });

  it('refuses a program that is not installed, naming field and program', async () => {
    const checks = [check('git --version'), { ...check('no-such-program-x --all'), name: 'lint' }];
    await expect(assertChecksCanStart(checks, await temporaryFolder())).rejects.toMatchObject({
      code: 'ERR_CHECK_COMMAND_MISSING',
      exitCode: 2,
      message: 'check lint starts with "no-such-program-x", which is not installed here',
      where: { field: 'quality_checks.lint' },
    });
  });

  it.each(['if true; then', 'echo "open', 'a && && b', 'for'])(
    'refuses %j, which bash cannot read',
    async (command) => {
      await expect(
        assertChecksCanStart([check(command)], await temporaryFolder()),
      ).rejects.toMatchObject({
        code: 'ERR_CHECK_SYNTAX',
        exitCode: 2,
        where: { field: 'quality_checks.test' },
      });
    },
  );

  it('runs nothing while it looks', async () => {
    const folder = await temporaryFolder();
    await assertChecksCanStart([check('touch ran; git --version > ran-too')], folder);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('firstWord', () => {
  it('is the program behind assignments, or nothing where only bash can tell', () => {
    expect(
      ['npm test', '  A=1 B_2=x npm', 'A=1', '"my prog" x', '`x`', './a', 'x;y', ''].map(firstWord),
    ).toEqual(['npm', 'npm', undefined, undefined, undefined, undefined, undefined, undefined]);
  });
});
