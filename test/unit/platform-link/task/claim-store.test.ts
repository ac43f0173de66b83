import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClaimRecord } from '../../../../src/platform-link/task/claim-record.js';
import { linkFolder, openClaimStore } from '../../../../src/platform-link/task/claim-store.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const SERVER = 'https://p.example';
const common = (id: string) => ({ version: 1 as const, id, title: 'T', attempt: 1, sessions: [] });
const claiming = (id: string): ClaimRecord => ({ stage: 'claiming', ...common(id) });
const released = (id: string, at: string): ClaimRecord => ({
  stage: 'released',
  ...common(id),
  status: 'completed',
  at,
});

describe('what outlives the worker', () => {
  it('is its id, the same for each start, and another for another platform', async () => {
    const folder = await temporaryFolder();
    const first = await openClaimStore(join(folder, 'a'), SERVER);
    expect(first.workerId).toMatch(/^wrk_\d+_[0-9a-f]{12}$/);
    expect((await openClaimStore(join(folder, 'a'), SERVER)).workerId).toBe(first.workerId);
    expect((await openClaimStore(join(folder, 'b'), SERVER)).workerId).not.toBe(first.workerId);
    expect(linkFolder('/home', SERVER)).not.toBe(linkFolder('/home', 'https://q.example'));
  });

  it('is each task as it was saved last, whatever its id', async () => {
    const folder = await temporaryFolder();
    const store = await openClaimStore(folder, SERVER);
    const ids = ['t1', '../../escape', 'a/b', 'x'.repeat(256), 'ü🙂'];
    for (const id of ids) await store.save(claiming(id));
    await store.save({
      stage: 'working',
      ...common('t1'),
      taskId: 'r1',
      contextId: 'c1',
      posted: 7,
    });
    await store.forget('a/b');
    const again = await openClaimStore(folder, SERVER);
    expect(
      again
        .records()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(ids.filter((id) => id !== 'a/b').toSorted());
    expect(again.get('t1')).toEqual({
      stage: 'working',
      ...common('t1'),
      taskId: 'r1',
      contextId: 'c1',
      posted: 7,
    });
    expect(
      (await readdir(join(folder, 'tasks'))).every((name) => /^[0-9a-f]{32}\.json$/.test(name)),
    ).toBe(true);
  });

  it('can be read by nobody else', async () => {
    const folder = await temporaryFolder();
    const store = await openClaimStore(folder, SERVER);
    await store.save(claiming('t1'));
    const [name = ''] = await readdir(join(folder, 'tasks'));
    expect((await stat(join(folder, 'tasks', name))).mode & 0o077).toBe(0);
    expect((await stat(join(folder, 'worker.json'))).mode & 0o077).toBe(0);
  });

  it('forgets what was given back longest ago beyond 500 tasks, and nothing that is held', async () => {
    const store = await openClaimStore(await temporaryFolder(), SERVER);
    await store.save(claiming('held'));
    for (let at = 0; at < 505; at += 1)
      await store.save(released(`t${at}`, new Date(at * 1000).toISOString()));
    expect(store.records()).toHaveLength(501);
    expect(['t0', 't4', 't5', 't504', 'held'].map((id) => store.get(id) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it('names records that are damaged, and goes on without them', async () => {
    const folder = await temporaryFolder();
    const store = await openClaimStore(folder, SERVER);
    await store.save(claiming('t1'));
    for (const [name, text] of [
      ['a.json', '{'],
      ['b.json', '{"stage":"other"}'],
      ['c.json', '[]'],
    ] as const)
      await writeFile(join(folder, 'tasks', name), text);
    const damaged: string[] = [];
    const again = await openClaimStore(folder, SERVER, (path) => damaged.push(path));
    expect(again.records().map(({ id }) => id)).toEqual(['t1']);
    expect(damaged.map((path) => path.slice(-6)).toSorted()).toEqual([
      'a.json',
      'b.json',
      'c.json',
    ]);
  });

  it('is the session of each of its keys', async () => {
    const folder = await temporaryFolder();
    const session = {
      contextId: 'c1',
      place: { kind: 'workspace' as const, name: 'shop' },
      branch: 'b',
      at: '2026-01-01',
    };
    await (await openClaimStore(folder, SERVER)).saveSession(['flow:1', 'task:2'], session);
    const again = await openClaimStore(folder, SERVER);
    expect(again.session('flow:1')).toEqual(session);
    expect(again.session('task:2')).toEqual(session);
    expect(again.session('task:3')).toBeUndefined();
  });
});
