import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveHttp } from '../../src/mcp/serve.js';
import { oauthServer } from '../support/oauth-server.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { servedFolder, serveConfig } from '../support/serve-desk.js';
import { openBao } from '../support/temporal-programs.js';

const program = await openBao();
const executable = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));
const scripted = useScriptedProject((task) => script(task));

/** Reads a file behind the server, and writes what it held. */
function script({ turn, heard, story }: ModelTask): ScriptedReply {
  const name = 'mcp__shelf__read_file';
  if (turn === 0)
    return { calls: [{ name: 'use_tool', arguments: { name, arguments: { path: 'a.txt' } } }] };
  const file = `feature-${story.slice(-1)}.txt`;
  return turn === 1 ? write(file, heard.includes('one') ? 'ok\n' : heard) : done();
}

/** `auth login`, with a browser that says yes. */
async function login(server: string): Promise<{ readonly code: number; readonly shown: string }> {
  const child = spawn(
    process.execPath,
    [executable, '--config', scripted.project.config, 'auth', 'login', server],
    { env: { ...process.env, CODETETHER_HOME: scripted.project.home } },
  );
  let shown = '';
  let isOpened = false;
  const take = (chunk: Buffer): void => {
    shown += chunk.toString('utf8');
    const address = /^http:\/\/\S+\/authorize\S*$/m.exec(shown)?.[0];
    if (address === undefined || isOpened) return;
    isOpened = true;
    void fetch(address);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const code = await new Promise<number>((resolve) =>
    child.once('exit', (exit) => resolve(exit ?? -1)),
  );
  return { code, shown };
}

describe.skipIf(program === null)('a server of tools that wants a login', () => {
  it('is logged in to once; the worker renews the tokens in Vault, run after run', async () => {
    const shelf = await servedFolder({ 'a.txt': 'one\n' });
    const options = { folder: shelf, version: '1', note: () => undefined, port: 0, isOpen: false };
    const { url, token, close } = await serveHttp(await serveConfig(), options);
    onTestFinished(close);
    const server = await oauthServer(url, token ?? '');
    const { project } = scripted;
    appendFileSync(
      project.config,
      `\n[mcp.servers.shelf]\nurl = "${server.url}"\nauth = "oauth"\nread_only = ["*"]\n`,
    );
    expect(await login('mcp/other')).toMatchObject({ code: 2 });
    const first = await login('mcp/shelf');
    expect([first.code, first.shown]).toEqual([0, expect.stringContaining('logged in to shelf')]);
    expect(first.shown).not.toMatch(/\b[ar]t-[0-9a-f]{8}/);
    for (const story of ['US-001', 'US-002']) {
      server.expire();
      const folder = project.repository({ stories: [{ id: story }] });
      const { document } = await project.ralph(folder);
      expect(document.stories).toMatchObject([{ id: story, status: 'passed' }]);
      // the next run begins with what Vault holds
      await project.run(project.root, 'down');
    }
    expect(server.asked).toEqual([
      'register',
      'authorization_code',
      'refresh_token',
      'refresh_token',
    ]);
  });
});
