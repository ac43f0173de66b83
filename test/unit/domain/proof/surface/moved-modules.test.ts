import { describe, expect, it } from 'vitest';
import { isMoved, type ModuleText } from '../../../../../src/domain/proof/surface/moved-modules.js';

const file = (path: string, text: string, ...functions: readonly string[]): ModuleText => ({
  path,
  text,
  functions,
});
const ADD = 'exports.add = (a, b) => a + b;\nexports.label = (a) => `${a}`;\n';
const removed = file('src/add.js', ADD, 'add', 'label');
const found = file('src/add/index.js', ADD, 'add', 'label');
const importer = (path: string, from: string): ModuleText =>
  file(path, `const { add } = require('${from}');\nexports.twice = (a) => add(a, a);\n`, 'twice');

describe('a module that is found where another was removed', () => {
  it.each<[string, Parameters<typeof isMoved>[0]]>([
    ['with nothing else', { removed, found, others: [] }],
    [
      'with those that load it, by its new name',
      {
        removed,
        found,
        others: [
          {
            before: importer('src/main.js', './add.js'),
            after: importer('src/main.js', './add/index.js'),
          },
        ],
      },
    ],
    [
      'with those that load it, by its old name',
      {
        removed,
        found,
        others: [
          { before: importer('src/main.js', './add'), after: importer('src/main.js', './add') },
        ],
      },
    ],
    [
      'with a part of its own that it loads',
      {
        removed,
        found: file('src/add/index.js', "require('./label.js');\nexports.add = 1;", 'add'),
        others: [{ before: null, after: file('src/add/label.js', ADD, 'label') }],
      },
    ],
    [
      'to types, with more in it',
      { removed, found: file('src/add.ts', 'new text', 'add', 'label', 'more'), others: [] },
    ],
    [
      'without any function',
      {
        removed: file('src/a.js', 'exports.a = 1;\nexports.b = 2;\n'),
        found: file('src/a/index.js', 'exports.a = 1;\nexports.b = 3;\n'),
        others: [],
      },
    ],
    [
      'beside a new module of another purpose',
      { removed, found, others: [{ before: null, after: importer('src/twice.js', './add') }] },
    ],
  ])('was moved %s', (_, moved) => {
    expect(isMoved(moved)).toBe(true);
  });

  it.each<[string, Parameters<typeof isMoved>[0]]>([
    [
      'when its functions went elsewhere as well',
      { removed, found, others: [{ before: null, after: file('src/sum.js', ADD, 'add') }] },
    ],
    [
      'when they went into a file that was there',
      {
        removed,
        found,
        others: [{ before: file('src/a.js', '', 'a'), after: file('src/a.js', ADD, 'a', 'add') }],
      },
    ],
    [
      'when what loaded it loads another',
      {
        removed,
        found,
        others: [
          {
            before: importer('src/main.js', './add.js'),
            after: importer('src/main.js', './core.js'),
          },
        ],
      },
    ],
    ['when it is another', { removed, found: file('src/add/index.js', '', 'other'), others: [] }],
    [
      'when it is another without any function',
      {
        removed: file('src/a.js', 'exports.a = 1;\n'),
        found: file('src/a/index.js', 'exports.c = 2;\n'),
        others: [],
      },
    ],
    [
      'when values of it went elsewhere as well',
      {
        removed: file('src/a.js', 'exports.a = 1;\n'),
        found: file('src/a/index.js', 'exports.a = 1;\n'),
        others: [{ before: null, after: file('src/b.js', 'exports.a = 1;\n') }],
      },
    ],
  ])('was not moved %s', (_, moved) => {
    expect(isMoved(moved)).toBe(false);
  });
});
