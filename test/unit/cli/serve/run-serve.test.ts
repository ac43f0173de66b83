import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { faultLine, runServe } from '../../../../src/cli/serve/run-serve.js';
import { createOutput } from '../../../../src/cli/output.js';
import { loadConfig } from '../../../../src/config/index.js';
import type { Config } from '../../../../src/config/index.js';
import { InfrastructureError } from '../../../../src/domain/index.js';
import { fakeKv } from '../../../support/remote/fake-kv.js';
import { FakePush } from '../../../support/remote/fake-push.js';
import { FakeTasks } from '../../../support/remote/fake-tasks.js';
import { said, storedToken } from '../../../support/remote/remote-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

/** Modules are loaded when they are needed. */
const PATIENCE = { timeout: 15_000 };

interface Serving {
  readonly out: () => string;
  readonly opened: () => number;
  readonly closed: () => number;
  stop(): void;
  readonly done: Promise<void>;
}

async function configOf(more: Record<string, string> = {}): Promise<Config> {
  const home = await temporaryFolder();
  return loadConfig({
    project: home,
    environment: { HOME: home, CODETETHER_HOME: join(home, 'state'), ...more },
  });
}

function serve(config: Config, options: Parameters<typeof runServe>[0]): Serving {
  const [stop, tasks] = [new AbortController(), new FakeTasks()];
  let [out, opened, closed] = ['', 0, 0];
  const write = (text: string) => (out += text);
  const output = createOutput({ stdout: { write }, stderr: { write } });
  onTestFinished(() => stop.abort());
  const done = runServe(
    options,
    { config, output, globals: {} },
    {
      version: '1.2.3',
      stop: stop.signal,
      open: () => {
        opened += 1;
        return Promise.resolve({
          tasks,
          push: new FakePush(tasks),
          isReachable: () => Promise.resolve(true),
          openCount: () => Promise.resolve(0),
          close: () => {
            closed += 1;
            return Promise.resolve();
          },
        });
      },
    },
  );
  done.catch(() => undefined);
  return {
    out: () => out,
    opened: () => opened,
    closed: () => closed,
    stop: () => stop.abort(),
    done,
  };
}

describe('codetether serve', () => {
  it('says as one line where it is, serves, notes who asked, and ends in order', async () => {
    const config = await configOf();
    const serving = serve(config, { port: 0, json: true });
    await expect.poll(serving.out, PATIENCE).toContain('\n');
    const ready = JSON.parse(serving.out()) as { url: string; card: string; port: number };
    expect(ready).toEqual({
      ready: true,
      url: `http://127.0.0.1:${ready.port}`,
      card: `http://127.0.0.1:${ready.port}/.well-known/agent-card.json`,
      board: `http://127.0.0.1:${ready.port}/board/`,
      hostname: '127.0.0.1',
      port: ready.port,
    });
    const health = await fetch(`${ready.url}/health`);
    expect(await health.json()).toMatchObject({ version: '1.2.3', temporal: 'reachable' });
    const sent = await fetch(`${ready.url}/a2a`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'A2A-Version': '1.0' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'SendMessage',
        params: { message: said('hi') },
      }),
    });
    expect(await sent.json()).toHaveProperty('result.task.id');
    const audit = join(config.home, 'logs', 'audit.ndjson');
    await expect.poll(() => readFile(audit, 'utf8').catch(() => '')).toContain('"caller":"local"');
    serving.stop();
    await serving.done;
    await expect(fetch(ready.card)).rejects.toThrow();
    expect([serving.opened(), serving.closed()]).toEqual([1, 1]);
  });

  it('does not listen where others can connect while there is no token, and starts nothing', async () => {
    const serving = serve(await configOf(), { port: 0, hostname: '0.0.0.0' });
    await expect(serving.done).rejects.toMatchObject({
      code: 'ERR_SERVE_WITHOUT_TOKENS',
      exitCode: 2,
    });
    expect(serving.opened()).toBe(0);
    const kv = await fakeKv();
    const config = await configOf({ VAULT_ADDR: kv.address, VAULT_TOKEN: 'root' });
    const other = serve(config, { port: 0, hostname: '0.0.0.0' });
    await expect(other.done).rejects.toMatchObject({ code: 'ERR_SERVE_WITHOUT_TOKENS' });
    expect([other.opened(), other.closed()]).toEqual([1, 1]);
  });

  it('listens there with one, and asks everybody for it', async () => {
    const kv = await fakeKv();
    // what this process reads its Vault from is its environment
    kv.secrets.set('codetether/providers/serve/tokens', { tokens: [storedToken('ci', 'secret')] });
    const before = { ...process.env };
    Object.assign(process.env, { VAULT_ADDR: kv.address, VAULT_TOKEN: 'root' });
    onTestFinished(() => {
      process.env = before;
    });
    const config = await configOf({ VAULT_ADDR: kv.address, VAULT_TOKEN: 'root' });
    const serving = serve(config, { port: 0, hostname: '0.0.0.0', json: true });
    await expect.poll(serving.out, PATIENCE).toContain('\n');
    const { port } = JSON.parse(serving.out()) as { port: number };
    const url = `http://127.0.0.1:${port}/a2a/v1/tasks?A2A-Version=1.0`;
    expect((await fetch(url)).status).toBe(401);
    const asked = await fetch(url, { headers: { authorization: 'Bearer secret' } });
    expect(asked.status).toBe(200);
    serving.stop();
    await serving.done;
  });

  it('says when the port is taken or the address is not of this machine', async () => {
    const config = await configOf();
    const first = serve(config, { port: 0, json: true });
    await expect.poll(first.out, PATIENCE).toContain('\n');
    const { port } = JSON.parse(first.out()) as { port: number };
    const second = serve(config, { port });
    await expect(second.done).rejects.toMatchObject({ code: 'ERR_PORT_IN_USE' });
    expect(second.closed()).toBe(1);
    const third = serve(config, { port: 0, hostname: '127.0.0.1.invalid' });
    await expect(third.done).rejects.toMatchObject({ exitCode: 2 });
    first.stop();
    await first.done;
  });

  it('shows faults as one line, with nothing that a terminal would obey', () => {
    expect(
      faultLine(new InfrastructureError('ERR_TEMPORAL_UNREACHABLE', { message: 'a\u001b[2J\nb' })),
    ).toBe('ERR_TEMPORAL_UNREACHABLE: a\\x1b[2J b');
    expect(faultLine('odd')).toBe('ERR_UNEXPECTED: odd');
  });
});
