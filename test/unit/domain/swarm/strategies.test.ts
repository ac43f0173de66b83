import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderRow, templateColumns } from '../../../../src/domain/swarm/row-template.js';
import {
  layersOf,
  partitionFiles,
  partitionSubtasks,
  strategyProblems,
} from '../../../../src/domain/swarm/strategies.js';
import { taskVerdict } from '../../../../src/domain/swarm/swarm-facts.js';
import type { Subtask } from '../../../../src/domain/swarm/subtask.js';

const subtask = (id: string, more: Partial<Subtask> = {}): Subtask => ({
  id,
  instruction: `Do ${id}`,
  dependsOn: [],
  touches: [],
  agent: 'build',
  priority: 1,
  ...more,
});

describe('partitionFiles', () => {
  const files = fc.uniqueArray(
    fc.record({
      path: fc.string({ minLength: 1, maxLength: 12 }),
      bytes: fc.oneof(fc.nat(), fc.constant(0), fc.constant(1e12)),
    }),
    { selector: ({ path }) => path, maxLength: 60 },
  );

  it('puts every file into exactly one part, and leaves no part empty', () => {
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 70 }), (input, count) => {
        const parts = partitionFiles(input, count);
        const all = parts.flatMap((part) => part.files);
        expect(all.toSorted()).toEqual(input.map(({ path }) => path).toSorted());
        expect(parts.filter((part) => part.files.length === 0)).toEqual([]);
        expect(parts).toHaveLength(Math.min(count, input.length));
        expect(new Set(parts.map((part) => part.name)).size).toBe(parts.length);
        expect(partitionFiles(input.toReversed(), count)).toEqual(parts);
      }),
      { numRuns: 500 },
    );
  });

  it('makes one subtask a part, which names its files', () => {
    const parts = partitionFiles(
      ['b', 'a', 'c'].map((path) => ({ path, bytes: 1 })),
      2,
    );
    const subtasks = partitionSubtasks('Read', parts, 'explore');
    expect(subtasks.map(({ id, agent }) => `${id} ${agent}`)).toEqual([
      'part-1 explore',
      'part-2 explore',
    ]);
    expect(subtasks.map(({ instruction }) => instruction.match(/^- .*$/gm))).toEqual([
      ['- a', '- b'],
      ['- c'],
    ]);
  });
});

describe('strategyProblems', () => {
  const tree = ['src/a.ts', 'docs/x.md'];

  it('holds domains to disjoint paths of the repository', () => {
    const problems = (subtasks: Subtask[]): string[] => strategyProblems('domain', subtasks, tree);
    expect(
      problems([subtask('a', { touches: ['src/**'] }), subtask('b', { touches: ['docs/**'] })]),
    ).toEqual([]);
    expect(problems([subtask('a')])).toEqual([expect.stringContaining('a names no paths')]);
    expect(
      problems([subtask('a', { touches: ['src/**'] }), subtask('b', { touches: ['src/a.ts'] })]),
    ).toEqual([expect.stringContaining('overlap: a and b')]);
    expect(
      problems([
        subtask('a', { touches: ['src/**'] }),
        subtask('b', { touches: ['src/a.ts'], dependsOn: ['a'] }),
      ]),
    ).toEqual([]);
    expect(problems([subtask('a', { touches: ['lib/x/**'] })])).toEqual([
      'a touches only paths that the repository has not: lib/x/**',
    ]);
    expect(problems([subtask('a', { agent: 'explore' })])).toEqual([]);
  });

  it('holds stages to at least two layers', () => {
    expect(strategyProblems('stage', [subtask('a')], tree)).toHaveLength(1);
    expect(strategyProblems('stage', [subtask('a'), subtask('b')], tree)).toHaveLength(1);
    expect(
      strategyProblems('stage', [subtask('a'), subtask('b', { dependsOn: ['a'] })], tree),
    ).toEqual([]);
    expect(
      layersOf([
        subtask('c', { dependsOn: ['b'] }),
        subtask('b', { dependsOn: ['a'] }),
        subtask('a'),
      ]),
    ).toEqual(
      new Map([
        ['a', 0],
        ['b', 1],
        ['c', 2],
      ]),
    );
  });
});

describe('renderRow', () => {
  it('puts each value into its place once, and never reads what a value holds', () => {
    const value = fc.string({ unit: fc.constantFrom('{', '}', 'a', '$', '&', '1', '\n') });
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(renderRow('<{a}|{{ b }}|{c}>', { a, b })).toBe(`<${a}|${b}|{c}>`);
      }),
    );
  });

  it('takes any template and row without an error, and leaves what is no column as it is', () => {
    const text = fc.string({ unit: fc.constantFrom('{', '}', 'a', ' ', '_') });
    fc.assert(
      fc.property(text, fc.dictionary(fc.string(), fc.jsonValue()), (template, row) => {
        expect(typeof renderRow(template, row)).toBe('string');
        expect(renderRow(template, {})).toBe(template);
        for (const column of templateColumns(template)) expect(column.trim()).toBe(column);
      }),
    );
    expect(renderRow('{__proto__} {toString}', { a: 1 })).toBe('{__proto__} {toString}');
    expect(renderRow('{n} {list} {none}', { n: 1, list: [1, 'x'], none: null })).toBe(
      '1 [1,"x"] ""',
    );
  });

  it('is linear in a template of open braces', () => {
    const startedAt = performance.now();
    renderRow('{'.repeat(100_000), { a: 1 });
    templateColumns(`${'{a'.repeat(50_000)}`);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('taskVerdict', () => {
  it.each([
    ['VERDICT: PASS\nall there', 'pass', 'all there'],
    ['I looked.\n**Verdict: FAIL**\nb is missing', 'fail', 'I looked.\nb is missing'],
    ['it is fine', 'none', 'it is fine'],
    ['', 'none', ''],
  ])('of %j is %s', (answer, verdict, reason) => {
    expect(taskVerdict(answer)).toEqual({ verdict, reason });
  });
});
