import { describe, expect, it } from 'vitest';
import { BUILD_TOOLS } from '../../../src/contracts/light/defaults.js';
import type { Config, WorkerSettings } from '../../../src/config/config.js';
import { toolTable } from '../../../src/cli/commands/tools.js';
import { listTools } from '../../../src/upkeep/list-tools.js';

const NO_WEB = configOf({ allow: [], allowPrivate: [], search: null, searchUrl: null });

/** All that the list of built-in agents asks for. */
function configOf(web: WorkerSettings['web']): Config {
  return {
    worker: {
      web,
      mcp: [] as WorkerSettings['mcp'],
      a2a: [] as WorkerSettings['a2a'],
    } as WorkerSettings,
    userFile: '/nonexistent/config.toml',
    home: '/nonexistent',
    permissions: [] as Config['permissions'],
    hooks: [] as Config['hooks'],
  } as Config;
}

describe('the list of tools', () => {
  it('has every tool once, ordered by name, without those of REPLs', async () => {
    const tools = await listTools(NO_WEB);
    const names = tools.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].toSorted());
    expect(names).toEqual(expect.arrayContaining([...BUILD_TOOLS]));
    expect(names).not.toContain('repl');
    expect(tools.find(({ name }) => name === 'bash')).toEqual({
      name: 'bash',
      family: 'run',
      access: 'execute',
      aliases: ['shell', 'exec_command'],
      offered: 'told',
      schemaTokens: expect.any(Number),
      description: expect.stringContaining('bash command'),
    });
    expect(tools.find(({ name }) => name === 'use_tool')?.family).toBe('bridge');
  });

  it('gives an agent what it is told, and behind the bridge what it may do', async () => {
    const told = async (agent: string): Promise<string[]> =>
      (await listTools(NO_WEB, agent))
        .filter(({ offered }) => offered === 'told')
        .map(({ name }) => name);
    expect(await told('story')).toEqual([...BUILD_TOOLS].toSorted());
    expect(await told('explore')).toEqual([
      'glob',
      'grep',
      'list_dir',
      'read_file',
      'todo_read',
      'todo_write',
      'use_tool',
    ]);
    expect(await listTools(NO_WEB, 'answer')).toEqual([]);
    const found = (await listTools(NO_WEB, 'explore')).filter(({ offered }) => offered === 'found');
    const changing = found.filter(({ access }) => access !== 'read');
    expect(changing.map(({ name }) => name)).toEqual(['batch']);
  });

  it('has tools of the web where the configuration names what they may reach', async () => {
    const names = async (web: Partial<WorkerSettings['web']>): Promise<string[]> =>
      (await listTools(configOf({ ...NO_WEB.worker.web, ...web })))
        .filter(({ family }) => family === 'web')
        .map(({ name, offered }) => `${name} ${offered}`);
    expect(await names({})).toEqual([]);
    expect(await names({ allow: ['docs.python.org'] })).toEqual(['webfetch found']);
    expect(await names({ allowPrivate: ['wiki'], search: 'brave' })).toEqual([
      'webfetch found',
      'websearch found',
    ]);
  });

  it('names the agents that there are to who asks for another', async () => {
    await expect(listTools(NO_WEB, 'bild')).rejects.toMatchObject({
      code: 'ERR_AGENT_UNKNOWN',
      hint: 'agents are story, build, general, plan, explore, answer, chat',
    });
  });

  it('is a table for people', () => {
    expect(toolTable([])).toBe('this agent has no tools');
    const table = toolTable([
      {
        name: 'edit',
        family: 'files',
        access: 'write',
        aliases: ['a', 'b'],
        offered: 'told',
        schemaTokens: 90,
        description: 'Edits.',
      },
    ]);
    expect(table.split('\n').map((line) => line.split(/\s{2,}/))).toEqual([
      ['TOOL', 'FAMILY', 'ACCESS', 'OFFERED', 'TOKENS', 'ALSO CALLED'],
      ['edit', 'files', 'write', 'told', '90', 'a, b'],
    ]);
  });
});
