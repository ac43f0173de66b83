import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeMistake, isUnusablePath } from '../../../src/tools/mistake.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

function fault(code: string, path?: string): Error {
  return Object.assign(new Error(code), { code }, path === undefined ? {} : { path });
}

describe('describeMistake', () => {
  it('says what a path of the model made the system refuse', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'src'));
    const error: unknown = await readFile(join(root, 'src')).catch((thrown: unknown) => thrown);
    // EISDIR of a read carries no path: it could be anybody's file.
    expect(describeMistake(error, root)).toBeUndefined();
    const missing: unknown = await readFile(join(root, 'no/way')).catch(
      (thrown: unknown) => thrown,
    );
    expect(describeMistake(missing, root)).toBe('no/way: no such file or folder.');
  });

  it.each([
    [fault('ELOOP', '/w/a'), 'a: symbolic links lead in a circle.'],
    [fault('ENOTDIR', '/w'), '.: a part of it is a file, not a folder.'],
    [fault('EACCES', '/w/a\nb'), 'a b: permission denied.'],
    [fault('EACCES', '/work/a'), undefined],
    [fault('EACCES', '/etc/passwd'), undefined],
    [fault('ENOSPC', '/w/a'), undefined],
    [fault('EIO', '/w/a'), undefined],
    [new Error('bug'), undefined],
    ['EACCES', undefined],
  ])('of %s in /w is %j', (error, expected) => {
    expect(describeMistake(error, '/w')).toBe(expected);
  });

  it('cuts a path that would fill the reply', () => {
    const text = describeMistake(fault('ENAMETOOLONG', `/w/${'x'.repeat(5000)}`), '/w');
    expect(text).toBe(`${'x'.repeat(300)}: the name is too long.`);
  });
});

describe('isUnusablePath', () => {
  it('tells a path that cannot be used from a disk that cannot', () => {
    const codes = ['EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOSPC', 'EIO', 'EMFILE', 'toString'];
    expect(codes.filter((code) => isUnusablePath(fault(code)))).toEqual([
      'EISDIR',
      'ELOOP',
      'ENAMETOOLONG',
    ]);
  });
});
