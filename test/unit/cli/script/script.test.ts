import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addReadingCommands } from '../../../../src/cli/script/reading-commands.js';
import { addRetryCommand } from '../../../../src/cli/script/retry.js';
import { addScriptCommand } from '../../../../src/cli/script/script.js';
import { commandBench } from '../../../support/command-bench.js';
import { runRecord } from '../../../support/run-records.js';
import { saveRunRecord } from '../../../support/saved-records.js';
import { namedScript } from '../../../support/script-files.js';
import { userGit } from '../../../support/ralph-bench.js';

const RUN = '01jfgh00000000000000000001';
const HOSTILE = 'x\u001b[2J\u202e';

async function bench() {
  const made = await commandBench(addScriptCommand);
  userGit(made.folder, 'init', '--quiet');
  const place = join(made.folder, '.codetether', 'scripts');
  await mkdir(place, { recursive: true });
  const save = async (name: string, text = namedScript(name)): Promise<string> => {
    const path = join(place, `${name}.js`);
    await writeFile(path, text);
    return path;
  };
  return { ...made, save, script: (...words: string[]) => made.run('script', ...words) };
}

describe('codetether script', () => {
  it('has a family, each with an example', () => {
    const found: string[] = [];
    const see = (command: Command): void => {
      for (const one of command.commands) {
        let help = '';
        one.configureOutput({ writeOut: (text) => void (help += text) });
        one.outputHelp();
        expect(help).toContain('Example');
        found.push(`${command.name()} ${one.name()}`);
      }
    };
    return commandBench((parent) => {
      addScriptCommand(parent);
      for (const script of parent.commands) see(script);
      expect(found).toEqual([
        'script run',
        'script retry',
        'script list',
        'script show',
        'script check',
      ]);
      const other = parent.command('other');
      addReadingCommands(other);
      addRetryCommand(other);
      expect(other.commands.map((one) => one.name())).toEqual(['list', 'show', 'check', 'retry']);
    }).then((made) => made.run('script', 'list'));
  });
});

describe('script list', () => {
  it('tells what can be started, and what is not usable, apart', async () => {
    const { save, script } = await bench();
    expect(await script('list')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('no scripts: write one into .codetether/scripts/NAME.js'),
    });
    const path = await save('one');
    const bad = await save('bad', 'const = 1');
    const { code, out, err } = await script('list');
    expect([code, out]).toEqual([0, `one  does one\n  ${path}\n`]);
    expect(err).toContain(`not usable: ${bad}:1:7 Unexpected token`);
  });

  it('is one document where it is asked for', async () => {
    const { save, script } = await bench();
    const path = await save('one');
    await save('bad', 'const = 1');
    const { out } = await script('list', '--json');
    expect(JSON.parse(out)).toEqual({
      scripts: [{ name: 'one', description: 'does one', phases: [], path }],
      broken: [
        {
          path: expect.stringMatching(/bad\.js$/),
          problems: [{ line: 1, column: 7, message: 'Unexpected token' }],
        },
      ],
    });
  });

  it('shows nothing that a terminal would obey', async () => {
    const { save, script } = await bench();
    await save('one', `export const meta = { name: 'one', description: '${HOSTILE}' }\n`);
    for (const words of [
      ['list'],
      ['show', 'one'],
      ['list', '--json'],
      ['show', 'one', '--json'],
    ]) {
      const { out, code } = await script(...words);
      expect([code, out]).toEqual([0, expect.not.stringMatching(/(?!\n)\p{Cc}|\u202e/u)]);
    }
  });
});

describe('script show and check', () => {
  it('say what a script is, whole and in short', async () => {
    const { save, script } = await bench();
    const path = await save('one');
    const text = namedScript('one');
    expect(await script('show', 'one')).toMatchObject({
      code: 0,
      out: `one: does one\n${path}\n\n${text}\n`,
    });
    expect(JSON.parse((await script('show', 'one', '--json')).out)).toMatchObject({
      name: 'one',
      path,
      text,
    });
    expect(await script('check', 'one')).toMatchObject({ code: 0, out: `one can run (${path})\n` });
    expect(JSON.parse((await script('check', 'one', '--json')).out)).toEqual({
      name: 'one',
      path,
      problems: [],
    });
  });

  it.each(['show', 'check', 'run'])('%s ends with 2 for a script that is none', async (verb) => {
    const { save, script } = await bench();
    const none = await script(verb, 'gone');
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('ERR_SCRIPT_UNKNOWN')]);
    await save('bad', `${namedScript('bad')}fetch("x");\n`);
    const bad = await script(verb, 'bad');
    expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('ERR_SCRIPT_INVALID')]);
    expect(bad.err).toContain('line 3, column 1: unknown name fetch: a script has no network');
  });

  it('tell a problem in JSON with its place', async () => {
    const { save, script } = await bench();
    await save('bad', 'const = 1');
    const { code, out } = await script('check', 'bad', '--json');
    expect([code, JSON.parse(out)]).toEqual([
      2,
      { error: expect.objectContaining({ code: 'ERR_SCRIPT_INVALID' }) },
    ]);
  });
});

describe('script run', () => {
  it.each([
    [['--max-agents', '1001'], /1000/],
    [['--max-agents', '0'], /--max-agents/],
    [['--max-parallel', 'many'], /--max-parallel/],
    [['--budget-tokens', '-1'], /--budget-tokens/],
    [['--args', '{'], /--args is no JSON/],
    [['--args', '@gone.json'], /--args|gone\.json/],
    [['--wrong'], /unknown option/],
  ])('refuses %j before anything starts', async (words, message) => {
    const { save, script } = await bench();
    await save('one');
    const { code, err } = await script('run', 'one', ...words);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('script retry', () => {
  it('ends with 2 for a run that there is not, or that is no script', async () => {
    const { home, script } = await bench();
    const gone = await script('retry', RUN);
    expect([gone.code, gone.err]).toEqual([2, expect.stringContaining('ERR_RUN_NOT_FOUND')]);
    await saveRunRecord(home, runRecord({ runId: RUN }));
    const other = await script('retry', RUN);
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('is no script')]);
  });

  it('refuses limits that are none', async () => {
    const { script } = await bench();
    const { code, err } = await script('retry', RUN, '--max-steps', '0');
    expect([code, err]).toEqual([2, expect.stringContaining('--max-steps')]);
  });
});
