import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endedRun } from '../support/ended-run.js';
import { runningPids } from '../support/kill-random.js';
import { taskServer } from '../support/mcp-task-server.mjs';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const KILLS = 3;
const scripted = useScriptedProject((task) => script(task));
const events: string[] = [];
const answer = taskServer('2026', (event) => void events.push(event));

/** A service elsewhere: it goes on whoever dies here. */
const service = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8');
    const message = (body === '' ? {} : JSON.parse(body)) as { readonly id?: number };
    const given = request.method === 'POST' ? answer(message) : undefined;
    if (given === undefined)
      return void response.writeHead(request.method === 'POST' ? 202 : 405).end();
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...given }));
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  appendFileSync(
    scripted.project.config,
    `\n[mcp.servers.far]\nurl = "http://127.0.0.1:${port}/mcp"\n`,
  );
});
afterAll(() => {
  service.closeAllConnections();
  service.close();
});

/** Has something built elsewhere, and writes down what came of it. */
function script({ turn, heard, story }: ModelTask): ScriptedReply {
  const looks = story === 'US-002' ? 1_000_000 : 12;
  const call = { name: 'mcp__far__build', arguments: { looks } };
  if (turn === 0) return { calls: [{ name: 'use_tool', arguments: call }] };
  const isRight = heard.trim() === 'built';
  return turn === 1 ? write(`feature-${story}.txt`, isRight ? 'ok\n' : heard) : done();
}

const count = (word: string): number => events.filter((event) => event.startsWith(word)).length;
const looksBeyond = (seen: number): Promise<void> =>
  vi.waitFor(() => expect(count('look')).toBeGreaterThan(seen), { timeout: 60_000, interval: 20 });

describe('a task of a server elsewhere', () => {
  it('is begun once and found again by every worker, whenever one is killed', async () => {
    const { project } = scripted;
    const folder = project.repository({ stories: [{ id: 'US-001' }] });
    const { document } = await project.ralph(folder, '--detach');
    for (let kill = 0; kill < KILLS; kill += 1) {
      await looksBeyond(count('look') + 1);
      for (const pid of await runningPids(project.home, ['worker'])) process.kill(pid, 'SIGKILL');
    }
    const { status } = await endedRun(project.home, document.run_id);
    expect([status, count('build'), count('cancel')]).toEqual(['passed', 1, 0]);
  });

  it('is cancelled there when its run is cancelled here', async () => {
    const { project } = scripted;
    const folder = project.repository({ stories: [{ id: 'US-002' }] });
    const { document } = await project.ralph(folder, '--detach');
    await looksBeyond(count('look') + 1);
    await project.run(folder, 'runs', 'cancel', document.run_id);
    const { status } = await endedRun(project.home, document.run_id);
    expect([status, events.at(-1)]).toEqual(['cancelled', 'cancel task-2']);
  });
});
