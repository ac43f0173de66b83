import { describe, expect, it } from 'vitest';
import { checkScripts } from '../../../../src/activities/proof/check-scripts.js';
import { ralphBench } from '../../../support/ralph-bench.js';

async function found(
  files: Readonly<Record<string, string>>,
  commands: readonly string[],
  workdir = '.',
): Promise<string[]> {
  const bench = await ralphBench(files, workdir);
  const scripts = await checkScripts({ ...bench.lane, workdir }, bench.base, commands);
  return [...scripts.all].toSorted();
}

describe('the files that decide what checks mean', () => {
  it('are scripts that a command names, and scripts that those name', async () => {
    const files = {
      'scripts/check.sh': 'sh scripts/inner.sh\nnode scripts/program.mjs\n',
      'scripts/inner.sh': 'python3 scripts/verify.py\n',
      'scripts/verify.py': 'sh scripts/beyond.sh',
      'scripts/program.mjs': '',
      'scripts/beyond.sh': '',
    };
    // what a program does is not read, unless it starts tests
    expect(await found(files, ['bash scripts/check.sh --fast'])).toEqual([
      'scripts/check.sh',
      'scripts/inner.sh',
      'scripts/program.mjs',
      'scripts/verify.py',
    ]);
  });

  it('are those behind package.json and a Makefile', async () => {
    const files = {
      'package.json': JSON.stringify({ scripts: { test: 'node tests/run.js' } }),
      Makefile: 'check:\n\t./ci/check.sh\n',
      'tests/run.js': '',
      'ci/check.sh': '',
      'ci/deploy.sh': '',
    };
    expect(await found(files, ['npm test', 'make check'])).toEqual(['ci/check.sh', 'tests/run.js']);
  });

  it('lie in the folder where checks run, or at the top', async () => {
    const files = { 'app/check.sh': '', 'check.sh': '', 'lib/check.sh': '' };
    expect(await found(files, ['sh check.sh'], 'app')).toEqual(['app/check.sh', 'check.sh']);
    expect(await found(files, ['sh ../lib/check.sh'], 'app')).toEqual(['lib/check.sh']);
  });

  it('are files of the base: nothing outside, no folder, and none that is only named', async () => {
    expect(await found({ 'src/a.sh': '' }, ['sh ../../etc/x.sh', 'sh gone.sh', 'sh src'])).toEqual(
      [],
    );
  });

  it('end where scripts name each other in a circle', async () => {
    const files = { 'a.sh': 'sh b.sh\n', 'b.sh': 'sh a.sh\n' };
    expect(await found(files, ['sh a.sh'])).toEqual(['a.sh', 'b.sh']);
  });

  it('are found past a package.json that is no JSON', async () => {
    const files = { 'package.json': '{ broken', 'check.sh': '' };
    expect(await found(files, ['sh check.sh'])).toEqual(['check.sh']);
  });

  it('may be the product where another script merely runs them', async () => {
    const { lane, base } = await ralphBench({
      'checks/run.sh':
        '. ./checks/equal.sh\n. ./lib/add.sh\nequal "$(sh add.sh 2 3)" 5\nsh more.sh\n',
      'checks/equal.sh': '',
      'lib/add.sh': '',
      'add.sh': '',
      'more.sh': '',
      Makefile: 'check:\n\tsh all.sh\n\ttest "$(sh asked.sh)" = 1\n',
      'all.sh': '. ./beside.sh\n',
      'beside.sh': '',
      'asked.sh': '',
    });
    const scripts = await checkScripts(lane, base, ['sh checks/run.sh']);
    expect([...scripts.subjects].toSorted()).toEqual([
      'add.sh',
      'asked.sh',
      'beside.sh',
      'lib/add.sh',
      'more.sh',
    ]);
    expect([...scripts.all].filter((path) => !scripts.subjects.has(path)).toSorted()).toEqual([
      'all.sh',
      'checks/equal.sh',
      'checks/run.sh',
    ]);
  });

  it('are programs with any name, with what they load to start tests', async () => {
    const { lane, base } = await ralphBench({
      'package.json': JSON.stringify({
        scripts: { all: 'run-s unit', unit: 'node scripts/run.mjs', start: 'node src/main.mjs' },
      }),
      'scripts/run.mjs':
        "import { spawnSync } from 'node:child_process';\nimport { list } from './list.mjs';\nimport '../src/add.mjs';\n",
      'scripts/list.mjs': "import { readdirSync } from 'node:fs';\n",
      'src/add.mjs': 'export const add = 1;\n',
      'src/main.mjs': '',
      'asserts.py': 'assert 1\n',
      'main.py': 'print(5)\n',
      'ci/go': 'for file in test/*; do sh "$file"; done\n',
      'ci/check': '[ "$(sh add.sh)" = 5 ]\n',
      'inline.js': '',
    });
    const commands = [
      'npm run all',
      'python3 asserts.py && python3 main.py',
      'bash ci/go',
      'bash ci/check',
      `node -e "require('./inline')"`,
    ];
    const scripts = await checkScripts(lane, base, commands);
    const sorted = (names: ReadonlySet<string>): string[] => [...names].toSorted();
    expect({
      all: sorted(scripts.all),
      subjects: sorted(scripts.subjects),
      open: sorted(scripts.open),
      programs: sorted(scripts.programs),
    }).toEqual({
      all: [
        'asserts.py',
        'ci/check',
        'ci/go',
        'inline.js',
        'main.py',
        'scripts/list.mjs',
        'scripts/run.mjs',
      ],
      subjects: ['inline.js', 'main.py'],
      open: ['ci/go', 'inline.js', 'main.py', 'scripts/list.mjs', 'scripts/run.mjs'],
      programs: ['asserts.py', 'inline.js', 'main.py', 'scripts/list.mjs', 'scripts/run.mjs'],
    });
  });
});
