import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serverTable, testScreen } from '../../../src/cli/commands/mcp.js';
import type { Config, WorkerSettings } from '../../../src/config/config.js';
import { listServerTools, listTools } from '../../../src/upkeep/list-tools.js';
import { listMcpServers, testMcpServer } from '../../../src/upkeep/mcp-servers.js';
import { doubleServer } from '../../support/mcp-bench.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mcp-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const environment = { PATH: process.env['PATH'] };

function configOf(mcp: WorkerSettings['mcp']): Config {
  const web = { allow: [], allowPrivate: [], search: null, searchUrl: null };
  const worker = { mcp, web, a2a: [] } as unknown as WorkerSettings;
  return { home, worker, userFile: '/user.toml' } as unknown as Config;
}

const HTTP: WorkerSettings['mcp'][number] = {
  ...doubleServer(''),
  name: 'web',
  transport: { kind: 'http', url: 'https://mcp.example/mcp', auth: 'vault' },
};
const MISSING = {
  ...doubleServer('', { stdio: { command: 'no-such-program', args: ['-x'] } }),
  name: 'gone',
};

describe('the configured servers', () => {
  it('are listed without being asked, with what is wrong with them', () => {
    const stdio = {
      args: [],
      folder: 'read' as const,
      tokenEnv: 'TOKEN',
      network: 'full' as const,
    };
    const servers = listMcpServers(
      configOf([doubleServer('', { stdio }), HTTP, MISSING]),
      environment,
    );
    expect(servers).toEqual([
      {
        name: 'double',
        kind: 'stdio',
        where: process.execPath,
        folder: 'read',
        network: 'full',
        hasToken: true,
        problem: null,
      },
      {
        name: 'web',
        kind: 'http',
        where: 'https://mcp.example/mcp',
        folder: 'none',
        network: 'full',
        hasToken: true,
        problem: null,
      },
      {
        name: 'gone',
        kind: 'stdio',
        where: 'no-such-program -x',
        folder: 'none',
        network: 'none',
        hasToken: false,
        problem: 'no-such-program is not on PATH',
      },
    ]);
    expect(serverTable(servers)).toMatch(
      /web +http +none +full +Vault +https:\/\/mcp\.example\/mcp/,
    );
    expect(serverTable(servers)).toContain('no-such-program -x (no-such-program is not on PATH)');
    expect(serverTable([])).toBe('no servers ([mcp.servers.NAME] of your configuration)');
  });

  it('answer a test with protocol, tools and what these cost', async () => {
    const config = configOf([doubleServer('plain', { readOnly: ['look'] })]);
    const test = await testMcpServer(config, 'double', environment);
    expect(test).toMatchObject({
      name: 'double',
      title: 'double 1',
      protocol: '2025-11-25',
      notes: [],
    });
    expect(test.tools.map(({ name, access, hints }) => [name, access, hints])).toEqual([
      ['echo', 'execute', []],
      ['effect', 'execute', []],
      ['look', 'read', ['read-only']],
      ['ask', 'execute', []],
    ]);
    expect(testScreen(test)).toMatch(
      /^double: double 1, protocol 2025-11-25, 4 tools \(\d+ tokens of schemas, none of them in a request\), \d+ ms\nTOOL/,
    );
    const empty = { ...test, title: '', tools: [], notes: ['it offers no tools'] };
    expect(testScreen(empty)).toMatch(
      /^double: a server without a name, .* 0 tools .*\nnote: it offers no tools$/,
    );
  });

  it('that are not there, or cannot be used, are a typed error', async () => {
    const config = configOf([doubleServer('dies-at-once')]);
    await expect(testMcpServer(config, 'other', environment)).rejects.toMatchObject({
      code: 'ERR_MCP_UNKNOWN',
      exitCode: 2,
      hint: 'servers are double',
    });
    await expect(testMcpServer(configOf([]), 'other', environment)).rejects.toMatchObject({
      hint: 'describe it as [mcp.servers.NAME] in /user.toml',
    });
    await expect(testMcpServer(config, 'double', environment)).rejects.toMatchObject({
      code: 'ERR_MCP_SERVER',
      exitCode: 3,
    });
  });

  it('are in the list of tools by the tool mcp, and with their own where they are asked', async () => {
    const config = configOf([
      doubleServer('plain', { readOnly: ['look'] }),
      { ...doubleServer('dies-at-once'), name: 'broken' },
    ]);
    const own = await listTools(config);
    expect(own.find(({ name }) => name === 'mcp')).toMatchObject({
      family: 'mcp',
      access: 'read',
      offered: 'found',
    });
    expect((await listTools(configOf([]))).some(({ name }) => name === 'mcp')).toBe(false);
    const all = await listServerTools(config);
    expect(all.tools.map(({ name }) => name)).toEqual(
      ['echo', 'effect', 'look', 'ask'].map((tool) => `mcp__double__${tool}`),
    );
    expect(all.notes).toEqual([expect.stringMatching(/^MCP server broken ended with exit code 3/)]);
    const reading = await listServerTools(config, 'explore');
    expect(reading.tools.map(({ name }) => name)).toEqual(['mcp__double__look']);
  });
});
