import { describe, expect, it } from 'vitest';
import { hookSchema, hooksFor } from '../../../../src/domain/definitions/hook.js';

const isRun = (matcher: string | undefined, tool: string): boolean => {
  const hook = hookSchema.parse({ event: 'pre_tool', matcher, command: 'true', source: 's' });
  return hooksFor([hook], 'pre_tool', tool).length === 1;
};

describe('the matcher of a hook', () => {
  it.each([
    [undefined, ['bash', 'mcp__a__b']],
    ['', ['bash']],
    ['*', ['edit']],
    ['.*', ['edit', 'mcp__a__b']],
    [
      'Edit|Write',
      ['edit', 'write_file', 'apply_patch', 'multiedit', 'confirm_edit', 'lsp_rename'],
    ],
    ['^Edit$', ['edit', 'apply_patch']],
    ['Bash', ['bash', 'bash_input']],
    ['Read', ['read_file', 'grep']],
    ['apply_patch', ['apply_patch']],
    ['mcp', ['mcp__a__b', 'mcp']],
    ['mcp__a__.*', ['mcp__a__b']],
    ['web_*', ['web_x']],
  ])('%j is about %j', (matcher, tools) => {
    expect(tools.filter((tool) => !isRun(matcher, tool))).toEqual([]);
  });

  it.each([
    ['Edit|Write', ['bash', 'read_file', 'bash_input', 'mcp__a__b']],
    ['Bash', ['edit', 'bash_output']],
    ['Write', ['edit']],
    ['apply_patch', ['edit']],
    ['mcp__a__.*', ['mcp__b__a']],
    ['nothing', ['edit', 'mcp__a__b', 'unknown']],
  ])('%j is not about %j', (matcher, tools) => {
    expect(tools.filter((tool) => isRun(matcher, tool))).toEqual([]);
  });
});
