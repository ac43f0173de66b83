import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { ownIdentity } from '../../../src/host/light/process-identity.js';
import { failDeadTasks, openInflight } from '../../../src/workers/inflight.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

function contextOf(isLocal: boolean): Context {
  return { info: { isLocal, taskToken: new Uint8Array([1, 2, 3]) } } as unknown as Context;
}

function notes(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.token'));
}

describe('openInflight', () => {
  it.each([
    [false, 1],
    [true, 0],
  ])('notes a task while it runs, local ones not (isLocal %s)', async (isLocal, expected) => {
    const folder = await temporaryFolder();
    const { inbound } = openInflight(folder).intercept(contextOf(isLocal));
    let during = -1;
    await inbound.execute?.({ args: [], headers: {} }, () => {
      during = notes(folder).length;
      return Promise.resolve('done');
    });
    expect(during).toBe(expected);
    expect(notes(folder)).toEqual([]);
  });

  it('forgets the task when it fails', async () => {
    const folder = await temporaryFolder();
    const { inbound } = openInflight(folder).intercept(contextOf(false));
    await expect(
      inbound.execute?.({ args: [], headers: {} }, () => Promise.reject(new Error('x'))),
    ).rejects.toThrow('x');
    expect(notes(folder)).toEqual([]);
  });
});

describe('failDeadTasks', () => {
  it('ends the tasks of a dead worker once and leaves those of living ones', async () => {
    const folder = await temporaryFolder();
    const living = ownIdentity();
    for (const [name, owner] of [
      ['dead', { ...living, startTime: '1' }],
      ['living', living],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'owner.json'), JSON.stringify(owner));
      writeFileSync(join(folder, name, '1.token'), name);
    }
    const failed: string[] = [];
    const fail = (token: Uint8Array) => {
      failed.push(Buffer.from(token).toString());
      return Promise.resolve();
    };
    expect(await failDeadTasks({ folder, fail })).toBe(1);
    expect(await failDeadTasks({ folder, fail })).toBe(0);
    expect(failed).toEqual(['dead']);
    expect(readdirSync(folder)).toEqual(['living']);
  });

  it('keeps the notes when the server does not take the failure, so that the next worker tries again', async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, 'dead'));
    writeFileSync(
      join(folder, 'dead', 'owner.json'),
      JSON.stringify({ pid: 1, startTime: '0', bootId: 'other' }),
    );
    writeFileSync(join(folder, 'dead', '1.token'), 't');
    await expect(
      failDeadTasks({ folder, fail: () => Promise.reject(new Error('down')) }),
    ).rejects.toThrow('down');
    expect(notes(folder)).toHaveLength(1);
  });
});
