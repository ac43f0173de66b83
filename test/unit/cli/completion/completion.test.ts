import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { addCompletionCommand } from '../../../../src/cli/completion/completion.js';
import { fishScript } from '../../../../src/cli/completion/fish-script.js';
import { bashScript, zshScript } from '../../../../src/cli/completion/shell-script.js';
import { completionRows } from '../../../../src/cli/completion/tables.js';
import { describeProgram } from '../../../../src/cli/help/describe-program.js';
import { createProgram } from '../../../../src/cli/program.js';
import { commandBench } from '../../../support/command-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const tree = describeProgram(createProgram('0.0.0'));
const rows = completionRows(tree);
const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;
const RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';

/** What a shell offers for a line; the last word is the one that is typed. */
type Complete = (words: readonly string[]) => Promise<string[]>;

async function inFolder(script: string) {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, 'runs', RUN), { recursive: true });
  const file = join(folder, 'completion');
  writeFileSync(file, script);
  const env = { PATH: process.env['PATH'], HOME: folder, CODETETHER_HOME: folder };
  return { file, folder, env };
}

function offered(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
    .filter((line) => line !== '')
    .toSorted();
}

const bash: Complete = async (words) => {
  const { file, env } = await inFolder(bashScript(rows));
  const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _codetether; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return offered(
    execFileSync('bash', ['--norc', '-c', program, 'bash', file, ...words], {
      env,
      encoding: 'utf8',
    }),
  );
};

/** The shell itself leaves out what does not begin as the word does. */
const zsh: Complete = async (words) => {
  const { file, env } = await inFolder(zshScript(rows));
  const program =
    'file=$1; shift; compdef() { :; }; compadd() { shift; print -l -- "$@"; }; _files() { :; }; source $file; words=("$@"); CURRENT=$#; _codetether';
  const all = offered(
    execFileSync('zsh', ['-f', '-c', program, 'zsh', file, ...words], { env, encoding: 'utf8' }),
  );
  return all.filter((word) => word.startsWith(words.at(-1) ?? ''));
};

const fish: Complete = async (words) => {
  const { file, env } = await inFolder(fishScript(rows));
  const program = 'source $argv[1]; complete -C "$argv[2]"';
  return offered(
    execFileSync('fish', ['--no-config', '-c', program, file, words.join(' ')], {
      env,
      encoding: 'utf8',
    }),
  );
};

describe.each([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
] as const)('completion in %s', (shell, complete) => {
  it.skipIf(!has(shell)).each([
    [['codetether', 'ral'], ['ralph']],
    [['codetether', 'runs', 'sho'], ['show']],
    [
      ['codetether', 'serve', 'token', ''],
      ['create', 'list', 'revoke'],
    ],
    [['codetether', '--config', 'runs', 'ralp'], ['ralph']],
    [
      ['codetether', 'swarm', '--strategy', ''],
      ['auto', 'data', 'domain', 'none', 'script', 'stage'],
    ],
    [
      ['codetether', 'swarm', '-s', 'd'],
      ['data', 'domain'],
    ],
    [['codetether', 'swarm', 'retry', 'x', '--mod'], ['--model']],
    [['codetether', 'runs', 'show', '--conf'], ['--config']],
    [['codetether', 'runs', 'show', '01'], [RUN]],
    [['codetether', 'ralph', 'run', '--max-a'], ['--max-attempts']],
    [['codetether', 'completion', '--no-such'], []],
  ])('%j offers %j', async (words, wanted) => {
    expect(await complete(words)).toEqual(wanted);
  });

  it.skipIf(!has(shell))('offers every command, and no option of another one', async () => {
    expect((await complete(['codetether', ''])).filter((word) => /^[a-z]/.test(word))).toEqual(
      tree.commands.map(({ name }) => name).toSorted(),
    );
    const options = (await complete(['codetether', 'ps', '--'])).filter(
      (word) => word !== '--help',
    );
    expect(options).toEqual(['--config', '--debug', '--json', '--log-level', '--temporal-cli']);
  });
});

describe('the script', () => {
  it('is registered with the shell', async () => {
    const { file, env } = await inFolder(bashScript(rows));
    const said = execFileSync(
      'bash',
      ['--norc', '-c', `source "${file}"; complete -p codetether`],
      { env, encoding: 'utf8' },
    );
    expect(said).toBe('complete -o default -F _codetether codetether\n');
  });

  it('is nothing that a home of another name, or none, could break', async () => {
    const { file, env, folder } = await inFolder(bashScript(rows));
    const program = `source "${file}"; COMP_WORDS=(codetether runs show ""); COMP_CWORD=3; _codetether; echo "\${#COMPREPLY[@]}"`;
    for (const home of [join(folder, 'gone'), join(folder, 'a b')]) {
      const said = spawnSync('bash', ['--norc', '-c', program], {
        env: { ...env, CODETETHER_HOME: home },
        encoding: 'utf8',
      });
      expect([said.stdout, said.stderr]).toEqual(['0\n', '']);
    }
  });
});

describe('codetether completion', () => {
  let bench: Awaited<ReturnType<typeof commandBench>>;
  beforeAll(() => {
    expect(rows.length).toBeGreaterThan(60);
  });

  it.each(['bash', 'zsh', 'fish'])('prints the script for %s', async (shell) => {
    bench = await commandBench(addCompletionCommand);
    const { code, out, err } = await bench.run('completion', shell);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('codetether');
    expect(out).toContain('completion');
  });

  it('refuses a shell that it does not know', async () => {
    bench = await commandBench(addCompletionCommand);
    expect(await bench.run('completion', 'tcsh')).toMatchObject({ code: 2, out: '' });
  });
});
