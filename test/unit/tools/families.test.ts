import { describe, expect, it } from 'vitest';
import { REPL_TOOLS } from '../../../src/contracts/light/defaults.js';
import { createFileTools } from '../../../src/tools/files/family.js';
import { createOrchestrationTools } from '../../../src/tools/orchestration/family.js';
import { createSearchTools } from '../../../src/tools/search/family.js';
import type { AnyTool } from '../../../src/tools/tool.js';

function facts(tools: readonly AnyTool[]) {
  return tools.map(({ name, execution, access, execute }) => [
    name,
    execution,
    access,
    execute !== undefined,
  ]);
}

describe('the families of tools', () => {
  it('say of each tool where it runs, what it may do, and whether an activity has work with it', () => {
    expect(facts(createFileTools())).toEqual([
      ['confirm_edit', 'local', 'write', true],
      ['edit', 'local', 'write', true],
      ['list_dir', 'local', 'read', true],
      ['multiedit', 'local', 'write', true],
      ['read_file', 'local', 'read', true],
      ['write_file', 'local', 'write', true],
    ]);
    expect(facts(createSearchTools())).toEqual([
      ['codesearch', 'activity', 'read', true],
      ['glob', 'local', 'read', true],
      ['grep', 'local', 'read', true],
    ]);
    expect(facts(createOrchestrationTools())).toEqual([
      ['agent', 'workflow', 'read', false],
      ['plan_enter', 'workflow', 'read', false],
      ['plan_exit', 'workflow', 'read', false],
      ['prd', 'local', 'write', true],
      ['question', 'workflow', 'read', false],
      ['ralph', 'workflow', 'execute', false],
      ['recall', 'workflow', 'execute', false],
      ['rlm', 'workflow', 'execute', false],
      ['script', 'workflow', 'execute', false],
      ['skill', 'local', 'read', true],
      ['story_done', 'workflow', 'write', false],
      ['swarm', 'workflow', 'execute', false],
      ['task', 'workflow', 'execute', false],
      ['todo_read', 'workflow', 'read', false],
      ['todo_write', 'workflow', 'write', false],
      ...REPL_TOOLS.map((name) => [name, 'workflow', 'read', false]),
    ]);
  });

  it('give no two tools the same name or alias', () => {
    const tools = [...createFileTools(), ...createSearchTools(), ...createOrchestrationTools()];
    const names = tools.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });
});
