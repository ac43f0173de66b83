import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workerSettingsSchema } from '../../../src/config/config.js';
import { loadConfig } from '../../../src/config/load.js';
import { examineProjectFiles, trustProjectFile } from '../../../src/config/trust/project-trust.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const userFile = () => join(folder, 'xdg/codetether-agent/config.toml');
const projectFile = () => join(folder, 'project/codetether.toml');
const environment = () => ({
  HOME: folder,
  XDG_CONFIG_HOME: join(folder, 'xdg'),
  CODETETHER_HOME: join(folder, 'home'),
});

async function servers(user: string, project = '') {
  for (const [path, text] of [
    [userFile(), user],
    [projectFile(), project],
  ] as const) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const config = await loadConfig({ project: dirname(projectFile()), environment: environment() });
  return config.worker.mcp;
}

const DEFAULTS = {
  allow: null,
  deny: [],
  readOnly: [],
  idempotent: [],
  timeoutMs: 60_000,
  taskTimeoutMs: 43_200_000,
  startTimeoutMs: 30_000,
  maxOutputBytes: 51_200,
};

describe('servers of tools in a configuration', () => {
  it('are none where nobody names one', async () => {
    expect(await servers('')).toEqual([]);
    expect(workerSettingsSchema.shape.mcp.parse(undefined)).toEqual([]);
  });

  it('get nothing that is not written, and come in the order of their names', async () => {
    const found = await servers(
      '[mcp.servers.web]\nurl = "https://mcp.example/mcp"\n[mcp.servers.git]\ncommand = "mcp-server-git"\n',
    );
    expect(found).toEqual([
      {
        ...DEFAULTS,
        name: 'git',
        transport: {
          kind: 'stdio',
          command: 'mcp-server-git',
          args: [],
          env: [],
          tokenEnv: null,
          folder: 'none',
          network: 'none',
          readPaths: [],
        },
      },
      {
        ...DEFAULTS,
        name: 'web',
        transport: { kind: 'http', url: 'https://mcp.example/mcp', auth: 'none' },
      },
    ]);
    expect(workerSettingsSchema.shape.mcp.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
  });

  it('are read whole, with paths from the folder of the file', async () => {
    const [server] = await servers(
      `[mcp.servers.own]
command = "./bin/server"
args = ["--stdio"]
env = ["LANG"]
token_env = "TOKEN"
folder = "write"
network = "full"
read_paths = ["lib", "/opt/lib"]
allow = ["a*"]
deny = ["ab"]
read_only = ["aa"]
idempotent = ["ac"]
timeout_s = 1.5
start_timeout_s = 2
max_output = 2048
`,
    );
    const base = dirname(userFile());
    expect(server).toEqual({
      name: 'own',
      transport: {
        kind: 'stdio',
        command: join(base, 'bin/server'),
        args: ['--stdio'],
        env: ['LANG'],
        tokenEnv: 'TOKEN',
        folder: 'write',
        network: 'full',
        readPaths: [join(base, 'lib'), '/opt/lib'],
      },
      allow: ['a*'],
      deny: ['ab'],
      readOnly: ['aa'],
      idempotent: ['ac'],
      timeoutMs: 1500,
      taskTimeoutMs: 43_200_000,
      startTimeoutMs: 2000,
      maxOutputBytes: 2048,
    });
  });

  it.each([
    ['neither program nor address', 'timeout_s = 1', /either command or url/],
    ['both', 'command = "a"\nurl = "https://a.example"', /either command or url/],
    ['an address without encryption elsewhere', 'url = "http://a.example/mcp"', /https/],
    ['another protocol', 'url = "ftp://a.example"', /http/],
    ['keys of a program beside an address', 'url = "https://a.example"\nargs = []', /none of args/],
    ['auth beside a program', 'command = "a"\nauth = "vault"', /token_env/],
    [
      'headers in a file',
      'url = "https://a.example"\nheaders = { x = "y" }',
      /unknown key headers/,
    ],
    ['a variable that is none', 'command = "a"\nenv = ["A=B"]', /name of a variable/],
    ['an hour and more', 'command = "a"\ntimeout_s = 3601', /3600/],
    ['an unknown folder', 'command = "a"\nfolder = "all"', /folder/i],
  ])('are refused with %s', async (_, lines, expected) => {
    await expect(servers(`[mcp.servers.a]\n${lines}\n`)).rejects.toMatchObject({
      message: expect.stringMatching(/./),
      exitCode: 2,
    });
    const error: unknown = await servers(`[mcp.servers.a]\n${lines}\n`).catch(
      (reason: unknown) => reason,
    );
    const { message, where } = error as { message: string; where: { field: string } };
    expect(`${where.field} ${message}`).toMatch(expected);
  });

  it.each(['A', 'a__b', '-a', 'a.b', 'x'.repeat(33)])(
    'have names that fit into those of tools: not %s',
    async (name) => {
      await expect(servers(`[mcp.servers."${name}"]\ncommand = "a"\n`)).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
      });
    },
  );

  it('of a project need the person’s trust, and replace one of the person’s as a whole', async () => {
    const user =
      '[mcp.servers.a]\ncommand = "mine"\nread_only = ["*"]\n[mcp.servers.b]\ncommand = "b"\n';
    const project = '[mcp.servers.a]\ncommand = "theirs"\n';
    await expect(servers(user, project)).rejects.toMatchObject({ code: 'ERR_CONFIG_UNTRUSTED' });
    const [examined] = await examineProjectFiles(join(folder, 'home'), projectFile());
    expect(examined?.settings).toEqual([{ key: 'mcp.servers.a.command', value: 'theirs' }]);
    if (examined !== undefined) await trustProjectFile(join(folder, 'home'), examined);
    const found = await servers(user, project);
    expect(
      found.map(({ name, transport, readOnly }) => [
        name,
        transport.kind === 'stdio' && transport.command,
        readOnly,
      ]),
    ).toEqual([
      ['a', 'theirs', []],
      ['b', 'b', []],
    ]);
  });
});
