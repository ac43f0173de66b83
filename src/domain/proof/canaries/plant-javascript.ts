import { markOf, spelled } from './canary.js';
import type { Plant, Planted, Planting } from './planting.js';

type Framework = 'node:test' | 'jest' | 'vitest' | 'mocha' | 'bun:test' | 'plain';

const IMPORTS: readonly (readonly [RegExp, Framework])[] = [
  [/['"](?:node:test|test)['"]/, 'node:test'],
  [/['"]vitest['"]/, 'vitest'],
  [/['"]@jest\/globals['"]/, 'jest'],
  [/['"]bun:test['"]/, 'bun:test'],
  [/['"]mocha['"]/, 'mocha'],
];

/** Runners whose files are known by what they import; a file without it is a helper. */
const RUNNERS: readonly string[] = [
  'node:test',
  'ava',
  'tap',
  'playwright',
  'bun test',
  'deno test',
];

/** Assertions of Node, called so that each fails and shows its token. */
const NODE_ASSERTIONS: readonly (readonly [method: string, call: string])[] = [
  ['strictEqual', '(1, 2, '],
  ['equal', '(1, 2, '],
  ['deepStrictEqual', '([1], [2], '],
  ['deepEqual', '([1], [2], '],
  ['ok', '(false, '],
];

/** Canaries for files of JavaScript and TypeScript tests. */
export const plantJavaScript: Plant = (kind, planting) => {
  const framework = frameworkOf(planting);
  if (framework === undefined) return undefined;
  if (kind === 'existing-tests') return failExisting(framework, planting);
  if (kind === 'assertion') return failAssertions(framework, planting);
  const token = planting.token(0);
  if (framework === 'plain')
    return { text: `${planting.text}\n${throwing(token)}\n`, tokens: [token] };
  const test = borrow(framework, planting, framework === 'mocha' ? 'it' : 'test');
  const added = `${test.declare}${test.use}('${markOf(token)}', () => { ${throwing(token)} });`;
  return { text: `${planting.text}\n${added}\n`, tokens: [token] };
};

function frameworkOf({ text, tools }: Planting): Framework | undefined {
  const named = IMPORTS.find(([pattern]) => pattern.test(text))?.[1];
  if (named !== undefined) return named;
  if (/['"](?:ava|tape?|@playwright\/test|uvu)['"]/.test(text)) return undefined;
  const known = (['vitest', 'jest', 'mocha'] as const).find((tool) => tools.has(tool));
  const hasRunner = known !== undefined || RUNNERS.some((tool) => tools.has(tool));
  const callsGlobals = /^[ \t]{0,80}(?:describe|it|test|suite)(?:\.\w{1,30}){0,4} ?\(/m.test(text);
  if (callsGlobals) return known;
  return hasRunner ? undefined : 'plain';
}

function failExisting(framework: Framework, planting: Planting): Planted | undefined {
  const token = planting.token(0);
  if (framework === 'plain') return undefined;
  if (framework === 'mocha') return wrapCases(planting.text, token);
  const hook = borrow(framework, planting, 'beforeEach');
  const code = `${hook.declare}${hook.use}(() => { ${throwing(token)} });`;
  return { text: prepend(planting.text, code), tokens: [token] };
}

/** A root hook of mocha that throws would end the whole run and hide the other files. */
function wrapCases(text: string, token: string): Planted {
  const mark = markOf(token);
  const names = ['it', 'test', 'specify'];
  const before = names.map(
    (name) =>
      `const ${name}${mark} = globalThis.${name}; if (${name}${mark}) globalThis.${name} = Object.assign((title) => ${name}${mark}(title, () => { ${throwing(token)} }), ${name}${mark});`,
  );
  const after = names.map((name) => `if (${name}${mark}) globalThis.${name} = ${name}${mark};`);
  return { text: `${prepend(text, before.join(' '))}\n${after.join(' ')}\n`, tokens: [token] };
}

function failAssertions(framework: Framework, planting: Planting): Planted | undefined {
  if (framework === 'plain') return undefined;
  const test = borrow(framework, planting, framework === 'mocha' ? 'it' : 'test');
  const { declare, calls } = failingCalls(framework, planting);
  const cases = calls.map(
    (call, index) => `${test.use}('${markOf(planting.token(index))}-${index}', () => { ${call} });`,
  );
  const added = [`${test.declare}${declare}`, ...cases].join('\n');
  return {
    text: `${planting.text}\n${added}\n`,
    tokens: calls.map((_, index) => planting.token(index)),
  };
}

/** Each assertion with a token of its own: a patch of one may leave the others alone. */
function failingCalls(
  framework: Framework,
  planting: Planting,
): { readonly declare: string; readonly calls: readonly string[] } {
  const { path, text, token } = planting;
  const isExpecting = framework !== 'node:test' && framework !== 'mocha';
  if (isExpecting || /['"]chai['"]/.test(text)) {
    const source = isExpecting ? borrow(framework, planting, 'expect') : chai(planting);
    const method = isExpecting ? 'toBe' : 'to.equal';
    return {
      declare: source.declare,
      calls: [`${source.use}(${spelled(token(0))}).${method}('other');`],
    };
  }
  const name = `assert${markOf(token(0))}`;
  const declare = isModule(path, text)
    ? `import ${name} from 'node:assert';`
    : `const ${name} = require('node:assert');`;
  const calls = NODE_ASSERTIONS.map(
    ([method, call], index) => `${name}.${method}${call}${spelled(token(index))});`,
  );
  return { declare, calls };
}

interface Borrowed {
  /** Stands before the use, at the top level of the file. */
  readonly declare: string;
  readonly use: string;
}

function chai(planting: Planting): Borrowed {
  return borrowFrom('chai', planting, 'expect');
}

/** A function of the runner: a global where it is one, else from its package. */
function borrow(framework: Framework, planting: Planting, name: string): Borrowed {
  const isGlobal =
    framework === 'mocha' ||
    (framework === 'jest' && !/['"]@jest\/globals['"]/.test(planting.text));
  if (isGlobal) return { declare: '', use: name };
  return borrowFrom(framework === 'jest' ? '@jest/globals' : framework, planting, name);
}

function borrowFrom(source: string, { path, text, token }: Planting, name: string): Borrowed {
  if (!isModule(path, text) && source !== 'vitest')
    return { declare: '', use: `require('${source}').${name}` };
  const local = `${name}${markOf(token(0))}`;
  return { declare: `import { ${name} as ${local} } from '${source}'; `, use: local };
}

/** Behind a shebang and directives, on the line of what follows, so that line numbers stay. */
function prepend(text: string, code: string): string {
  const head = /^(?:#![^\n]*\n)?(?:\s*(['"])use \w+\1;?)*/.exec(text)?.[0] ?? '';
  const isClosed = head === '' || head.endsWith('\n') || head.endsWith(';');
  return `${head}${isClosed ? '' : ';'}${code} ${text.slice(head.length)}`;
}

function isModule(path: string, text: string): boolean {
  if (/\.(?:mjs|mts|tsx?)$/.test(path)) return true;
  return !/\.c[jt]s$/.test(path) && /^[ \t]{0,80}(?:import|export)\b[\s{*'"]/m.test(text);
}

function throwing(token: string): string {
  return `throw Error(${spelled(token)});`;
}
