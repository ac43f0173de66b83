import { describe, expect, it } from 'vitest';
import {
  assertsItself,
  loadedFiles,
  startedPrograms,
  startsTests,
} from '../../../../src/domain/proof/started-programs.js';

describe('startedPrograms', () => {
  it.each<[string, string[]]>([
    ['python3 run.py --fast', ['run.py']],
    ['python3.11 -X dev -W error run.py cases.py', ['dev', 'error', 'run.py']],
    ['python3 -m ci.all -v', ['ci/all.py', 'ci/all/__main__.py', 'ci/all/__init__.py']],
    ['CI=1 node --import ./hook.mjs scripts/run.mjs src/a.js', ['hook.mjs', 'scripts/run.mjs']],
    ['node -r=./hook.js run', ['hook.js', 'run']],
    ['node --test a.js b.js', ['a.js', 'b.js']],
    ['ruby ci/all', ['ci/all']],
    ['bundle exec ruby -Ilib ci/all.rb', ['ci/all.rb']],
    ['php ./run.php; perl t/all.t', ['run.php', 't/all.t']],
    ['npx tsx scripts/run.ts && deno run -A ci/x.ts', ['scripts/run.ts', 'run', 'ci/x.ts']],
    ['\t@-python3 run.py', ['run.py']],
    ['$(PYTHON) scripts/run.py', ['scripts/run.py']],
    ['./run.py', ['run.py']],
    ['go run ./tools/ci -race', ['tools/ci/']],
    ['go run -v ci/a.go ci/b.go', ['ci/a.go', 'ci/b.go']],
    ['coverage run run.py', ['run', 'run.py']],
    ['timeout 60 node run.mjs | tee log', ['run.mjs']],
  ])('%s', (command, expected) => {
    expect(startedPrograms(command)).toEqual(expected);
  });

  it.each([
    'npm test',
    'node --check src/add.js',
    'node -e "run()"',
    'python3 -c "import run"',
    'node /opt/run.js',
    'go test ./...',
    'eslint src/a.js',
    'go run .',
  ])('none in %s', (command) => {
    expect(startedPrograms(command)).toEqual([]);
  });
});

describe('what a program does, by its text', () => {
  it.each<[string, string, boolean, boolean]>([
    ['run.py', 'import unittest\nunittest.main()\n', true, false],
    ['run.mjs', "import { spawnSync } from 'node:child_process';\n", true, false],
    ['run.mjs', "if (status !== 0) throw new Error('red');\nspawnSync('x');\n", true, false],
    ['ci/go', 'for f in test/*; do sh "$f"; done\n', true, false],
    ['ci/all', "Dir['test/*'].each { |f| load f }\n", true, false],
    ['run.py', 'from calc import add\nassert add(2, 3) == 5\n', false, true],
    ['run.mjs', "if (add(2, 3) !== 5) throw new Error('add');\n", false, true],
    ['run.sh', '. ./equal.sh\nequal "$(sh add.sh)" 5\n', false, true],
    [
      'main.py',
      'import sys\nif len(sys.argv) > 3:\n    sys.exit(2)\nprint(add(2, 3))\n',
      false,
      false,
    ],
    ['check.go', 'package main\nimport "os/exec"\n', true, false],
  ])('%s: %j', (...[path, text, isRunner, isTest]) => {
    expect([startsTests(path, text), assertsItself(text, startsTests(path, text))]).toEqual([
      isRunner,
      isTest,
    ]);
  });
});

describe('loadedFiles', () => {
  it.each<[string, string, string[]]>([
    [
      'scripts/run.mjs',
      "import { a } from './listed.mjs';",
      ['scripts/listed.mjs', 'scripts/listed.mts'],
    ],
    [
      'run.py',
      'from ci.lists import names\nimport os\n',
      ['ci/lists.py', 'ci/lists/__init__.py', 'os.py', 'os/__init__.py'],
    ],
    ['ci/all.rb', "require_relative '../lib/list'", ['lib/list.rb']],
    ['ci/all.php', "<?php\nrequire_once __DIR__ . '/list.php';", ['ci/list.php']],
    ['run.js', "require('../outside.js')", []],
  ])('of %s: %s', (path, text, expected) => {
    expect(loadedFiles(path, text)).toEqual(expected);
  });
});
