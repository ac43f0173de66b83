import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { a2aAgent } from '../support/a2a-agent.js';
import { runCommand } from '../support/service-home.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** The command line with a configuration that names the agent. */
async function client() {
  const { url, told } = await a2aAgent();
  const folder = await temporaryFolder();
  const config = join(folder, 'config.toml');
  writeFileSync(config, `[a2a.agents.echo]\nurl = "${url}"\n`);
  const run = (...words: string[]) =>
    runCommand(
      ['--config', config, 'a2a', ...words],
      { CODETETHER_HOME: join(folder, 'home') },
      folder,
    );
  const document = async (...words: string[]) =>
    JSON.parse((await run(...words, '--json')).stdout) as Record<string, unknown>;
  return { url, told, folder, run, document };
}

describe.each(['jsonrpc', 'rest'])('the client of the command line, by %s', (transport) => {
  it('shows, sends, follows, answers, lists and cancels', async () => {
    const { run, document, url, told, folder } = await client();
    const way = ['--transport', transport];
    expect((await run('card', url, ...way)).stdout).toMatch(/^echo 1\.2\.3\nsays it again\n/);
    const sent = await run(
      'send',
      'echo',
      'hello',
      '--skill',
      'code',
      '--workspace',
      'shop',
      ...way,
    );
    expect(sent.code).toBe(0);
    expect(sent.stdout).toContain('completed');
    expect(sent.stdout).toContain('--- echo.txt\nhello');
    expect(told[0]?.metadata).toEqual({ skill: 'code', workspace: 'shop' });
    writeFileSync(join(folder, 'prd.json'), '{"stories":[]}');
    const prd = await document('send', 'echo', '-f', 'prd.json', '--no-wait', ...way);
    expect(prd['task_id']).toEqual(expect.any(String));
    const stream = await run('stream', 'echo', 'hello', '--json', ...way);
    const kinds = stream.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds).toEqual(['task', 'status', 'artifact', 'status']);
    const asked = await run('send', 'echo', 'ask', '--json', ...way);
    expect(asked.code).toBe(1);
    const { task_id: task } = JSON.parse(asked.stdout) as { task_id: string };
    expect((await run('send', 'echo', 'yes', '--task', task, ...way)).code).toBe(0);
    expect(await document('get', 'echo', task, ...way)).toMatchObject({ state: 'completed' });
    const { task_id: open } = await document('send', 'echo', 'work', '--no-wait', ...way);
    expect((await run('cancel', 'echo', String(open), ...way)).code).toBe(0);
    const list = await document('list', 'echo', '--state', 'canceled', ...way);
    expect(list).toMatchObject({ tasks: [{ task_id: open }], total: 1 });
  }, 100_000);
});

describe('the client of the command line', () => {
  it('ends with the code that fits', async () => {
    const { run } = await client();
    const failed = await run('send', 'echo', 'fail');
    expect([failed.code, failed.stdout]).toEqual([1, expect.stringContaining('no good')]);
    const unknown = await run('get', 'echo', 'nobody', '--json');
    expect(unknown.code).toBe(2);
    expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: 'ERR_A2A_REFUSED' } });
    expect((await run('card', 'nobody')).stderr).toContain('ERR_A2A_UNKNOWN');
    expect((await run('card', 'http://agent.example')).code).toBe(2);
    expect((await run('card', 'http://127.0.0.1:1')).code).toBe(3);
    expect((await run('send', 'echo')).stderr).toContain('ERR_A2A_MESSAGE');
    expect((await run('stream', 'echo', 'x', '--last-event-id', '3')).code).toBe(2);
  }, 60_000);
});
