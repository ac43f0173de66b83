import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { createToolRegistry } from '../../../src/tools/registry.js';
import { foreignParameters } from '../../../src/tools/tool-schema.js';
import { defineTool } from '../../../src/tools/tool.js';
import { BUILD_TOOLS } from '../../../src/contracts/light/defaults.js';
import { toolRegistry } from '../../support/tool-registry.js';

const registry = await toolRegistry();
const call = (name: string, input: unknown): { id: string; name: string; arguments: string } => ({
  id: 'c1',
  name,
  arguments: typeof input === 'string' ? input : JSON.stringify(input),
});

describe('the tool registry', () => {
  it('tells the build agent its tools in at most 1,300 tokens, with the same bytes every time', () => {
    const schemas = registry.toolSchemas(BUILD_TOOLS);
    const text = JSON.stringify(schemas);
    expect(schemas.map((schema) => schema.name)).toEqual([...BUILD_TOOLS].toSorted());
    expect(countTokens(text)).toBeLessThanOrEqual(1300);
    expect(JSON.stringify(registry.toolSchemas([...BUILD_TOOLS].toReversed()))).toBe(text);
  });

  it('gives plain JSON Schemas that require what must be there', () => {
    expect(registry.toolSchemas(['edit'])[0]?.parameters).toEqual({
      type: 'object',
      properties: {
        path: { type: 'string' },
        old_string: {
          type: 'string',
          description: 'exact text, without line numbers; must match one place',
        },
        new_string: { type: 'string' },
        replace_all: { type: 'boolean' },
      },
      required: ['path', 'old_string', 'new_string'],
    });
    expect(registry.toolSchemas(['story_done'])[0]?.parameters['required']).toEqual([
      'status',
      'summary',
    ]);
  });

  it.each([
    ['read', 'read_file'],
    ['write', 'write_file'],
    ['list', 'list_dir'],
    ['todoread', 'todo_read'],
    ['todowrite', 'todo_write'],
  ])('knows %s as %s', (alias, name) => {
    expect(registry.get(alias)?.name).toBe(name);
  });

  it('describes a call without its arguments, and a workflow call with them', () => {
    expect(registry.describeCall(call('bash', { command: 'npm\ntest', timeout_s: 7 }), 2)).toEqual({
      id: 'c1',
      name: 'bash',
      index: 2,
      execution: 'activity',
      access: 'execute',
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
      title: 'bash: npm test',
      timeoutMs: 7000,
    });
    expect(
      registry.describeCall(call('story_done', { status: 'done', summary: 's' }), 0),
    ).toMatchObject({
      execution: 'workflow',
      arguments: '{"status":"done","summary":"s","learnings":[],"blockers":[]}',
    });
  });

  it('gives calls that mean the same one digest', () => {
    const left = registry.describeCall(call('grep', '{"pattern":"a","path":"b"}'), 0);
    const right = registry.describeCall(call('grep', '{ "path": "b", "pattern": "a" }'), 5);
    expect(left.digest).toBe(right.digest);
    expect(registry.describeCall(call('grep', { pattern: 'x' }), 0).digest).not.toBe(left.digest);
  });

  it.each([
    [
      'an unknown tool',
      call('read_fil', {}),
      'There is no tool "read_fil". Did you mean read_file? Tools: agent, apply_patch, bash, bash_input, bash_kill, bash_output, batch,',
    ],
    ['broken JSON', call('bash', '{"command": "x'), 'bash: the arguments are not JSON ('],
    [
      'a missing field',
      call('edit', { path: 'a', old_string: 'b' }),
      'edit: the arguments do not fit. new_string: ',
    ],
    [
      'a wrong type deep inside',
      call('todo_write', { todos: [{ content: 'x', status: 'maybe' }] }),
      'todos.0.status: ',
    ],
    ['a list for an object', call('glob', '[]'), 'glob: the arguments do not fit. arguments: '],
  ])('answers %s with an explanation and never throws', (_name, bad, expected) => {
    expect(registry.describeCall(bad, 0)).toMatchObject({
      execution: 'invalid',
      access: 'read',
      index: 0,
    });
    expect(registry.explainInvalid(bad)).toContain(expected);
  });

  it('shows how a call should look', () => {
    expect(registry.explainInvalid(call('todo_write', {}))).toContain(
      'Example: {"todos":[{"content":"…","status":"pending"}]}',
    );
  });

  it('cuts titles at 80 characters', () => {
    expect(registry.describeCall(call('bash', { command: 'x'.repeat(200) }), 0).title).toHaveLength(
      80,
    );
  });
});

describe('tools with a schema of their own', () => {
  const inputSchema = {
    type: 'object',
    properties: {
      target: { anyOf: [{ type: 'string' }, { type: 'integer' }], description: 'name or number' },
      node: { $ref: '#/$defs/node' },
    },
    required: ['target'],
    $defs: { node: { type: 'object', properties: { child: { $ref: '#/$defs/node' } } } },
    $comment: 'costs tokens',
  };
  const foreign = createToolRegistry([
    defineTool({
      name: 'foreign',
      description: 'Comes from elsewhere.',
      ...foreignParameters(inputSchema),
      execution: 'activity',
      access: 'read',
      title: () => 'foreign',
    }),
  ]);
  const call = (value: unknown) =>
    foreign.parseCall({ id: 'c', name: 'foreign', arguments: JSON.stringify(value) });

  it('tell the model their choices and references, and nothing that only costs tokens', () => {
    const { $comment: _comment, ...told } = inputSchema;
    expect(foreign.toolSchemas(['foreign'])).toEqual([
      { name: 'foreign', description: 'Comes from elsewhere.', parameters: told },
    ]);
  });

  it('are checked by it, with an example of the first choice', () => {
    expect(call({ target: 7, node: { child: {} } })).toMatchObject({ isValid: true });
    for (const bad of [{}, { target: true }, { target: 'x', node: { child: 3 } }])
      expect(call(bad)).toMatchObject({
        isValid: false,
        explanation: expect.stringContaining('Example: {"target":"…"}'),
      });
  });

  it('are refused by name when nothing can be checked with it', () => {
    expect(() =>
      foreignParameters({ type: 'object', properties: { a: { $ref: '#/nowhere' } } }),
    ).toThrow(expect.objectContaining({ code: 'ERR_TOOL_SCHEMA' }));
  });
});
