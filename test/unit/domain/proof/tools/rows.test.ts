import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TOOL_ROWS, toolsIn } from '../../../../../src/domain/proof/tools/rows.js';

const names = (...texts: string[]): string[] => toolsIn(texts).map(({ tool }) => tool);

describe('the table of tools', () => {
  it('has one row a tool, and examples of each', () => {
    const tools = TOOL_ROWS.map(({ tool }) => tool);
    expect(new Set(tools).size).toBe(tools.length);
    const folder = new URL('./', import.meta.url);
    const tables = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
    const without = tools.filter(
      (tool) =>
        !tables.some((text) => text.includes(`  ${tool}: {`) || text.includes(`'${tool}': {`)),
    );
    expect(without).toEqual([]);
  });

  it.each([
    [
      ['npm test', 'node --test'],
      ['node:test', 'npm scripts'],
    ],
    [['tsc -b && eslint . && vitest run'], ['vitest', 'tsc', 'eslint']],
    [
      ['make check', 'check:\n\tcargo clippy\n\tgo vet ./...\n'],
      ['go vet', 'clippy', 'make'],
    ],
    [
      ['tox', '[testenv]\ndeps =\n    pytest\ncommands = pytest {posargs}\n'],
      ['pytest', 'tox'],
    ],
    [['uv run ruff check . && uv run mypy src'], ['tox', 'ruff', 'mypy']],
    [['cmake --build build && ctest --test-dir build'], ['ctest']],
    [['echo done'], []],
    [[], []],
  ])('finds in %j', (texts, tools) => {
    expect(names(...texts)).toEqual(tools);
  });

  it('reads a megabyte of hostile recipe in no time', () => {
    const started = performance.now();
    for (const part of [
      'node ',
      'cargo -x ',
      'ruby ',
      'cmake --',
      'go -C ',
      'node_modules/',
      '/',
      ' ',
    ])
      names(part.repeat((256 * 1024) / part.length));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
