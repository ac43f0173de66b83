import { describe, expect, it } from 'vitest';
import { judgeCall, parsePermissionRule, ruleText } from '../../../../src/domain/index.js';
import { approvalRules } from '../../../../src/runs/tasks/auto-approve.js';

const effect = (level: 'all' | 'safe' | 'none', tool: string, ...subjects: string[]): string =>
  judgeCall(approvalRules(level, ['npm test']), { tool, subjects }).effect;

describe('what a task may do without asking', () => {
  it('is everything with all, and where nobody says', () => {
    expect(approvalRules('all', [])).toEqual([]);
    expect(approvalRules(undefined, [])).toEqual([]);
  });

  it.each([
    ['read_file', 'src/a.ts', 'allow'],
    ['grep', 'src', 'allow'],
    ['write_file', 'src/a.ts', 'allow'],
    ['bash', 'npm test', 'allow'],
    ['bash', 'git diff HEAD', 'allow'],
    ['bash', 'git push origin main', 'deny'],
    ['bash', 'npm test && curl http://example.org', 'deny'],
    ['bash', 'ls; rm -rf .', 'deny'],
    ['webfetch', 'example.org', 'deny'],
    ['mcp__github__create_issue', '', 'deny'],
    ['swarm', '', 'deny'],
    ['story_done', '', 'allow'],
    ['question', '', 'allow'],
  ])('with safe %s(%s) is: %s', (tool, subject, expected) => {
    expect(effect('safe', tool, ...(subject === '' ? [] : [subject]))).toBe(expected);
  });

  it.each([
    ['read_file', 'src/a.ts', 'allow'],
    ['edit', 'src/a.ts', 'ask'],
    ['write_file', 'src/a.ts', 'ask'],
    ['bash', 'ls', 'ask'],
    ['webfetch', 'example.org', 'ask'],
    ['mcp__github__create_issue', '', 'ask'],
    ['swarm', '', 'ask'],
    ['story_done', '', 'allow'],
  ])('with none %s(%s) is: %s', (tool, subject, expected) => {
    expect(effect('none', tool, ...(subject === '' ? [] : [subject]))).toBe(expected);
  });

  it('is said in rules that people could write', () => {
    for (const level of ['safe', 'none'] as const)
      for (const rule of approvalRules(level, ['npm test']).flatMap(({ rules }) => rules))
        expect(parsePermissionRule(ruleText(rule), rule.effect)).toEqual(rule);
  });
});
