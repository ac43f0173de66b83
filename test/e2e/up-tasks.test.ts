import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const scripted = useScriptedProject((task) => script(task));

function script({ turn, prompt }: ModelTask): ScriptedReply {
  if (!prompt.includes('Attempt')) return { content: 'The answer is ok.' };
  return turn === 0 ? write('feature-1.txt', 'ok\n') : done();
}

interface Up {
  readonly tasks_url: string | null;
  readonly api_port: number;
}

/** The service of the project, started where it does not run. */
async function up(): Promise<Up> {
  const { stdout } = await scripted.project.run(scripted.project.root, 'up', '--json');
  return JSON.parse(stdout) as Up;
}

const CARD = '/.well-known/agent-card.json';

beforeAll(() => {
  const { project } = scripted;
  const folder = project.repository({
    stories: [{ id: 'US-001' }],
    files: { 'codetether.toml': '[[checks]]\nname = "test"\ncommand = "bash test/check.sh"\n' },
  });
  appendFileSync(project.config, `\n[workspaces.demo]\npath = "${folder}"\n`);
});

describe('the service that up started', () => {
  it('takes tasks on this machine: it says where, and our client needs nothing else', async () => {
    const { project } = scripted;
    const { tasks_url: url, api_port: port } = await up();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(statSync(join(project.home, 'temporal', 'serve-token')).mode & 0o777).toBe(0o600);
    const shown = await project.run(project.root, 'up');
    expect(shown.stdout).toContain(`  tasks     ${url} (A2A and /v1/runs, by token)`);
    const a2a = (...args: readonly string[]) => project.run(project.root, 'a2a', ...args);
    const words = ['Write feature-1.txt.', '--workspace', 'demo', '--json'];
    const sent = await a2a('send', String(url), ...words);
    expect([sent.code, sent.stdout]).toEqual([0, expect.stringContaining('"completed"')]);
    const { task_id: id } = JSON.parse(sent.stdout) as { readonly task_id: string };
    const from = ['--task', id, '--last-event-id', '0'];
    const streamed = await a2a('stream', String(url), ...from);
    expect([streamed.code, streamed.stdout]).toEqual([0, expect.stringContaining('completed')]);
    // the name may be answered by another user's process at the other loopback address: it gets no token
    const named = await a2a('stream', `http://localhost:${port}`, ...from);
    expect([named.code, named.stderr]).toEqual([2, expect.stringContaining('ERR_A2A_REFUSED')]);
    const audit = readFileSync(join(project.home, 'logs', 'audit.ndjson'), 'utf8');
    expect(audit).toContain(`"caller":"local"`);
    expect(audit).toContain(id);
  });

  it('lets no other process of the machine in without a token, and no page and no name that was pointed here', async () => {
    const { tasks_url: url } = await up();
    const file = join(scripted.project.home, 'temporal', 'serve-token');
    const token = readFileSync(file, 'utf8').trim();
    const card = (await (await fetch(`${url}${CARD}`)).json()) as Record<string, unknown>;
    expect(card['securitySchemes']).toBeDefined();
    const asked = (headers: Record<string, string>) => fetch(`${url}/v1/runs`, { headers });
    expect((await asked({})).status).toBe(401);
    expect((await asked({ authorization: 'Bearer guessed' })).status).toBe(401);
    const authorization = `Bearer ${token}`;
    expect((await asked({ authorization })).status).toBe(200);
    expect((await asked({ authorization, origin: 'https://evil.example' })).status).toBe(403);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect(await (await fetch(`${url}/metrics`, { headers: { authorization } })).text()).toContain(
      'codetether_open_tasks',
    );
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('takes none where the configuration says so', async () => {
    const { project } = scripted;
    appendFileSync(project.config, '\n[serve]\nwith_up = false\n');
    const { tasks_url: url, api_port: port } = await up();
    expect(url).toBeNull();
    expect((await project.run(project.root, 'up')).stdout).not.toContain('  tasks ');
    expect((await fetch(`http://127.0.0.1:${port}${CARD}`)).status).toBe(404);
    const refused = await project.run(project.root, 'a2a', 'card', `http://127.0.0.1:${port}`);
    expect(refused.code).toBe(3);
  });
});
