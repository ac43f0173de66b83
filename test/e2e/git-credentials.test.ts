import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskView } from '../../src/domain/index.js';
import { createVaultSecrets } from '../../src/platform/secrets/vault-secrets.js';
import type { OpenTasks } from '../../src/runs/index.js';
import { startGitServer, type GitHttpServer } from '../support/git-http-server.js';
import { startDevBao, type DevBao } from '../support/open-bao.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { runCommand } from '../support/service-home.js';
import { openProjectTasks, updatesOf, words } from '../support/task-access.js';
import { openBao } from '../support/temporal-programs.js';

const program = await openBao();
const ME = { name: 'me' };
const TOKEN = 'git-token-of-a-test-5d4c3b';
const POLICY = 'path "secret/data/codetether/providers/*" { capabilities = ["read"] }';

const scripted = useScriptedProject(script);

function script({ turn, prompt }: ModelTask): ScriptedReply {
  if (!prompt.includes('Attempt')) return { content: 'The answer is ok.' };
  return turn === 0 ? write('feature-1.txt', 'ok\n') : done();
}

describe.skipIf(program === null)('a repository that wants a login', () => {
  let bao: DevBao;
  let open: OpenTasks;
  let server: GitHttpServer;
  let folder: string;

  beforeAll(async () => {
    const { project } = scripted;
    bao = await startDevBao(program ?? '');
    await bao.root.write('sys/policies/acl/reader', { policy: POLICY });
    const secrets = createVaultSecrets({
      client: bao.root,
      mount: 'secret',
      path: 'codetether/providers',
    });
    await secrets.storeProviderSecret('git/shop', { api_key: TOKEN });
    server = await startGitServer(project.root, { login: `bot:${TOKEN}` });
    folder = project.repository({
      stories: [{ id: 'US-001' }],
      files: { 'codetether.toml': '[[checks]]\nname = "test"\ncommand = "bash test/check.sh"\n' },
    });
    appendFileSync(
      project.config,
      [
        `\n[vault]\naddress = "${bao.address}"`,
        `[tasks]\ngit_hosts = ["${server.host}", "localhost:${server.host.split(':')[1]}"]\npush = true`,
        `[tasks.git_credentials.shop]\nhost = "${server.host}"\nusername = "bot"`,
        `[tasks.git_credentials.other]\nhost = "localhost:${server.host.split(':')[1]}"\n`,
      ].join('\n'),
    );
    const up = await runCommand(
      ['--config', project.config, 'up'],
      { CODETETHER_HOME: project.home, VAULT_TOKEN: await bao.token({ policies: ['reader'] }) },
      project.root,
    );
    expect([up.code, up.stderr]).toEqual([0, expect.any(String)]);
    open = await openProjectTasks(project);
  });

  afterAll(async () => {
    await open?.close();
    await server?.stop();
    await bao?.stop();
  });

  async function workOn(url: string): Promise<TaskView> {
    const { taskId } = await open.tasks.submit(ME, {
      origin: 'a2a',
      skill: 'code',
      place: { kind: 'git', url },
      message: words('Write feature-1.txt.'),
    });
    await updatesOf(open.tasks, { owner: ME.name, taskId });
    return open.tasks.get(ME, taskId);
  }

  it('is cloned with the token that Vault holds, and the branch is pushed with it; it stands in no file of the home', async () => {
    const end = await workOn(`${server.url}/${folder.split('/').at(-1)}/.git`);
    expect([end.state, end.text]).toEqual([
      'completed',
      expect.stringContaining(`branch codetether/${end.contextId} is pushed`),
    ]);
    expect(scripted.project.git(folder, 'show', `codetether/${end.contextId}:feature-1.txt`)).toBe(
      'ok',
    );
    expect(new Set(server.logins.filter((login) => login !== undefined))).toEqual(
      new Set([`bot:${TOKEN}`]),
    );
    expect(filesWith(scripted.project.home, TOKEN)).toEqual([]);
    expect(JSON.stringify(end)).not.toContain(TOKEN);
  });

  it('is rejected with the path in Vault where there is no token', async () => {
    const { port } = new URL(server.url);
    const end = await workOn(`http://localhost:${port}/${folder.split('/').at(-1)}/.git`);
    expect([end.state, end.text]).toEqual([
      'rejected',
      expect.stringMatching(
        /^ERR_TASK_GIT_CREDENTIAL: Vault holds no token for localhost:\d+ at vault:secret\/data\/codetether\/providers\/git%2Fother/,
      ),
    ]);
  });
});

/** Files below a folder that hold a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !existsSync(path)) return [];
    return readFileSync(path, 'latin1').includes(text) ? [path] : [];
  });
}
