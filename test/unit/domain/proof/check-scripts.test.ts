import { describe, expect, it } from 'vitest';
import {
  askedScripts,
  mayNameScripts,
  scriptsOf,
  sourcedScripts,
} from '../../../../src/domain/proof/check-scripts.js';

describe('scriptsOf', () => {
  it.each([
    ['bash scripts/run.sh --fast', ['scripts/run.sh']],
    ['CI=1 sh hack/all', ['hack/all']],
    ['./run --all && ./other/tool', ['run', 'other/tool']],
    ['make -f ci.mk all', ['ci.mk']],
    ['eslint --config=lint/rules.json src', ['lint/rules.json']],
    ['node scripts/check-links.mjs', ['scripts/check-links.mjs']],
    ['python3 tools/verify.py; exit $?', ['tools/verify.py']],
    ['(cd app && . ./env.sh)', ['env.sh']],
    ['sh ../scripts/all', ['../scripts/all']],
  ])('finds what decides in %j', (command, expected) => {
    expect(scriptsOf(command)).toEqual(expected);
  });

  it.each([
    'npm run build',
    'python3 main.py | grep -q hello',
    'node app.js --port 1',
    'grep -q ok feature.txt',
    'ruff format .',
    'bash /etc/passwd',
  ])(
    'finds nothing in %j: the program under test and the outside are the story’s or nobody’s',
    (command) => {
      expect(scriptsOf(command)).toEqual([]);
    },
  );
});

describe('what a script does with another', () => {
  const text =
    '. ./checks/equal.sh\nsource "lib/a.sh"; . /etc/x.sh\nequal "$(sh add.sh 2 3)" 5\nsh b.sh\n';

  it('reads it into itself', () => {
    expect(sourcedScripts(text)).toEqual(['checks/equal.sh', 'lib/a.sh']);
  });

  it('asks it for an answer', () => {
    expect(askedScripts(`${text}x=\`sh c.sh\``)).toEqual(['add.sh', 'c.sh']);
  });
});

describe('mayNameScripts', () => {
  it('is true for recipes and shell scripts, and not for programs', () => {
    const paths = ['Makefile', 'a/ci.mk', 'run.sh', 'hack/all', 'check.py', 'a.test.ts'];
    expect(paths.map(mayNameScripts)).toEqual([true, true, true, true, false, false]);
  });
});
