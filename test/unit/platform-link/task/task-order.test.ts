import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  branchName,
  orderOf,
  whyNotOurs,
  type OrderContext,
} from '../../../../src/platform-link/task/task-order.js';
import { readTask, type PlatformTask } from '../../../../src/platform-link/wire/platform-task.js';

const WORKSPACES = new Map([['id-7', 'shop']]);
const CONTEXT: OrderContext = {
  server: 'https://p.example',
  attempt: 1,
  autoApprove: 'safe',
  workspaces: WORKSPACES,
  session: undefined,
};

function taskOf(told: Record<string, unknown> = {}): PlatformTask {
  const task = readTask({ id: 't1', prompt: 'Do it', ...told });
  if (task === undefined) throw new Error('no task');
  return task;
}

const order = (told: Record<string, unknown> = {}, context: Partial<OrderContext> = {}) =>
  orderOf(taskOf(told), { ...CONTEXT, ...context });

describe('the order for a task of a platform', () => {
  it('is a chat without a codebase, and says whose task it is', () => {
    expect(order()).toEqual({
      origin: 'platform',
      skill: 'chat',
      autoApprove: 'safe',
      message: {
        messageId: 'platform/https://p.example/t1',
        role: 'user',
        parts: [{ kind: 'text', text: 'Do it' }],
      },
      platform: { server: 'https://p.example', taskId: 't1' },
    });
  });

  it.each([
    [{ agent_type: 'build', codebase_id: 'id-7' }, 'code'],
    [{ agent_type: 'SWARM' }, 'swarm'],
    [{ agent_type: 'parallel' }, 'swarm'],
    [{ agent_type: 'multi-agent' }, 'swarm'],
    [{ agent_type: 'ralph', codebase_id: 'id-7' }, 'ralph'],
    [{ agent_type: 'rlm' }, 'rlm'],
    [{ agent_type: 'build', metadata: { type: 'rlm' } }, 'rlm'],
    [{ agent_type: 'plan' }, 'chat'],
    [{ agent_type: 'constructor' }, 'chat'],
  ])('of %j asks for %s', (told, skill) => {
    expect(order(told).skill).toBe(skill);
  });

  it('works in the workspace of its codebase, by the id or by the name', () => {
    const place = { kind: 'workspace', name: 'shop' };
    expect(order({ codebase_id: 'id-7' }).place).toEqual(place);
    expect(order({ workspace_id: 'shop' }).place).toEqual(place);
  });

  it('works in a repository by address, without the key in it', () => {
    const told = {
      metadata: { git_url: 'https://user:ghp_key@git.example/a/b.git', base_branch: 'dev' },
    };
    expect(order(told)).toMatchObject({
      skill: 'code',
      place: { kind: 'git', url: 'https://git.example/a/b.git', ref: 'dev' },
    });
    expect(JSON.stringify(order(told))).not.toContain('ghp_key');
  });

  it.each(['not an address', '', 7])('has no place by the address %j', (git_url) => {
    expect(order({ metadata: { git_url } }).place).toBeUndefined();
  });

  it.each([
    ['moonshotai/kimi-k2.5', 'moonshotai/kimi-k2.5'],
    ['zai:glm-5', 'zai/glm-5'],
    ['openrouter:stepfun/step-3.5-flash:free', 'openrouter/stepfun/step-3.5-flash:free'],
    ['openrouter/stepfun/step-3.5-flash:free', 'openrouter/stepfun/step-3.5-flash:free'],
    ['kimi', undefined],
    [':x', undefined],
    ['', undefined],
  ])('names the model %j as %j', (model_ref, expected) => {
    expect(order({ model_ref }).model).toBe(expected);
    expect(order({ metadata: { model_ref } }).model).toBe(expected);
  });

  it('takes limits of a swarm, as far as they are numbers', () => {
    const swarm = { max_subagents: '8', max_steps: 50, timeout: 900 };
    expect(order({ metadata: { swarm } }).limits).toEqual({
      maxSubagents: 8,
      maxTurns: 50,
      timeoutS: 900,
    });
    const wrong = { max_subagents: -1, max_steps: 'many', timeout: 1.5 };
    expect(order({ metadata: { swarm: wrong } }).limits).toBeUndefined();
  });

  it('goes on with the session: conversation, place and branch', () => {
    const session = {
      contextId: 'c1',
      place: { kind: 'workspace', name: 'shop' },
      branch: 'codetether/c1',
      at: '',
    } as const;
    expect(order({}, { session })).toMatchObject({
      skill: 'code',
      contextId: 'c1',
      place: session.place,
      branch: 'codetether/c1',
    });
    expect(order({ metadata: { branch_name: 'fix/7' } }, { session }).branch).toBe('fix/7');
  });

  it('takes the title where there is no prompt, and the PRD as data', () => {
    const prd = { project: 'demo', user_stories: [] };
    expect(order({ prompt: ' ', title: 'A title', metadata: { prd } }).message.parts).toEqual([
      { kind: 'text', text: 'A title' },
      { kind: 'data', data: prd, name: 'prd.json' },
    ]);
  });

  it('asks a reviewer for a verdict', () => {
    const { parts } = order({ metadata: { workflow_stage: 'review' } }).message;
    expect(parts.at(-1)).toMatchObject({
      kind: 'text',
      text: expect.stringContaining('APPROVED, CHANGES_REQUESTED, BLOCKED') as string,
    });
  });

  it('has another message for another attempt, and a short one for a long id', () => {
    expect(order({}, { attempt: 2 }).message.messageId).toBe('platform/https://p.example/t1/2');
    expect(order({ id: 'x'.repeat(256) }).message.messageId.length).toBeLessThan(100);
  });

  it('is the same bytes each time, whatever the platform said', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string({ minLength: 1 }),
        (metadata, prompt) => {
          const task = taskOf({ metadata, prompt });
          const once = JSON.stringify(orderOf(task, CONTEXT));
          expect(JSON.stringify(orderOf(task, CONTEXT))).toBe(once);
        },
      ),
    );
  });
});

