import { mkdir, realpath, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { resolveInside } from '../../../../src/platform/workspace/path-jail.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('resolveInside', () => {
  it('never answers with a path outside the root, whatever is asked', async () => {
    const base = await temporaryFolder();
    const root = join(base, 'root');
    await mkdir(join(root, 'a/b'), { recursive: true });
    await mkdir(join(base, 'outside/x'), { recursive: true });
    await symlink(join(base, 'outside'), join(root, 'out'));
    await symlink('..', join(root, 'a/up'));
    await symlink('../../outside', join(root, 'a/relative-out'));
    await symlink('loop', join(root, 'loop'));
    await symlink('/', join(root, 'slash'));
    const part = fc.constantFrom(
      'a',
      'b',
      '..',
      '.',
      'out',
      'up',
      'relative-out',
      'loop',
      'slash',
      'x',
      'new',
      '',
      '/',
      '.git',
      base.slice(1),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 7 }),
        fc.constantFrom('.', 'a', 'a/b'),
        fc.constantFrom('read' as const, 'write' as const),
        async (parts, workdir, purpose) => {
          const answer = await resolveInside({ root, workdir }, parts.join('/'), purpose);
          if (!answer.isInside) {
            expect(answer.reason).not.toBe('');
            return;
          }
          const { absolute, relative } = answer.path;
          expect(absolute === root || absolute.startsWith(`${root}/`)).toBe(true);
          expect(join(root, relative)).toBe(absolute);
          const real = await realpath(absolute).catch(() => absolute);
          expect(real).toBe(absolute);
          if (purpose === 'write') expect(relative.split('/')).not.toContain('.git');
        },
      ),
      { numRuns: 400 },
    );
  });

  it('takes paths from the working folder and absolute ones inside', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'sub'));
    expect(await resolveInside({ root, workdir: 'sub' }, 'new/x.txt', 'write')).toEqual({
      isInside: true,
      path: { absolute: join(root, 'sub/new/x.txt'), relative: 'sub/new/x.txt' },
    });
    expect(await resolveInside({ root, workdir: 'sub' }, join(root, 'y'), 'read')).toMatchObject({
      path: { relative: 'y' },
    });
  });
});
