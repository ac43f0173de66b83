import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import { beginFold, viewOf, type TaskRequest } from '../../../../src/domain/index.js';
import { createTaskFiles } from '../../../../src/platform/records/task-files.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { clonePlace } from '../../../../src/runs/index.js';
import { cleanUp, planCleanup } from '../../../../src/upkeep/cleanup/cleanup.js';
import { taskRequest } from '../../../support/task-requests.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const DAY = 86_400_000;
const NOW = Date.now();
const REQUEST = { olderThanMs: 30 * DAY, withCaches: false, now: NOW };
const id = (last: string): string => `01kb7w8z9qhsd5m3t6x4yv2r0${last}`;

function age(path: string, days: number): void {
  const at = new Date(NOW - days * DAY);
  utimesSync(path, at, at);
}

async function home() {
  const root = await temporaryFolder();
  const environment = { HOME: root, CODETETHER_HOME: join(root, 'home') };
  const config = await loadConfig({ environment, project: root });
  const files = createTaskFiles(config.home, null);
  const paths = homePaths(config.home);
  /** A task; without an age it is open. */
  const plant = async (request: TaskRequest, endedDaysAgo?: number): Promise<void> => {
    await files.writeRequest(request);
    mkdirSync(paths.events, { recursive: true });
    writeFileSync(join(paths.events, `${request.taskId}.ndjson`), '');
    if (endedDaysAgo === undefined) return;
    await files.writeEnd(viewOf(request, beginFold(request)));
    age(join(files.folder(request.taskId), 'end.json'), endedDaysAgo);
  };
  const clone = (request: TaskRequest, days: number): string => {
    const place = clonePlace(config.home, request);
    mkdirSync(join(place, '.git'), { recursive: true });
    writeFileSync(join(place, '.git', 'HEAD'), 'ref: refs/heads/main\n');
    age(place, days);
    return place;
  };
  return { config, files, paths, plant, clone };
}

describe('what goes of tasks from outside', () => {
  it('is what ended long ago, with its events; open ones stay, however old', async () => {
    const { config, files, paths, plant } = await home();
    await plant(taskRequest({ taskId: id('0') }), 40);
    await plant(taskRequest({ taskId: id('1') }), 20);
    await plant(taskRequest({ taskId: id('2') }));
    age(join(files.folder(id('2')), 'request.json'), 400);
    for (const name of ['0', '1']) mkdirSync(join(paths.pushes, id(name)), { recursive: true });
    writeFileSync(join(paths.pushes, id('0'), 'hook.json'), '{}');
    const plan = await planCleanup(config, REQUEST);
    expect(plan.groups).toMatchObject([{ kind: 'tasks', count: 3 }]);
    expect(existsSync(files.folder(id('0')))).toBe(true);
    await cleanUp(config, REQUEST);
    expect(await files.list()).toEqual([id('2'), id('1')]);
    expect(readdirSync(paths.pushes)).toEqual([id('1')]);
    expect(readdirSync(paths.events).toSorted()).toEqual([
      `${id('1')}.ndjson`,
      `${id('2')}.ndjson`,
    ]);
  });

  it('is a clone that no task of its context needs, and nobody used for long', async () => {
    const { config, plant, clone } = await home();
    const place = (url: string) => ({ kind: 'git' as const, url });
    const requests = ['a', 'b', 'c'].map((name, index) =>
      taskRequest({ taskId: id(String(index)), contextId: name, place: place(`https://${name}`) }),
    );
    const [gone, open, young] = requests as [TaskRequest, TaskRequest, TaskRequest];
    await plant(gone, 40);
    await plant(open);
    await plant(young, 40);
    const [old, needed, used] = [clone(gone, 40), clone(open, 40), clone(young, 2)];
    await cleanUp(config, REQUEST);
    expect([existsSync(old), existsSync(needed), existsSync(used)]).toEqual([false, true, true]);
  });

  it('is the name of a message whose day is over, and a context without tasks', async () => {
    const { config, files, paths, plant } = await home();
    await plant(taskRequest({ taskId: id('0'), contextId: 'old' }), 40);
    await plant(taskRequest({ taskId: id('1'), contextId: 'new' }));
    const reserve = (key: string) =>
      files.reserve(key.repeat(64), { taskId: id('0'), digest: 'd', at: '' }, DAY);
    await reserve('a');
    await reserve('b');
    age(join(paths.tasks, '.keys', 'a'.repeat(64)), 3);
    await cleanUp(config, REQUEST);
    expect(readdirSync(join(paths.tasks, '.keys'))).toEqual(['b'.repeat(64)]);
    expect(await files.context('me', 'old')).toEqual([]);
    expect(await files.context('me', 'new')).toEqual([id('1')]);
  });

  it('is no clone where a request cannot be read: it may be the one that needs it', async () => {
    const { config, files, plant, clone } = await home();
    const request = taskRequest({ place: { kind: 'git', url: 'https://a' } });
    await plant(request);
    const place = clone(request, 400);
    writeFileSync(join(files.folder(request.taskId), 'request.json'), '{');
    await cleanUp(config, REQUEST);
    expect(existsSync(place)).toBe(true);
  });

  it('is nothing where no task ever was', async () => {
    const { config } = await home();
    expect(await planCleanup(config, REQUEST)).toEqual({ runIds: [], groups: [], bytes: 0 });
  });
});
