import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { endedRun } from '../support/ended-run.js';
import { DOUBLE } from '../support/mcp-bench.js';
import { RalphProject } from '../support/ralph-project.js';
import {
  done,
  startScriptedModel,
  write,
  type ModelTask,
  type ScriptedModel,
  type ScriptedReply,
} from '../support/scripted-model.js';

interface SentRequest {
  readonly tools: unknown;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
}

const use = (input: object): ScriptedReply => ({
  calls: [{ name: 'use_tool', arguments: { ...input } }],
});

/** Looks for a tool, calls it, writes what it said; US-002 calls one that asks the person. */
function script({ turn, heard, story }: ModelTask): ScriptedReply {
  if (story === 'US-002') {
    if (turn === 0) return use({ name: 'mcp__asking__ask', arguments: {} });
    return turn === 1
      ? write('feature-2.txt', heard.includes('accept blue') ? 'ok\n' : heard)
      : done();
  }
  if (turn === 0) return use({ query: 'thing number 137 with widgets' });
  const found = /^(mcp__many__tool_137): /.exec(heard)?.[1];
  if (turn === 1) return use({ name: found ?? 'nothing', arguments: { text: 'ok' } });
  return turn === 2 ? write('feature-1.txt', `${heard.trim()}\n`) : done();
}

let model: ScriptedModel;
let plain: RalphProject;
let served: RalphProject;
const sent: SentRequest[] = [];
/** Between the worker and the model: keeps what was sent, byte by byte. */
const tap = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    sent.push(JSON.parse(body.toString('utf8')) as SentRequest);
    void pass(request.url ?? '', body).then(async (answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
});

function pass(url: string, body: Buffer): Promise<Response> {
  const target = new URL(model.baseUrl);
  const headers = { 'content-type': 'application/json' };
  return fetch(`${target.origin}${url}`, { method: 'POST', headers, body: body.toString('utf8') });
}

function serverToml(name: string, mode: string, more: readonly string[] = []): string {
  const args = [DOUBLE, mode, '200'].map((part) => JSON.stringify(part)).join(', ');
  return [
    '',
    `[mcp.servers.${name}]`,
    `command = ${JSON.stringify(process.execPath)}`,
    `args = [${args}]`,
    `read_paths = [${JSON.stringify(dirname(DOUBLE))}]`,
    ...more,
    '',
  ].join('\n');
}

beforeAll(async () => {
  model = await startScriptedModel(script);
  await new Promise<void>((resolve) => tap.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(tap.address() as AddressInfo).port}/v1`;
  plain = new RalphProject(base);
  served = new RalphProject(base);
  appendFileSync(served.config, serverToml('many', 'many') + serverToml('asking', 'modern'));
});
afterAll(async () => {
  await plain.close();
  await served.close();
  await model.stop();
  tap.close();
});

describe('an agent with servers of tools', () => {
  it('uses one of 200 tools with two turns more, and its requests have the same prefix as without any', async () => {
    const from = sent.length;
    const folder = served.repository({ stories: [{ id: 'US-001' }] });
    const { document } = await served.ralph(folder);
    expect(document).toMatchObject({ status: 'passed', totals: { model_calls: 4 } });
    const withServers = sent.slice(from);
    await plain.ralph(plain.repository({ stories: [{ id: 'US-001' }] }), '--max-attempts', '1');
    const [without] = sent.slice(from + withServers.length);
    const prefix = ({ tools, messages }: SentRequest): string =>
      JSON.stringify([tools, messages.filter(({ role }) => role === 'system')]);
    expect(withServers.length).toBe(4);
    for (const request of withServers) expect(prefix(request)).toBe(without && prefix(without));
    expect(without && prefix(without)).not.toContain('mcp__');
  });

  it('waits for a person whom a server asks, and makes the call with the answer', async () => {
    const folder = served.repository({ stories: [{ id: 'US-002' }] });
    const flags = ['--detach', '--question-wait', '2h'];
    const { document } = await served.ralph(folder, ...flags);
    await vi.waitFor(
      async () => {
        const record = await localRunRecords(served.home).read(document.run_id);
        expect(record?.standstill?.reason).toBe(
          'asks: MCP server asking asks: Which colour? (red | blue)',
        );
      },
      { timeout: 60_000, interval: 50 },
    );
    await served.run(folder, 'runs', 'answer', document.run_id, 'US-002', 'blue');
    expect((await endedRun(served.home, document.run_id)).status).toBe('passed');
  });
});

describe('the commands for servers', () => {
  it('list, test and show their tools', async () => {
    const run = async (...args: readonly string[]) => served.run(served.root, ...args);
    const listed = await run('mcp', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({
      servers: [
        {
          name: 'asking',
          kind: 'stdio',
          folder: 'none',
          network: 'none',
          has_token: false,
          problem: null,
        },
        { name: 'many' },
      ],
    });
    const tested = await run('mcp', 'test', 'asking');
    expect(tested.stdout).toMatch(/^asking: double 2, protocol 2026-07-28, 4 tools \(\d+ tokens/);
    expect((await run('mcp', 'test', 'nothing')).code).toBe(2);
    const tools = await run('tools', 'list', '--mcp', '--json');
    const { tools: names } = JSON.parse(tools.stdout) as { tools: { name: string }[] };
    expect(names.filter(({ name }) => name.startsWith('mcp__')).length).toBe(204);
    const doctor = await run('doctor');
    expect(doctor.stdout).toMatch(
      /mcp: asking \(stdio\), many \(stdio\); codetether mcp test NAME/,
    );
  });
});
