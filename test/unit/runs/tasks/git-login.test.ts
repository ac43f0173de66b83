import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InfrastructureError, InvalidInputError } from '../../../../src/domain/index.js';
import { redactText } from '../../../../src/observability/index.js';
import { gitLogins } from '../../../../src/runs/tasks/git-login.js';
import { layOutTask } from '../../../../src/runs/tasks/lay-out.js';
import { startGitServer } from '../../../support/git-http-server.js';
import { taskRequest } from '../../../support/task-requests.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const TOKEN = `t0ken'"$(id)\\ %s of a test`;

const missing = new InvalidInputError('ERR_SECRET_MISSING', {
  message: 'Vault holds no key for provider "git/shop"',
  where: { file: 'vault:secret/data/codetether/providers/git%2Fshop' },
});

/** A server that lets one login in, a repository on it, and a home that may clone from it. */
async function setup(readToken: (name: string) => Promise<string>, username = 'bot') {
  const root = await temporaryFolder();
  const folder = join(root, 'shop');
  await mkdir(folder);
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
  git('init', '-q', '-b', 'main');
  await writeFile(join(folder, 'README.md'), '# shop\n');
  git('add', '-A');
  git('-c', 'user.name=T', '-c', 'user.email=t@localhost', 'commit', '-qm', 'start');
  const server = await startGitServer(root, { login: `bot:${TOKEN}` });
  onTestFinished(() => server.stop());
  const home = await temporaryFolder();
  const asked: string[] = [];
  const tasks = {
    workspaces: {},
    gitHosts: [server.host],
    gitCredentials: [{ name: 'shop', host: server.host, username }],
    isPushed: false,
    maxOpen: 1,
    maxOpenPerOwner: 1,
    configFile: null,
  };
  const logins = gitLogins({
    credentials: tasks.gitCredentials,
    readToken: (name) => {
      asked.push(name);
      return readToken(name);
    },
  });
  const place = { kind: 'git' as const, url: `${server.url}/shop/.git` };
  const lay = () => layOutTask(taskRequest({ place }), { home, tasks, logins });
  return { server, lay, asked, logins, place };
}

describe('the login of the service at a server of git', () => {
  it('comes from Vault under its name, whatever characters it has, and is written nowhere', async () => {
    const { lay, asked, server, logins, place } = await setup(() => Promise.resolve(TOKEN));
    const folder = (await lay()) ?? '';
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('# shop\n');
    expect(asked).toEqual(['git/shop']);
    expect(server.logins).toContain(`bot:${TOKEN}`);
    expect(readFileSync(join(folder, '.git', 'config'), 'utf8')).not.toContain('t0ken');
    const { settings } = await logins(place.url);
    expect(settings.join(' ')).not.toContain('t0ken');
    expect(redactText(`git said ${TOKEN}`)).toBe('git said [redacted:git-shop]');
    // git asks a second time with what it was given the first time
    expect((await lay()) ?? '').toBe(folder);
  });

  it('is offered to no other server, and to none on another port', async () => {
    const { logins, server, asked } = await setup(() => Promise.resolve(TOKEN));
    for (const url of ['https://git.example/shop.git', 'http://127.0.0.1:1/shop.git']) {
      const { env, name } = await logins(url);
      expect([env, name]).toEqual([{}, null]);
    }
    expect(asked).toEqual([]);
    const { settings } = await logins(`${server.url}/x.git`);
    expect(settings[1]).toContain(`credential.${server.url}.helper=`);
  });

  it('that is not in Vault rejects the task with its path there', async () => {
    const { lay, server } = await setup(() => Promise.reject(missing));
    await expect(lay()).rejects.toMatchObject({
      code: 'ERR_TASK_GIT_CREDENTIAL',
      isRetryable: false,
      message: `Vault holds no token for ${server.host} at vault:secret/data/codetether/providers/git%2Fshop`,
      hint: expect.stringContaining('codetether auth set git/shop') as string,
    });
    expect(server.logins).toEqual([]);
  });

  it('is waited for while Vault is away', async () => {
    const away = new InfrastructureError('ERR_VAULT_UNREACHABLE', { message: 'no answer' });
    const { lay } = await setup(() => Promise.reject(away));
    await expect(lay()).rejects.toBe(away);
    expect(away.isRetryable).toBe(true);
  });

  it('that the server does not take rejects the task with its name, and never with what it is', async () => {
    const { lay } = await setup(() => Promise.resolve('another-token-of-a-test'));
    const error = await lay().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_TASK_GIT_CREDENTIAL',
      message: expect.stringMatching(/does not take the token git\/shop$/) as string,
    });
    const texts = [error, (error as Error).cause].map(String).join('\n');
    expect(texts).not.toContain('another-token');
  });

  it.each(['', 'two\nlines', 'a\rb', 'a\0b'])('is refused as none: %j', async (token) => {
    const { lay } = await setup(() => Promise.resolve(token));
    await expect(lay()).rejects.toMatchObject({ code: 'ERR_TASK_GIT_CREDENTIAL' });
  });

  it('is missed where nobody configured one', async () => {
    const { server, place } = await setup(() => Promise.resolve(TOKEN));
    const home = await temporaryFolder();
    const logins = gitLogins({ credentials: [], readToken: () => Promise.resolve(TOKEN) });
    const tasks = {
      workspaces: {},
      gitHosts: [server.host],
      gitCredentials: [],
      isPushed: false,
      maxOpen: 1,
      maxOpenPerOwner: 1,
      configFile: null,
    };
    await expect(layOutTask(taskRequest({ place }), { home, tasks, logins })).rejects.toMatchObject(
      {
        code: 'ERR_TASK_GIT_REPOSITORY',
        hint: expect.stringContaining('[tasks.git_credentials.NAME]') as string,
      },
    );
  });
});
