import type { AutoApprove, PermissionRule, PermissionSet } from '../../domain/index.js';

/** Commands of `safe` beside the project's checks: they read, and change nothing outside of the lane. */
const SAFE_COMMANDS = [
  'ls',
  'cat',
  'head',
  'tail',
  'wc',
  'grep',
  'rg',
  'find . -name',
  'git status',
  'git diff',
  'git log',
  'git show',
];

/** Tools that change something, or reach somebody. */
const WRITING = ['edit', 'bash', 'web', 'mcp', 'task', 'swarm', 'ralph', 'script'];
const HARMLESS = [
  'read',
  'search',
  'lsp',
  'edit',
  'batch',
  'use_tool',
  'question',
  'todo_read',
  'todo_write',
  'plan_enter',
  'plan_exit',
  'recall',
  'skill',
  'story_done',
];

/**
 * The rules that a task brings for its agents: `all` adds none; `safe` lets them read, edit in their lane, run checks and reading
 * commands, and nothing else; `none` asks before each call that changes something, which is a durable question. Pure.
 */
export function approvalRules(
  level: AutoApprove | undefined,
  checks: readonly string[],
): PermissionSet[] {
  const source = `auto-approve ${level ?? 'all'}`;
  if (level === 'safe') {
    const commands = [...SAFE_COMMANDS, ...checks.filter((check) => check.length <= 300)];
    const rules = [
      ...HARMLESS.map((tool) => rule('allow', tool)),
      ...commands.map((pattern) => rule('allow', 'bash', pattern)),
    ];
    return [{ source, rules, otherwise: 'deny' }];
  }
  if (level === 'none')
    return [{ source, rules: WRITING.map((tool) => rule('ask', tool)), otherwise: 'allow' }];
  return [];
}

function rule(effect: PermissionRule['effect'], tool: string, pattern?: string): PermissionRule {
  return pattern === undefined ? { effect, tool } : { effect, tool, pattern };
}