describe('a task that is left to others', () => {
  const own = { name: 'me', capabilities: ['persistent'], workspaces: WORKSPACES };
  it.each([
    [{ target_agent_name: 'you' }, 'it is for another agent'],
    [{ metadata: { target_agent_name: 'you' } }, 'it is for another agent'],
    [{ required_capabilities: ['persistent', 'gpu'] }, 'it needs the capability gpu'],
    [{ agent_type: 'register_codebase' }, 'tasks of the kind register_codebase are not done here'],
    [{ agent_type: 'clone_repo' }, 'tasks of the kind clone_repo are not done here'],
    [{ codebase_id: 'of-somebody' }, 'its codebase is none of ours'],
  ])('%j: %s', (told, reason) => {
    expect(whyNotOurs(taskOf(told), own)).toBe(reason);
  });

  it.each([
    [{}],
    [{ target_agent_name: 'me' }],
    [{ required_capabilities: ['persistent'] }],
    [{ codebase_id: 'id-7' }],
    [{ codebase_id: 'shop' }],
    [{ codebase_id: 'of-somebody', metadata: { git_url: 'https://git.example/a.git' } }],
  ])('is not %j', (told) => {
    expect(whyNotOurs(taskOf(told), own)).toBeUndefined();
  });
});

describe('the name of a branch', () => {
  it.each(['main', 'feature/x-1', 'codetether/01J', 'a.b_c'])('may be %j', (name) => {
    expect(branchName(name)).toBe(name);
  });
  it.each([
    '',
    '-x',
    'a..b',
    'a//b',
    '/a',
    'a/',
    'a.lock',
    'a b',
    'a~1',
    'refs@{1}',
    '.a',
    'a.',
    'x'.repeat(201),
    7,
    null,
  ])('may not be %j', (name) => {
    expect(branchName(name)).toBeUndefined();
  });
});
