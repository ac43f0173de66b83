import { describe, expect, it } from 'vitest';
import {
  judgeTool,
  ruledCall,
  ruleNote,
} from '../../../../src/activities/definitions/judge-tool.js';
import { rememberSecret } from '../../../../src/observability/index.js';
import { planEnterTool, planExitTool } from '../../../../src/tools/orchestration/plan-tools.js';
import { prdTool } from '../../../../src/tools/orchestration/prd-tool.js';
import { ralphTool } from '../../../../src/tools/orchestration/ralph-tool.js';
import { skillTool } from '../../../../src/tools/orchestration/skill-tool.js';
import type { PermissionSet } from '../../../../src/domain/definitions/permission.js';
import { toolRegistry } from '../../../support/tool-registry.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const DENY = (tool: string, pattern?: string): PermissionSet => ({
  source: 'a.toml',
  rules: [{ effect: 'deny', tool, ...(pattern === undefined ? {} : { pattern }) }],
  otherwise: 'allow',
});

describe('the judgement of a checked call', () => {
  it('compares paths from the root, wherever the call starts', async () => {
    const { workspace } = await workspaceFixture({ 'app/a.txt': 'x\n' });
    const registry = await toolRegistry();
    const judge = async (path: string, workdir: string) => {
      const call = { id: 'c', name: 'read_file', arguments: JSON.stringify({ path }) };
      const parsed = registry.parseCall(call);
      if (!parsed.isValid) throw new Error(parsed.explanation);
      const place = { ...workspace, workdir };
      return (await judgeTool([DENY('read', 'app/**')], parsed, place)).effect;
    };
    expect(await judge('a.txt', 'app')).toBe('deny');
    expect(await judge('app/a.txt', '.')).toBe('deny');
    expect(await judge('b/../app/a.txt', '.')).toBe('deny');
    expect(await judge(`${workspace.root}/app/a.txt`, '.')).toBe('deny');
    expect(await judge('a.txt', '.')).toBe('allow');
    expect(await judge('@output/abc', '.')).toBe('allow');
    expect(await judge('@output/../app/a.txt', '.')).toBe('deny');
    expect(await judge('@output/0123456789ab/../../app/a.txt', '.')).toBe('deny');
    expect(await judge('@output/0123456789ab\n/../../app/a.txt', '.')).toBe('deny');
  });

  it('takes kept outputs for no files, and only for tools that read them', async () => {
    const { workspace } = await workspaceFixture({});
    const registry = await toolRegistry();
    const judge = async (name: string, input: object) => {
      const parsed = registry.parseCall({ id: 'c', name, arguments: JSON.stringify(input) });
      if (!parsed.isValid) throw new Error(parsed.explanation);
      return (await judgeTool([DENY('*', '@output/**')], parsed, workspace)).effect;
    };
    const path = '@output/0123456789ab';
    expect(await judge('read_file', { path })).toBe('allow');
    expect(await judge('read_file', { path: `${path}.txt` })).toBe('allow');
    expect(await judge('read_file', { path: `${path}.ts` })).toBe('deny');
    expect(await judge('write_file', { path, content: '' })).toBe('deny');
  });

  it('is asked for tools of the workflow too, through the bridge as well; what is no call has none', async () => {
    const registry = await toolRegistry();
    const args = { agent: 'general', description: 'd', prompt: 'p' };
    const ruled = (name: string, text: object) =>
      ruledCall(
        { id: 'c', name, arguments: JSON.stringify(text) },
        [DENY('task', 'general')],
        registry,
      );
    expect(await ruled('task', args)).toEqual({ effect: 'deny', rule: 'task(general) in a.toml' });
    expect(await ruled('use_tool', { name: 'task', arguments: args })).toMatchObject({
      effect: 'deny',
    });
    expect(await ruled('task', { ...args, agent: 'explore' })).toBeUndefined();
    expect(await ruled('task', {})).toBeUndefined();
  });

  it.each<[string, readonly PermissionSet[], string, string]>([
    ['deny mcp__github__*', [DENY('mcp__github__*')], 'deny', 'allow'],
    ['deny one kind of request', [DENY('mcp__github__read')], 'deny', 'allow'],
    ['deny a tool of it', [DENY('mcp__github__create')], 'allow', 'allow'],
    ['deny all servers', [DENY('mcp')], 'deny', 'deny'],
    [
      'ask, and nothing else allowed',
      [
        {
          source: 's',
          otherwise: 'deny',
          rules: [
            { effect: 'allow', tool: 'mcp' },
            { effect: 'ask', tool: 'mcp__github__*' },
          ],
        },
      ],
      'ask',
      'allow',
    ],
  ])('counts what a server is asked for as its tool: %s', async (...row) => {
    const [, sets, github, other] = row;
    const { subjects: _none, ...plain } = skillTool;
    const tool = { ...plain, name: 'mcp' };
    const judge = async (input: object) =>
      (await judgeTool(sets, { tool, input }, undefined)).effect;
    const uri = 'x://y';
    expect(await judge({ action: 'read', server: 'github', uri })).toBe(github);
    expect(await judge({ action: 'read', server: 'other', uri })).toBe(other);
    expect(await judge({ action: 'servers' })).toBe(other);
  });

  it('shows a person the whole call, what cannot be seen included, and no secret', () => {
    rememberSecret('judge', 'sk-very-secret-value-1');
    const note = (input: object) =>
      ruleNote({ effect: 'ask', rule: 'r' }, { tool: skillTool, input });
    expect(note({ name: 'a\u200Bb' })?.call).not.toContain('\u200B');
    expect(note({ name: 'sk-very-secret-value-1' })?.call).not.toContain('secret-value');
    expect(note({ name: 'x'.repeat(2000) })).toEqual({ effect: 'ask', rule: 'r' });
    expect(ruleNote({ effect: 'allow', rule: '' }, { tool: skillTool, input: {} })).toBeUndefined();
  });

  it('sees of each tool what it reaches for', () => {
    expect(skillTool.subjects?.({ name: 'a' })).toEqual(['a']);
    expect(skillTool.subjects?.({})).toEqual([]);
    expect(prdTool.subjects?.({ action: 'save' })).toEqual(['prd.json']);
    expect(prdTool.subjects?.({ action: 'analyze' })).toEqual([]);
    expect(ralphTool.subjects?.({ action: 'run', prd_path: 'a.json' })).toEqual(['a.json']);
    expect(planEnterTool.title({ goal: 'g' })).toBe('plan_enter: g');
    expect(
      [planEnterTool, planExitTool].map(({ access, isDeferred }) => [access, isDeferred]),
    ).toEqual([
      ['read', true],
      ['read', true],
    ]);
  });
});
