import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { databaseCopies, keepDatabaseCopy } from '../../../../src/host/light/database-copy.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function home() {
  const folder = await temporaryFolder();
  const database = join(folder, 'temporal', 'temporal.db');
  mkdirSync(join(folder, 'temporal'));
  let installs = 0;
  const install = (version: string): string => {
    installs += 1;
    const program = join(folder, `temporal-${installs}`);
    const line = `temporal version ${version} (Server 1.32.0)`;
    writeFileSync(program, `#!/bin/sh\necho '${line}'\n`, { mode: 0o755 });
    return program;
  };
  const open = (program: string, freeBytes = 2 ** 40) =>
    keepDatabaseCopy({ database, program, freeBytes: async () => freeBytes });
  return { database, install, open };
}

describe('keepDatabaseCopy', () => {
  it('copies database and write-ahead log before another version opens them', async () => {
    const { database, install, open } = await home();
    const program = install('1.9.1');
    expect(await open(program)).toEqual({ kind: 'same' });
    writeFileSync(database, 'pages');
    writeFileSync(`${database}-wal`, 'newest pages');
    expect(await open(program)).toEqual({ kind: 'same' });
    expect(await open(install('1.9.1'))).toEqual({ kind: 'same' });

    const copied = await open(install('1.10.0'));
    expect(copied).toMatchObject({ kind: 'copied', from: '1.9.1', to: '1.10.0' });
    const [folder = ''] = databaseCopies(database);
    expect(readFileSync(join(folder, 'temporal.db'), 'utf8')).toBe('pages');
    expect(readFileSync(join(folder, 'temporal.db-wal'), 'utf8')).toBe('newest pages');
  });

  it('keeps the last two copies', async () => {
    const { database, install, open } = await home();
    writeFileSync(database, 'pages');
    for (const version of ['1.1.0', '1.2.0', '1.3.0']) await open(install(version));
    expect(databaseCopies(database).map((path) => basename(path).split('_')[0])).toEqual([
      '1.2.0',
      '1.1.0',
    ]);
  });

  it('refuses when the disk has no room, so that nothing is migrated without a copy', async () => {
    const { database, install, open } = await home();
    await open(install('1.9.1'));
    writeFileSync(database, 'pages');
    const newer = install('1.10.0');
    expect((await open(newer, 1000)).kind).toBe('refused');
    expect((await open(newer, 1000)).kind).toBe('refused');
    expect((await open(newer)).kind).toBe('copied');
  });
});
