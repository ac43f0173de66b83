import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { crashPoints } from '../../src/platform/fault/crash-points.js';
import { FakePlatformTasks } from '../support/fake-platform-tasks.js';
import { until } from '../support/platform-server/link-bench.js';
import {
  platformServer,
  type Dialect,
  type PlatformServer,
} from '../support/platform-server/platform-server.js';
import { taskBridge } from '../support/platform-server/task-bridge.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(REPOSITORY, 'test/support/platform-link-program.mjs');
const LINES = ['one', 'two', 'three'];
const SHOWN = ['working', ...LINES, 'made answer (10 bytes)', 'completed: done'];
const SEEDS = Number(process.env['CODETETHER_FAULT_SEEDS'] ?? '3');

/** Passes at which each point is killed; outputs come six times. */
const KILLS: Readonly<Record<string, readonly number[]>> = {
  'platform.before-claim': [1],
  'platform.after-claim': [1],
  'platform.after-order': [1],
  'platform.after-submit': [1],
  'platform.after-output': [1, 3, 6],
  'platform.after-end': [1],
  'platform.after-status': [1],
  'platform.after-release': [1],
};

interface Worker {
  readonly child: ChildProcess;
  readonly log: () => string;
  readonly gone: Promise<NodeJS.Signals | null>;
}

interface Bench {
  readonly server: PlatformServer;
  readonly tasks: FakePlatformTasks;
  readonly start: (point?: string) => Worker;
}

async function bench(dialect: Dialect): Promise<Bench> {
  const server = await platformServer(dialect);
  const tasks = new FakePlatformTasks();
  const bridge = await taskBridge(tasks);
  const folder = join(await temporaryFolder(), 'platform');
  return {
    server,
    tasks,
    start(point = '') {
      const child = spawn(process.execPath, [PROGRAM, server.url, folder, bridge, point], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let log = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (part: Buffer) => {
          log += part.toString('utf8');
        });
      const gone = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
      onTestFinished(async () => {
        child.kill('SIGKILL');
        await gone;
      });
      return { child, log: () => log, gone };
    },
  };
}

/** The task was done once, told in order without a line twice, and given back. */
function expectDoneOnce({ server, tasks }: Bench, id: string): void {
  expect(tasks.tasks).toHaveLength(1);
  expect(server.tasks.get(id)).toMatchObject({ status: 'completed', result: 'the answer' });
  expect(server.linesOf(id)).toEqual(SHOWN);
  // a platform that forgot a claim with the connection takes no release of it
  expect(server.releases(id)).toBeLessThanOrEqual(1);
  expect(server.claims.size).toBe(0);
  const statuses = server.log.filter(({ kind }) => kind === 'status').map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set(['running', 'completed']));
  expect(statuses.slice(statuses.indexOf('completed'))).not.toContain('running');
}

/** A worker that was killed behind the release has nothing left to say of the task. */
function isGivenBack(server: PlatformServer, id: string, worker: Worker): boolean {
  return server.releases(id) === 1 && worker.log().includes('"kind":"connected"');
}

beforeAll(() => {
  const built = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.core.json', 'tsconfig.node.json'],
    { cwd: REPOSITORY, encoding: 'utf8' },
  );
  expect(built.stdout).toBe('');
});

describe('the crash points of the platform worker', () => {
  it('are killed completely by this file', () => {
    const own = crashPoints.filter((point) => point.startsWith('platform.'));
    expect(Object.keys(KILLS).toSorted()).toEqual(own.toSorted());
  });
});

describe.each(['old', 'new'] as const)('a task of a platform that is %s', (dialect) => {
  const points = Object.entries(KILLS).flatMap(([point, passes]) =>
    passes.map((pass) => `${point}@${pass}`),
  );
  it.each(points)('is done once when the worker is killed at %s', async (point) => {
    const all = await bench(dialect);
    const { server, tasks, start } = all;
    tasks.onTask = (task) => tasks.complete(task, LINES, 'the answer');
    const first = start(point);
    await until(() => server.stream.size > 0, first.log);
    const { id } = server.addTask();
    expect(await first.gone, first.log()).toBe('SIGKILL');
    const second = start();
    await until(
      () => second.log().includes('"kind":"released"') || isGivenBack(server, id, second),
      () => [first.log(), second.log()],
    );
    second.child.kill('SIGTERM');
    expect(await second.gone, second.log()).toBeNull();
    expectDoneOnce(all, id);
  });

  it('is done once when the worker is killed at every point in a row', async () => {
    const all = await bench(dialect);
    const { server, tasks, start } = all;
    tasks.onTask = (task) => tasks.complete(task, LINES, 'the answer');
    const { id } = server.addTask();
    for (const point of points) {
      const worker = start(point);
      await Promise.race([worker.gone, until(() => server.releases(id) === 1)]);
      worker.child.kill('SIGKILL');
      await worker.gone;
    }
    const last = start();
    await until(() => server.releases(id) === 1 && last.log().includes('connected'), last.log);
    last.child.kill('SIGTERM');
    await last.gone;
    expectDoneOnce(all, id);
  });

  it('is done once when the worker is killed again and again while it works', async () => {
    const all = await bench(dialect);
    const { server, tasks, start } = all;
    const { id } = server.addTask();
    let worker = start();
    await until(() => tasks.tasks.length === 1, worker.log);
    const [task] = tasks.tasks;
    if (task === undefined) throw new Error('no task');
    tasks.say(task, { kind: 'status', state: 'working' });
    for (let seed = 0; seed < SEEDS; seed += 1) {
      worker.child.kill('SIGKILL');
      await worker.gone;
      worker = start();
      const line = LINES[seed % LINES.length] ?? '';
      if (seed < LINES.length) tasks.say(task, { kind: 'message', text: line });
      await until(() => server.linesOf(id).includes(line), worker.log);
    }
    for (const text of LINES.slice(SEEDS)) tasks.say(task, { kind: 'message', text });
    tasks.say(task, { kind: 'artifact', id: 'answer', text: 'the answer' });
    tasks.say(task, { kind: 'status', state: 'completed', text: 'done' });
    await until(() => server.releases(id) === 1, worker.log);
    worker.child.kill('SIGTERM');
    await worker.gone;
    expectDoneOnce(all, id);
  });
});
