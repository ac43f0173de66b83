import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { examineProjectFiles, trustProjectFile } from '../../../src/config/trust/project-trust.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const userFile = () => join(folder, 'xdg/codetether-agent/config.toml');
const projectFile = () => join(folder, 'project/codetether.toml');

async function load(user: string, project = '') {
  for (const [path, text] of [
    [userFile(), user],
    [projectFile(), project],
  ] as const) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const environment = {
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'xdg'),
    CODETETHER_HOME: join(folder, 'home'),
  };
  return loadConfig({ project: dirname(projectFile()), environment });
}

const AGENT = '[a2a.agents.build-host]\nurl = "https://agent.example"\n';

describe('agents elsewhere in a configuration', () => {
  it('are none where nobody names one', async () => {
    expect((await load('')).worker.a2a).toEqual([]);
  });

  it('get nothing that is not written', async () => {
    expect(
      (
        await load(
          `[a2a.agents.zeta]\nurl = "http://127.0.0.1:4096"\nauth = "vault"\ntransport = "rest"\nrepeats_sends = true\ntimeout_s = 5\nmax_output = 2048\n${AGENT}`,
        )
      ).worker.a2a,
    ).toEqual([
      {
        name: 'build-host',
        url: 'https://agent.example',
        auth: 'none',
        transport: null,
        repeatsSends: false,
        timeoutMs: 30_000,
        maxOutputBytes: 51_200,
      },
      {
        name: 'zeta',
        url: 'http://127.0.0.1:4096',
        auth: 'vault',
        transport: 'rest',
        repeatsSends: true,
        timeoutMs: 5000,
        maxOutputBytes: 2048,
      },
    ]);
  });

  it.each([
    ['[a2a.agents.x]\n', /expected an http or https URL/],
    ['[a2a.agents.x]\nurl = "http://agent.example"\n', /expected an https URL/],
    ['[a2a.agents.x]\nurl = "ftp://agent.example"\n', /expected an http or https URL/],
    ['[a2a.agents."X Y"]\nurl = "https://a.example"\n', /invalid key in record/],
    [`${AGENT}token = "t"\n`, /unknown key token/],
  ])('are refused: %j', async (text, message) => {
    await expect(load(text)).rejects.toMatchObject({ exitCode: 2 });
    await expect(load(text)).rejects.toThrow(message);
  });

  it('of a project need the trust of its user', async () => {
    await expect(load('', AGENT)).rejects.toMatchObject({ code: 'ERR_CONFIG_UNTRUSTED' });
    const [file] = await examineProjectFiles(join(folder, 'home'), projectFile());
    if (file === undefined) throw new Error('a file');
    await trustProjectFile(join(folder, 'home'), file);
    expect((await load('', AGENT)).worker.a2a.map(({ name }) => name)).toEqual(['build-host']);
  });

  it('are no keys of the earlier tool, which are ignored with a word', async () => {
    const config = await load('[a2a]\nserver_url = "https://x"\n');
    expect(config.worker.a2a).toEqual([]);
    expect(config.warnings.join()).toMatch(/a2a is ignored: use \[platform\] server/);
  });
});
