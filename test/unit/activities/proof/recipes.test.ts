import { describe, expect, it } from 'vitest';
import {
  packageScripts,
  RECIPES,
  scriptsNamedIn,
} from '../../../../src/activities/proof/recipes.js';

const SCRIPTS = packageScripts(
  JSON.stringify({ scripts: { pretest: 'a', test: 'b', lint: 'c', all: 'd', odd: ['e'] } }),
);

describe('package scripts that a command line runs', () => {
  it.each<[string, string[]]>([
    ['npm test', ['a', 'b']],
    ['npm t', ['a', 'b']],
    ['pnpm -s --filter app run lint', ['c']],
    ['CI=1 yarn lint && npm run all', ['c', 'd']],
    ['run-s lint all', ['c', 'd']],
    ['npm-run-all --parallel lint all', ['c', 'd']],
    ['node --run lint', ['c']],
    ['npm run odd', []],
    ['npm ci', []],
    ['node all', []],
  ])('%s', (command, expected) => {
    expect(scriptsNamedIn(command, SCRIPTS)).toEqual(expected);
  });

  it('are none of a damaged manifest', () => {
    expect([...packageScripts('{'), ...packageScripts(undefined)]).toEqual([]);
  });
});

describe('recipes', () => {
  it.each<[string, string[]]>([
    ['make check', ['GNUmakefile', 'makefile', 'Makefile']],
    ['just test', ['justfile', 'Justfile', '.justfile']],
    ['cmake -S .', []],
  ])('of %s', (command, expected) => {
    const files = RECIPES.filter(([starts]) => starts.test(command)).flatMap(([, names]) => names);
    expect(files).toEqual(expected);
  });
});
