import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { knownEndsSchema } from '../../../../src/domain/script/script-journal.js';
import { addToScript } from '../../../../src/platform/storage/repl-journal.js';
import { commandStores } from '../../../../src/runs/results/command-stores.js';
import {
  planScriptRun,
  storeKnown,
  storeSource,
  type ScriptFlags,
} from '../../../../src/runs/script/plan-script-run.js';
import { findScript } from '../../../../src/runs/script/find-script.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';
import { namedScript, scriptFiles } from '../../../support/script-files.js';

async function setup() {
  const files = await scriptFiles();
  const { repository, config } = files;
  const { blobs } = commandStores(config);
  const plan = (wanted: string, flags: ScriptFlags = {}, cwd = repository) =>
    planScriptRun(wanted, { checks: false, ...flags }, { config, cwd });
  const read = async (ref: Parameters<typeof blobs.getText>[0] | undefined) =>
    JSON.parse(ref === undefined ? 'null' : await blobs.getText(ref)) as unknown;
  return { ...files, plan, read, blobs };
}

describe('a script that is about to run', () => {
  it('is laid out with its text, its arguments and its limits, and nothing is changed', async () => {
    const { repository, save, plan, read } = await setup();
    const path = await save('one', namedScript('one', 'return workflow("two");'));
    await save('two');
    const before = Date.now();
    const { input, script, workflowId, estimate } = await plan('one', {
      args: '{ "n": 1 }',
      budgetTokens: 5000,
      maxAgents: 7,
    });
    expect([script.path, workflowId, estimate]).toEqual([
      path,
      expect.stringMatching(/^script\/.+\/[0-9a-z]{26}$/),
      // nobody knows what a program will ask for
      undefined,
    ]);
    const { script: task } = input;
    expect(task).toMatchObject({
      name: 'one',
      path,
      budgetTokens: 5000,
      mostAgents: 7,
      mayWrite: true,
      profiles: [],
      models: [],
      known: null,
    });
    expect(task?.nowMs).toBeGreaterThanOrEqual(before);
    expect(await read(task?.args)).toEqual({ n: 1 });
    expect(await read(task?.source)).toEqual({
      text: await readFile(path, 'utf8'),
      nested: { one: await readFile(path, 'utf8'), two: namedScript('two') },
    });
    expect(input).toMatchObject({
      task: 'one: does one',
      strategy: 'none',
      planned: 'script',
      subtasks: [],
      isConfirmed: true,
      repository,
      branch: expect.stringMatching(/^script\/one-/),
      options: { parallel: 20, budget: { tokens: 5000 } },
    });
  });

  it('has no arguments, and the limits of all, where nobody says otherwise', async () => {
    const { save, plan, read } = await setup();
    await save('one');
    const { script: task } = (await plan('one')).input;
    expect([await read(task?.args), task?.mostAgents, task?.budgetTokens]).toEqual([
      null,
      1000,
      null,
    ]);
  });

  it('takes its arguments from a file', async () => {
    const { save, write, plan, read } = await setup();
    await save('one');
    await write('args.json', '[1, {"a": "ü"}]');
    const { input } = await plan('one', { args: '@args.json' });
    expect(await read(input.script?.args)).toEqual([1, { a: 'ü' }]);
  });

  it('is refused when its arguments are no JSON, too long, or a file that is not there', async () => {
    const { save, plan } = await setup();
    await save('one');
    for (const [args, message] of [
      ['{a: 1}', '--args is no JSON: '],
      ['', '--args is no JSON: '],
      [JSON.stringify('x'.repeat(256 * 1024)), '--args has more than 256 KiB'],
      ['@gone.json', '--args names a file that is not there: /'],
    ] as const)
      await expect(plan('one', { args })).rejects.toMatchObject({
        code: 'ERR_USAGE',
        message: expect.stringContaining(message),
        where: { field: '--args' },
      });
  });

  it('is refused as a script that is none is', async () => {
    const { save, plan } = await setup();
    await expect(plan('gone')).rejects.toMatchObject({ code: 'ERR_SCRIPT_UNKNOWN' });
    await save('bad', 'return 1;');
    await expect(plan('bad')).rejects.toMatchObject({ code: 'ERR_SCRIPT_INVALID' });
  });

  it('has the models that it names, and a note for names of other tools', async () => {
    const { save, plan } = await setup();
    const call = (model: string) => `await agent('x', { model: '${model}' });`;
    await save('one', namedScript('one', `${call('openai/gpt-5-mini')} ${call('opus')}`));
    const { input } = await plan('one');
    expect(input.script?.models).toEqual([
      {
        name: 'openai/gpt-5-mini',
        model: { provider: 'openai', model: 'gpt-5-mini' },
        contextWindow: expect.any(Number),
      },
    ]);
    expect(input.notes).toContainEqual(
      expect.stringMatching(/^the script names opus, which no provider here has: /),
    );
    await save('two', namedScript('two', call('nobody/none')));
    await expect(plan('two')).rejects.toMatchObject({
      where: { file: expect.stringMatching(/two\.js$/), line: 2 },
    });
  });

  it('only reads where there is no repository', async () => {
    const { write, plan, home } = await setup();
    const path = await write('one.js', namedScript('one'));
    const { input } = await plan(path, {}, home);
    expect([input.hasFiles, input.script?.mayWrite]).toEqual([false, false]);
  });
});

describe('what is stored of a script', () => {
  it('is itself and those that it may start, as far as there is room', async () => {
    const { repository, config, save, read } = await setup();
    const wide = (name: string) => namedScript(name, `//${'x'.repeat(255 * 1024)}\nreturn 1;`);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await save(name, wide(name));
    const script = await findScript('e', { repository, cwd: repository });
    const { source } = await storeSource(script, { repository, config, args: 'null' });
    const { nested } = (await read(source)) as { nested: object };
    expect(Object.keys(nested)).toEqual(['a', 'b', 'c', 'd', 'e']);
    await save('f', wide('f'));
    const again = await storeSource(script, { repository, config, args: 'null' });
    const { nested: most } = (await read(again.source)) as { nested: object };
    expect(Object.keys(most)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is what a journal has paid for, and nothing where it has not', async () => {
    const blobs = new MemoryBlobs();
    expect(await storeKnown({ journal: null, known: null }, blobs)).toBeNull();
    const chains = [{ id: 0, chain: 'c' }];
    const begun = await addToScript(null, { ends: null, chains, hash: '' }, blobs);
    expect(await storeKnown({ journal: begun, known: null }, blobs)).toBeNull();
    const ends = [{ id: 0, spent: 1, value: '1' }];
    const ended = await addToScript(begun, { ends, chains: [], hash: '' }, blobs);
    const known = await storeKnown({ journal: ended, known: null }, blobs);
    const stored = known === null ? '[]' : await blobs.getText(known);
    expect(knownEndsSchema.parse(JSON.parse(stored))).toEqual([
      { chain: 'c', nth: 0, at: 0, spent: 1, value: '1' },
    ]);
    expect(await storeKnown({ journal: null, known }, blobs)).toEqual(known);
  });
});
