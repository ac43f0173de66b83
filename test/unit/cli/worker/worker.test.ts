import { describe, expect, it } from 'vitest';
import { addWorkerCommand } from '../../../../src/cli/worker/worker.js';
import { acquireLock } from '../../../../src/host/index.js';
import { linkFolder } from '../../../../src/platform-link/index.js';
import { commandBench } from '../../../support/command-bench.js';

const add = (program: Parameters<typeof addWorkerCommand>[0]): void => addWorkerCommand(program);

describe('codetether worker', () => {
  it('needs a platform', async () => {
    const bench = await commandBench(add);
    const end = await bench.run('worker', '--json');
    expect(end.code).toBe(2);
    expect(JSON.parse(end.out)).toMatchObject({ error: { code: 'ERR_PLATFORM_URL' } });
    expect(end.err).toContain('CODETETHER_SERVER');
  });

  it.each([
    [['--max-tasks', '0'], 'expected a number, 1 to 100'],
    [['--auto-approve', 'some'], 'Allowed choices are all, safe, none'],
    [['--prefix', 'v3'], 'Allowed choices are auto, agent, opencode'],
    [['-c', 'missing'], 'ERR_CODEBASE'],
    [['-t', 'two words'], 'ERR_PLATFORM_TOKEN'],
  ])('refuses %j before anything is started', async (words, text) => {
    const bench = await commandBench(add);
    const end = await bench.run('worker', '-s', 'http://127.0.0.1:9', ...words);
    expect(end.code).toBe(2);
    expect(end.err).toContain(text);
  });

  it('runs once for a platform and a home', async () => {
    const bench = await commandBench(add);
    const server = 'http://127.0.0.1:9';
    const held = acquireLock(`${linkFolder(bench.home, server)}/lock`);
    const end = await bench.run('worker', '-s', server);
    if ('lock' in held) held.lock.release();
    expect(end.code).toBe(3);
    expect(end.err).toContain('ERR_WORKER_RUNNING');
    expect(end.err).toContain(String(process.pid));
  });
});
