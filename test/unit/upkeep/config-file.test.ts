import {
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  lstatSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeConfigFile, writeNewConfigFile } from '../../../src/upkeep/config-file.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

describe('writeConfigFile', () => {
  it('makes folders and file with the rights that are asked for', async () => {
    const path = join(await temporaryFolder(), 'deep/config.toml');
    await writeConfigFile({ path, text: 'a = 1\n', mode: 0o600 });
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['a = 1\n', 0o600]);
    expect(readdirSync(join(path, '..'))).toEqual(['config.toml']);
  });

  it('keeps the rights of a file and a link to it', async () => {
    const folder = await temporaryFolder();
    const [own, link] = [join(folder, 'own.toml'), join(folder, 'link.toml')];
    writeFileSync(own, '# mine\n', { mode: 0o640 });
    symlinkSync(own, link);
    await writeConfigFile({ path: link, text: 'a = 1\n', mode: 0o600 });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect([readFileSync(own, 'utf8'), statSync(own).mode & 0o777]).toEqual(['a = 1\n', 0o640]);
  });

  it('says what the system says where nothing can be written', async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, 'config.toml'));
    const path = join(folder, 'config.toml');
    await expect(writeConfigFile({ path, text: '', mode: 0o600 })).rejects.toThrow(
      /EISDIR|ENOTEMPTY|EEXIST/,
    );
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });
});

describe('writeNewConfigFile', () => {
  it('never replaces a file', async () => {
    const path = join(await temporaryFolder(), 'codetether.toml');
    await writeNewConfigFile({ path, text: '# new\n', mode: 0o644 });
    await expect(
      writeNewConfigFile({ path, text: '# other\n', mode: 0o644 }),
    ).rejects.toMatchObject({
      code: 'ERR_CONFIG_EXISTS',
      where: { file: path },
    });
    expect(readFileSync(path, 'utf8')).toBe('# new\n');
  });
});
