import { describe, expect, it } from 'vitest';
import { REPL_TOOLS } from '../../../../src/contracts/light/defaults.js';
import { operationCode } from '../../../../src/rlm/operation-code.js';
import { recallTool, rlmTool } from '../../../../src/tools/orchestration/rlm-tools.js';
import { createReplTools } from '../../../../src/tools/orchestration/repl-tools.js';

describe('the tools of a REPL', () => {
  it('are those that agents are offered, each with code behind it, and the workflow runs them', () => {
    const tools = createReplTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual([...REPL_TOOLS].toSorted());
    const args: Readonly<Record<string, object>> = {
      repl: { code: '1' },
      context_head: { lines: 2 },
      context_tail: { lines: 2 },
      context_grep: { pattern: 'a' },
      context_count: { pattern: 'a' },
      context_lines: { from: 1, to: 2 },
      final: { answer: 'x' },
    };
    for (const { name, execution, access } of tools) {
      expect([execution, access]).toEqual(['workflow', 'read']);
      expect(operationCode(name, JSON.stringify(args[name]))).toHaveProperty('code');
    }
  });
});

describe('the tools that ask over what is too large to read', () => {
  it('are started by the workflow, with a title of one line', () => {
    for (const tool of [rlmTool, recallTool])
      expect([tool.execution, tool.execute]).toEqual(['workflow', undefined]);
    const question = `Why?${'x'.repeat(500)}`;
    expect(rlmTool.title({ question, files: [] }).length).toBeLessThan(100);
    expect(recallTool.title({ question }).length).toBeLessThan(100);
    expect(rlmTool.parameters.safeParse({ question: ' ' }).success).toBe(false);
  });
});
