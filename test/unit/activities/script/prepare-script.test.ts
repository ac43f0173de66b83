import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { bindSteps } from '../../../../src/activities/lib/step.js';
import { prepareScriptStep } from '../../../../src/activities/script/prepare-script.js';
import { NO_DEFINITIONS } from '../../../../src/domain/definitions/definitions.js';
import { ScriptPool } from '../../../../src/rlm/script/script-pool.js';
import { ralphBench, type RalphBench } from '../../../support/ralph-bench.js';
import { scriptOf } from '../../../support/script-bench.js';

const KEY = `ghp_${'a1B2c3D4e5'.repeat(4)}`;

interface Asked {
  readonly source?: string;
  readonly name?: string;
  readonly args?: unknown;
  readonly mayWrite?: boolean;
  readonly mostAgents?: number;
  readonly permissions?: readonly object[];
}

async function prepare(bench: RalphBench, asked: Asked) {
  const { blobs, journal, home } = bench.dependencies;
  const dependencies = { blobs, journal, home, scripts: new ScriptPool(blobs) };
  const { prepareScript } = bindSteps(dependencies, { prepareScript: prepareScriptStep });
  const { source = null, name = null, args = null, permissions = [], ...rest } = asked;
  const definitions = await blobs.put(JSON.stringify({ ...NO_DEFINITIONS, permissions }));
  const input = {
    source,
    name,
    args,
    definitions,
    workspace: bench.prepared.lane,
    mayWrite: true,
    mostAgents: 20,
    nowMs: 5,
    ...rest,
  };
  return new MockActivityEnvironment().run(
    (given: typeof input) => prepareScript(given),
    input,
  ) as ReturnType<typeof prepareScript>;
}

async function write(bench: RalphBench, path: string, text: string) {
  const file = join(bench.lane.root, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
}

describe('the script of a call', () => {
  it('is kept with its arguments, and knows what it may do', async () => {
    const bench = await ralphBench();
    const source = scriptOf('return args.n;');
    const { task } = await prepare(bench, { source, args: { n: 1 }, mayWrite: false });
    if (task === undefined) throw new Error('no task');
    expect(task).toEqual({
      name: 'test',
      path: '',
      source: expect.any(Object),
      args: expect.any(Object),
      budgetTokens: null,
      mostAgents: 20,
      seed: task.source.digest,
      nowMs: 5,
      mayWrite: false,
      profiles: [],
      models: [],
      known: null,
    });
    const { blobs } = bench.dependencies;
    expect(JSON.parse(await blobs.getText(task.source))).toEqual({ text: source, nested: {} });
    expect(await blobs.getText(task.args)).toBe('{"n":1}');
    // the same call leads to the same task: a step that is done again changes nothing
    expect((await prepare(bench, { source, args: { n: 1 }, mayWrite: false })).task).toEqual(task);
    expect((await prepare(bench, { source, mostAgents: 5000 })).task?.mostAgents).toBe(1000);
  });

  it.each([
    ['a syntax error', 'return (;', ['line 2, column 9: Unexpected token']],
    [
      'several unknown names',
      'require("fs");\nfetch("x");',
      ['line 2, column 1: unknown name require', 'line 3, column 1: unknown name fetch'],
    ],
    ['an import', 'import fs from "fs";', ['line 2, column 1: a script imports nothing']],
  ])('with %s is a problem, with every place', async (_, text, problems) => {
    const { problem } = await prepare(await ralphBench(), { source: scriptOf(text) });
    expect(problem).toContain('the script cannot run, and nothing was started:');
    for (const one of problems) expect(problem).toContain(one);
  });

  it('without meta is a problem too', async () => {
    const { problem } = await prepare(await ralphBench(), { source: 'return 1;' });
    expect(problem).toContain('line 1, column 1: a script begins with export const meta');
  });

  it('keeps no key, neither of its text nor of its arguments', async () => {
    const bench = await ralphBench();
    const source = scriptOf(`return '${KEY}';`);
    const { task } = await prepare(bench, { source, args: [KEY] });
    if (task === undefined) throw new Error('no task');
    const { blobs } = bench.dependencies;
    const kept = (await blobs.getText(task.source)) + (await blobs.getText(task.args));
    expect(kept).not.toContain(KEY);
  });

  it('of a name is that of the lane, as the command finds it', async () => {
    const bench = await ralphBench();
    await write(bench, '.claude/workflows/look.js', scriptOf('return 2;'));
    expect((await prepare(bench, { name: 'look' })).task?.path).toBe('.claude/workflows/look.js');
    await write(bench, '.codetether/scripts/look.js', scriptOf('return 1;'));
    const { task } = await prepare(bench, { name: 'look' });
    expect(task?.path).toBe('.codetether/scripts/look.js');
  });

  it('of a name that is absent, a folder, a way out, or may not be read, is a problem', async () => {
    const bench = await ralphBench();
    await mkdir(join(bench.lane.root, '.codetether/scripts/dir.js'), { recursive: true });
    await write(bench, '.codetether/scripts/mine.js', scriptOf('return 1;'));
    await symlink('/etc/passwd', join(bench.lane.root, '.codetether/scripts/out.js'));
    for (const name of ['none', 'dir', 'out'])
      expect(await prepare(bench, { name })).toEqual({
        problem: `there is no script ${name}: looked for .codetether/scripts/${name}.js, .claude/workflows/${name}.js.`,
      });
    const rules = [{ effect: 'deny', tool: 'read', pattern: '.codetether/**' }];
    expect(
      await prepare(bench, {
        name: 'mine',
        permissions: [{ source: 'a.toml', rules, otherwise: 'allow' }],
      }),
    ).toEqual({ problem: expect.stringContaining('a.toml') });
  });
});
