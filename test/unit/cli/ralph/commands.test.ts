import { Command } from 'commander';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addRalphDiffCommand } from '../../../../src/cli/ralph/diff.js';
import { addRalphDiscardCommand } from '../../../../src/cli/ralph/discard.js';
import { addLimitOptions, parseCount } from '../../../../src/cli/ralph/limit-options.js';
import { addRalphMergeCommand, splitList } from '../../../../src/cli/ralph/merge.js';
import {
  addRalphCreateCommand,
  addRalphValidateCommand,
} from '../../../../src/cli/ralph/prd-commands.js';
import { addRalphCommand } from '../../../../src/cli/ralph/ralph.js';
import { addReportCommand } from '../../../../src/cli/ralph/report.js';
import { addAttachCommand, addRunsCommand } from '../../../../src/cli/ralph/run-commands.js';
import { addRalphRunCommand } from '../../../../src/cli/ralph/run.js';
import { addSteeringCommands } from '../../../../src/cli/ralph/steering-commands.js';
import { commandBench } from '../../../support/command-bench.js';
import { runRecord } from '../../../support/run-records.js';
import { saveRunRecord } from '../../../support/saved-records.js';

const RUN = '01jfgh00000000000000000001';

describe('a command about a run that nobody knows', () => {
  it.each([
    ['ralph', ['diff', RUN], addRalphDiffCommand],
    ['ralph', ['discard', RUN], addRalphDiscardCommand],
    ['ralph', ['merge', RUN], addRalphMergeCommand],
    ['ralph', ['report', RUN], addReportCommand],
    ['runs', ['pause', RUN], addSteeringCommands],
    ['runs', ['resume', RUN, '--budget-usd', '2'], addSteeringCommands],
    ['runs', ['skip', RUN, 'US-001'], addSteeringCommands],
    ['runs', ['retry', RUN, 'US-001'], addSteeringCommands],
    [undefined, ['runs', 'show', RUN], addRunsCommand],
    [undefined, ['runs', 'logs', RUN], addRunsCommand],
    [undefined, ['runs', 'cancel', RUN], addRunsCommand],
    [undefined, ['attach', RUN], addAttachCommand],
    [undefined, ['ralph', 'status', RUN], addRalphCommand],
  ] as const)('%s %j ends with 2 and starts nothing', async (family, words, add) => {
    const bench = await commandBench(add, family);
    const { code, out } = await bench.run(
      ...(family === undefined ? [] : [family]),
      ...words,
      '--json',
    );
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'ERR_RUN_NOT_FOUND' } });
  });
});

describe('commands about a run that has ended', () => {
  it('list, show and report it, as text and as JSON', async () => {
    const { run, home } = await commandBench(addRunsCommand);
    expect((await run('runs', 'list')).out).toMatch(/^no runs yet/);
    await saveRunRecord(home, runRecord({ runId: RUN }));
    const list = JSON.parse((await run('runs', 'list', '--json')).out) as object;
    expect(list).toMatchObject({ runs: [{ run_id: RUN, status: 'passed' }] });
    expect((await run('runs', 'list')).out).toContain(`${RUN}  passed  1/1`);
    expect((await run('runs', 'show', RUN)).out).toContain(RUN);
    const { out } = await run('runs', 'report', RUN, '--format', 'markdown');
    expect(out).toContain('US-001');
  });

  it('write a report to a new file alone', async () => {
    const { run, home, folder } = await commandBench(addReportCommand, 'ralph');
    await saveRunRecord(home, runRecord({ runId: RUN }));
    const file = join(folder, 'report.md');
    expect((await run('ralph', 'report', RUN, '-o', file)).code).toBe(0);
    const first = await readFile(file, 'utf8');
    expect(first).toContain('US-001');
    await writeFile(file, 'mine');
    const again = await run('ralph', 'report', RUN, '-o', file);
    expect([again.code, await readFile(file, 'utf8')]).toEqual([2, 'mine']);
    expect((await run('ralph', 'report', RUN, '-o', file, '--force')).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(first);
    expect((await run('ralph', 'report', RUN, '--format', 'pdf')).code).toBe(2);
  });
});

describe('ralph run', () => {
  it.each([
    [['--max-attempts', '0']],
    [['--parallel', '1000']],
    [['--budget-usd', '-1']],
    [['--setup-network', 'everything']],
    [['-p', 'absent.json']],
  ])('refuses %j before it starts anything', async (words) => {
    const { run } = await commandBench(addRalphRunCommand, 'ralph');
    expect((await run('ralph', 'run', ...words)).code).toBe(2);
  });
});

describe('a PRD', () => {
  it('is made from a template, and is told to be valid', async () => {
    const create = await commandBench(addRalphCreateCommand, 'ralph');
    const file = join(create.folder, 'prd.json');
    const words = ['ralph', 'create-prd', '-f', 'Login', '--project-name', 'shop', '-o', file];
    expect((await create.run(...words)).code).toBe(0);
    expect((await create.run(...words)).code).toBe(2);
    const { run } = await commandBench(addRalphValidateCommand, 'ralph');
    const { code, out } = await run('ralph', 'validate', '-p', file, '--json');
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      { valid: true, project: 'shop', feature: 'Login' },
    ]);
  });

  it('from a template needs a name for the project', async () => {
    const { run } = await commandBench(addRalphCreateCommand, 'ralph');
    const { code, err } = await run('ralph', 'create-prd', '-f', 'Login');
    expect(code).toBe(2);
    expect(err).toContain('a template needs --project-name');
  });

  it('with problems ends with 2 and names each with its place', async () => {
    const { run, folder } = await commandBench(addRalphValidateCommand, 'ralph');
    await writeFile(join(folder, 'prd.json'), '{"user_stories": [}');
    const { code, out } = await run('ralph', 'validate', '--json');
    expect([code, JSON.parse(out)]).toMatchObject([2, { valid: false, problems: [{ line: 1 }] }]);
  });
});

describe('limits on the command line', () => {
  const parse = (...words: readonly string[]) =>
    addLimitOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }))
      .parse(['node', 'x', ...words])
      .opts<Record<string, unknown>>();

  it('are numbers above 0', () => {
    expect(parse('--budget-usd', '2.50', '--budget-tokens', '9', '--max-calls', '3')).toMatchObject(
      {
        budgetUsd: 2.5,
        budgetTokens: 9,
        maxCalls: 3,
      },
    );
    for (const text of ['0', '-1', '1.5', '', 'x', 'Infinity', 'NaN'])
      expect(() => parseCount(text), text).toThrow('expected a whole number above 0');
    for (const text of ['0', '-2', '', ' ', 'free', 'Infinity'])
      expect(() => parse('--budget-usd', text), text).toThrow(/US dollars above 0/);
    expect(() => parse('--parallel', '999')).toThrow(/at most \d+ stories/);
  });

  it('of stories are a list, however it is given', () => {
    expect(splitList(' US-1, ,US-2', ['US-0'])).toEqual(['US-0', 'US-1', 'US-2']);
    expect(splitList(',')).toEqual([]);
  });
});
