import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BUILD_TOOLS } from '../../../src/contracts/light/defaults.js';
import { bridgedCall } from '../../../src/tools/bridge/bridged-call.js';
import { createBridgeTool } from '../../../src/tools/bridge/use-tool.js';
import { createToolFinder } from '../../../src/tools/bridge/find-tools.js';
import { createToolRegistry } from '../../../src/tools/registry.js';
import { defineTool, type AnyTool, type ToolContext } from '../../../src/tools/tool.js';

const call = (name: string, input: unknown) => ({
  id: 'c1',
  name,
  arguments: typeof input === 'string' ? input : JSON.stringify(input),
});

function tool(name: string, more: Partial<AnyTool> = {}): AnyTool {
  return {
    ...defineTool({
      name,
      description: `Does ${name.replaceAll('_', ' ')}.`,
      parameters: z.object({ path: z.string(), limit: z.number().int().optional() }),
      execution: 'local',
      access: 'read',
      title: ({ path }) => `${name}: ${path}`,
    }),
    ...more,
  };
}

const registry = createToolRegistry([
  tool('read_file'),
  tool('apply_patch', { isDeferred: true, access: 'write', aliases: ['patch'] }),
  tool('web_fetch', { isDeferred: true, execution: 'activity' }),
  tool('plan_enter', { isDeferred: true, execution: 'workflow' }),
]);

async function search(query: unknown): Promise<{ text: string; isError: boolean }> {
  const parsed = registry.parseCall(call('use_tool', { query }));
  if (!parsed.isValid || parsed.tool.execute === undefined) throw new Error('not a search');
  return parsed.tool.execute(parsed.input, {
    workspace: { root: '/nowhere' },
  } as unknown as ToolContext);
}

describe('a call through the bridge', () => {
  it.each([
    ['an object', { name: 'apply_patch', arguments: { path: 'a' } }],
    ['JSON text', { name: 'apply_patch', arguments: '{"path":"a"}' }],
    ['beside the name', { name: 'apply_patch', path: 'a' }],
    [
      'with a query that it does not need',
      { name: 'apply_patch', query: 'x', arguments: { path: 'a' } },
    ],
    ['spaces round the name', { name: ' apply_patch ', arguments: { path: 'a' } }],
  ])('is a call of the tool that it names: %s', (_, input) => {
    expect(registry.describeCall(call('use_tool', input), 3)).toEqual(
      registry.describeCall(call('apply_patch', { path: 'a' }), 3),
    );
    expect(registry.describeCall(call('use_tool', input), 3)).toMatchObject({
      id: 'c1',
      name: 'apply_patch',
      execution: 'local',
      access: 'write',
      index: 3,
      title: 'apply_patch: a',
    });
  });

  it('keeps what the workflow decides with its arguments, and knows aliases', () => {
    expect(
      registry.describeCall(call('use_tool', { name: 'plan_enter', arguments: { path: 'p' } }), 0),
    ).toMatchObject({ execution: 'workflow', name: 'plan_enter', arguments: '{"path":"p"}' });
    expect(
      registry.describeCall(call('use_tool', { name: 'patch', arguments: { path: 'p' } }), 0),
    ).toMatchObject({ name: 'apply_patch' });
  });

  it('shows the whole schema to who gets the arguments wrong, having never seen it', () => {
    const parsed = registry.parseCall(call('use_tool', { name: 'web_fetch', arguments: {} }));
    expect(parsed).toEqual({
      isValid: false,
      explanation: expect.stringMatching(
        /^web_fetch: .*path.*\narguments: \{"type":"object","properties":\{"path".*"required":\["path"\]\}$/s,
      ),
    });
  });

  it.each([
    ['an unknown tool', { name: 'aply_patch', arguments: {} }, /Did you mean apply_patch\?/],
    ['itself', { name: 'use_tool', arguments: { name: 'read_file' } }, /./],
    ['a name that is no text', { name: 7 }, /name/],
    ['no JSON', 'query me', /not JSON/],
    ['a list', '[]', /arguments/],
    ['nothing but depth', `{"name":"read_file","arguments":${'['.repeat(100_000)}`, /nested/],
  ])('answers %s', (_, input, words) => {
    const written = call('use_tool', input);
    const parsed = registry.parseCall(written);
    const text = parsed.isValid ? parsed.tool.name : parsed.explanation;
    expect(text).toMatch(words);
    expect(() => registry.describeCall(written, 0)).not.toThrow();
  });

  it('is no call of anything else than an own property says', () => {
    expect(bridgedCall(call('use_tool', '{"__proto__":{"name":"read_file"}}'))).toBeNull();
  });
});

describe('a search through the bridge', () => {
  it('shows the best matches with their arguments and how to call one', async () => {
    const { text, isError } = await search('apply a patch');
    expect(isError).toBe(false);
    expect(text).toMatch(/^apply_patch: Does apply patch\.\narguments: \{"type":"object"/);
    expect(text).toMatch(
      /\n\nCall one with use_tool \{"name": "apply_patch", "arguments": \{…\}\}\.$/,
    );
    expect(text).not.toContain('read_file');
  });

  it('names all of them when nothing matches, and asks for words when there are none', async () => {
    expect(await search('zzzz')).toEqual({
      isError: true,
      text: 'No tool matches these words. Tools: apply_patch, web_fetch, plan_enter.',
    });
    expect((await search('')).text).toMatch(/^Say what you look for in query\./);
  });

  it('finds one of 200 foreign tools by words of its description or an argument', () => {
    const nouns = [
      'issue',
      'branch',
      'label',
      'release',
      'comment',
      'milestone',
      'runner',
      'secret',
      'gist',
      'team',
    ];
    const verbs = [
      'create',
      'list',
      'delete',
      'update',
      'close',
      'search',
      'lock',
      'export',
      'archive',
      'restore',
    ];
    const tools = ['hub', 'lab'].flatMap((server) =>
      verbs.flatMap((verb) =>
        nouns.map((noun) => ({
          name: `${server}_${verb}_${noun}`,
          description: `${verb} a ${noun} of a repository on ${server}`,
          parameters: { properties: { [`${noun}_id`]: {} } },
        })),
      ),
    );
    const finder = createToolFinder(tools);
    for (const { name, description } of tools) {
      expect(finder.find(name).map((found) => found.name)).toEqual([name]);
      expect(finder.find(description)[0]?.name).toBe(name);
    }
    expect(finder.find('x'.repeat(100_000))).toEqual([]);
  });

  it('has a text that names no tool, and stays the same whatever is added', () => {
    const [alone] = createToolRegistry([]).toolSchemas(['use_tool']);
    expect(alone?.description).toBe(createBridgeTool(() => []).description);
    expect(registry.toolSchemas(['use_tool'])[0]).toEqual(alone);
    expect(BUILD_TOOLS).toContain('use_tool');
  });
});
