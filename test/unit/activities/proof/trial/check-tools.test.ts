import { describe, expect, it } from 'vitest';
import { toolsOfCheck } from '../../../../../src/activities/proof/trial/check-tools.js';
import { ralphBench } from '../../../../support/ralph-bench.js';

async function toolsOf(
  command: string,
  files: Readonly<Record<string, string>>,
): Promise<string[]> {
  const bench = await ralphBench(files);
  const rows = await toolsOfCheck(bench.lane, bench.base, { command });
  return rows.map(({ tool }) => tool).toSorted();
}
const scripts = (all: Readonly<Record<string, string>>): Record<string, string> => ({
  'package.json': JSON.stringify({ scripts: all }),
});

describe('the tools that a check starts', () => {
  it.each<[string, string, Record<string, string>, string[]]>([
    ['itself', 'vitest run', {}, ['vitest']],
    ['by a package script', 'npm test', scripts({ test: 'jest' }), ['jest', 'npm scripts']],
    ['by its short name', 'npm t', scripts({ test: 'jest' }), ['jest', 'npm scripts']],
    [
      'before and behind it',
      'npm run test',
      scripts({ pretest: 'tsc', test: 'mocha', posttest: 'eslint .' }),
      ['eslint', 'mocha', 'npm scripts', 'tsc'],
    ],
    [
      'by scripts of scripts',
      'npm run all',
      scripts({ all: 'npm run a && npm run b', a: 'eslint .', b: 'ava' }),
      ['ava', 'eslint', 'npm scripts'],
    ],
    [
      'by pnpm with options',
      'pnpm -s run check',
      scripts({ check: 'vitest' }),
      ['npm scripts', 'vitest'],
    ],
    [
      'in another folder',
      'npm --prefix app run unit',
      scripts({ unit: 'ava' }),
      ['ava', 'npm scripts'],
    ],
    ['by yarn', 'yarn lint', scripts({ lint: 'biome check' }), ['biome', 'npm scripts']],
    ['by bun', 'bun run unit', scripts({ unit: 'tap' }), ['npm scripts', 'tap']],
    [
      'by make',
      'make check',
      { Makefile: 'check:\n\t@go vet ./...\n\t@sh ci/run.sh\n', 'ci/run.sh': 'pytest -q\n' },
      ['go vet', 'make', 'pytest'],
    ],
    [
      'by the make file that wins',
      'make',
      { Makefile: 'all:\n\tpytest\n', GNUmakefile: 'all:\n\tctest\n' },
      ['ctest', 'make', 'pytest'],
    ],
    ['by just', 'just test', { justfile: 'test:\n  cargo test\n' }, ['cargo test', 'just']],
    ['by tox', 'tox', { 'tox.ini': '[testenv]\ncommands = pytest {posargs}\n' }, ['pytest', 'tox']],
    [
      'by composer',
      'composer test',
      { 'composer.json': '{"scripts":{"test":"phpunit"}}' },
      ['PHPUnit'],
    ],
    [
      'by a shell script',
      './ci/check.sh --fast',
      { 'ci/check.sh': 'ruff check\nmypy src\n' },
      ['mypy', 'ruff'],
    ],
    [
      'four steps deep and no further',
      'sh a.sh',
      {
        'a.sh': 'sh b.sh',
        'b.sh': 'sh c.sh',
        'c.sh': 'sh d.sh',
        'd.sh': 'jest; sh e.sh',
        'e.sh': 'sh f.sh; mocha',
        'f.sh': 'ava',
      },
      ['jest'],
    ],
    [
      'not by a script that is not run',
      'npm run a',
      scripts({ a: 'echo', b: 'jest' }),
      ['npm scripts'],
    ],
    [
      'by scripts that name each other',
      'npm run a',
      scripts({ a: 'npm run b', b: 'npm run a && jest' }),
      ['jest', 'npm scripts'],
    ],
    ['not by a damaged manifest', 'npm test', { 'package.json': '{' }, ['npm scripts']],
    [
      'not by odd scripts',
      'npm test',
      { 'package.json': '{"scripts":{"test":["jest"],"__proto__":"jest"}}' },
      ['npm scripts'],
    ],
    [
      'by a program that starts them',
      'python3 run.py',
      {
        'run.py':
          'import subprocess\n# make sure\nsubprocess.run(["ruff", "check"])\nsubprocess.run(["pytest"])\n',
      },
      ['pytest', 'python start', 'ruff'],
    ],
    ['by a file without an ending', 'bash ci/go', { 'ci/go': 'cargo test\n' }, ['cargo test']],
    [
      'not by a product that names them',
      'python3 main.py',
      { 'main.py': 'print("ruff")\n' },
      ['python start'],
    ],
    ['not outside of the repository', 'sh ../../x.sh', {}, []],
  ])('%s: %s', async (...[, command, files, tools]) => {
    expect(await toolsOf(command, files)).toEqual(tools);
  });
});
