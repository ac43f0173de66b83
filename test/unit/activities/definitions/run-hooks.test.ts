import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { runHooksStep } from '../../../../src/activities/definitions/hook-steps.js';
import { runHooks } from '../../../../src/activities/definitions/run-hooks.js';
import { bindSteps } from '../../../../src/activities/lib/step.js';
import { runRuled } from '../../../../src/activities/tool/ruled-call.js';
import { NO_DEFINITIONS } from '../../../../src/domain/definitions/definitions.js';
import type { Hook } from '../../../../src/domain/definitions/hook.js';
import { runHookCommand } from '../../../../src/tools/run/hook-command.js';
import { readFileTool } from '../../../../src/tools/files/read-file.js';
import { toolContext } from '../../../support/tool-context.js';
import { ralphBench } from '../../../support/ralph-bench.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const hook = (command: string, fields: Partial<Hook> = {}): Hook => ({
  event: 'stop',
  command,
  timeoutS: 20,
  source: '/me',
  ...fields,
});

async function bench() {
  const { dependencies, prepared, lane } = await ralphBench({ 'a.txt': 'one\n' });
  const hookServices = { sandbox: dependencies.sandbox, masked: [dependencies.home] };
  return {
    dependencies: { ...dependencies, hookServices },
    workspace: prepared.lane,
    lane,
    hookServices,
  };
}

describe('hooks of a moment', () => {
  it('run once for a key, and say what they wrote', async () => {
    const { dependencies, workspace, lane } = await bench();
    const moment = {
      event: 'stop' as const,
      facts: { agent: 'build' },
      workspace,
      key: { scope: 's', step: 1, index: 0 },
      from: 100,
      signal: new AbortController().signal,
    };
    const hooks = [
      hook('echo x >> count; echo one'),
      hook('echo two'),
      hook('true', { event: 'pre_tool' }),
    ];
    const end = await runHooks(dependencies, { hooks }, moment);
    expect(end).toMatchObject({
      denial: undefined,
      added: 'one\ntwo',
      runs: [{ said: 'one' }, { said: 'two' }],
    });
    expect(await runHooks(dependencies, { hooks }, moment)).toEqual(end);
    expect(await readFile(join(lane.root, 'count'), 'utf8')).toBe('x\n');
  });

  it('of a step are told to the workflow with what they wrote as a blob', async () => {
    const { dependencies, workspace } = await bench();
    const { runHooks: run } = bindSteps(dependencies, { runHooks: runHooksStep });
    const call = async (command: string, step: number) => {
      const definitions = await dependencies.blobs.put(
        JSON.stringify({ ...NO_DEFINITIONS, hooks: [hook(command)] }),
      );
      const key = { scope: 's', step, index: 0 };
      const input = {
        key,
        runId: 'r',
        events: [],
        event: 'stop' as const,
        workspace,
        definitions,
        facts: {},
      };
      return new MockActivityEnvironment().run(
        (given: typeof input) => run(given),
        input,
      ) as ReturnType<typeof run>;
    };
    const passed = await call('echo told', 1);
    expect(passed.denial).toBeUndefined();
    expect(passed.added === undefined ? '' : await dependencies.blobs.getText(passed.added)).toBe(
      'told',
    );
    expect(await call('echo no >&2; exit 2', 2)).toMatchObject({
      denial: 'no',
      runs: [{ outcome: 'denied' }],
    });
    expect(await call('exit 7', 3)).toMatchObject({
      runs: [{ outcome: 'failed', said: 'exit 7' }],
    });
  });

  it('keep what they write apart from what goes wrong', async () => {
    const { hookServices } = await bench();
    const { workspace } = await workspaceFixture({});
    const place = {
      step: { scope: 'h', step: 1, index: 0 },
      workspace,
      signal: new AbortController().signal,
    };
    const command = 'cat; echo wrong >&2; exit 3';
    const end = await runHookCommand(
      hookServices,
      { command, timeoutMs: 20_000, stdin: '{"a":1}' },
      place,
    );
    expect(end).toEqual({ exitCode: 3, out: '{"a":1}', error: 'wrong\n' });
  });
});

describe('a ruled call', () => {
  it('is carried out where nobody defined anything, without a hook or a rule', async () => {
    const { dependencies } = await bench();
    const { workspace } = await workspaceFixture({ 'a.txt': 'one\n' });
    const context = toolContext(workspace);
    const ruled = {
      checked: { tool: readFileTool, input: { path: 'a.txt' } },
      digest: 'd',
      definitions: NO_DEFINITIONS,
      context,
      workspace: { id: 'repo/lane-1', workdir: '.' },
      position: undefined,
      approved: undefined,
      loadedSkills: [],
      facts: {},
    };
    const output = await runRuled(dependencies, ruled);
    expect(output).toMatchObject({ text: '1\tone', isError: false });
    expect(output).not.toHaveProperty('hooks');
    const rules = [{ effect: 'deny' as const, tool: 'read' }];
    const permissions = [{ source: 'a', rules, otherwise: 'allow' as const }];
    const denied = await runRuled(dependencies, {
      ...ruled,
      definitions: { ...NO_DEFINITIONS, permissions },
    });
    expect(denied.ruled).toEqual({ effect: 'deny', rule: 'read in a' });
  });
});
