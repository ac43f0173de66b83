import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireLock, lockHolder } from '../../../../src/host/light/lock.js';
import { ownIdentity, type ProcessIdentity } from '../../../../src/host/light/process-identity.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const identity = (pid: number): ProcessIdentity => ({ pid, startTime: `${pid}`, bootId: 'boot' });

/** Takes the lock for an invented process; `living` decides who counts as alive. */
function contend(folder: string, pid: number, living: Set<number>) {
  return acquireLock(folder, { owner: identity(pid), isAlive: (other) => living.has(other.pid) });
}

describe('acquireLock', () => {
  it('gives the lock to one and names the holder to the others', async () => {
    const folder = await temporaryFolder();
    const living = new Set([1, 2]);
    expect(contend(folder, 1, living)).toHaveProperty('lock');
    expect(contend(folder, 2, living)).toEqual({ holder: identity(1) });
  });

  it('takes over from a dead holder and removes its file', async () => {
    const folder = await temporaryFolder();
    const living = new Set([1, 2]);
    contend(folder, 1, living);
    living.delete(1);
    expect(contend(folder, 2, living)).toHaveProperty('lock');
    expect(readdirSync(folder)).toEqual(['2.json']);
  });

  it('is free again after release, and a second release takes nothing from the next holder', async () => {
    const folder = await temporaryFolder();
    const living = new Set([1, 2]);
    const first = contend(folder, 1, living);
    if (!('lock' in first)) throw new Error('expected the lock');
    first.lock.release();
    expect(contend(folder, 2, living)).toHaveProperty('lock');
    expect(contend(folder, 1, living)).toEqual({ holder: identity(2) });
  });

  it('steps over a torn or foreign file', async () => {
    const folder = await temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '7.json'), '{"pid":');
    writeFileSync(join(folder, 'notes.txt'), 'x');
    expect(contend(folder, 1, new Set([1]))).toHaveProperty('lock');
    expect(readdirSync(folder).sort()).toEqual(['8.json', 'notes.txt']);
  });

  it('tells this process as holder by pid and start time', async () => {
    const folder = await temporaryFolder();
    acquireLock(folder);
    expect(lockHolder(folder)).toEqual(ownIdentity());
  });

  it('takes a reused pid for dead', async () => {
    const folder = await temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '1.json'), JSON.stringify({ ...ownIdentity(), startTime: '1' }));
    expect(lockHolder(folder)).toBeNull();
    expect(acquireLock(folder)).toHaveProperty('lock');
  });

  it('never lets two of many real processes hold it at once, though holders die without release', async () => {
    const folder = await temporaryFolder();
    const lockModule = new URL('../../../../dist/host/light/lock.js', import.meta.url).href;
    const witness = join(folder, 'witness');
    // Each winner opens the witness exclusively, closes it again, and dies without a release.
    const program = `
      import { acquireLock } from ${JSON.stringify(lockModule)};
      import { openSync, closeSync, rmSync, appendFileSync } from 'node:fs';
      for (let tries = 0; tries < 2000; tries += 1) {
        const attempt = acquireLock(${JSON.stringify(join(folder, 'lock'))});
        if ('lock' in attempt) {
          closeSync(openSync(${JSON.stringify(witness)}, 'wx'));
          await new Promise((resolve) => setTimeout(resolve, 5));
          rmSync(${JSON.stringify(witness)});
          appendFileSync(${JSON.stringify(join(folder, 'wins'))}, process.pid + '\\n');
          process.kill(process.pid, 'SIGKILL');
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      process.exit(7);`;
    const contenders = Array.from({ length: 12 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' }),
    );
    const ends = await Promise.all(
      contenders.map(
        async (child) => ((await once(child, 'exit')) as [number | null, string | null])[1],
      ),
    );
    // An overlap would end a winner with EEXIST instead of its own SIGKILL.
    expect(ends).toEqual(contenders.map(() => 'SIGKILL'));
    expect(readFileSync(join(folder, 'wins'), 'utf8').trim().split('\n')).toHaveLength(12);
  });
});
