import { proveCorpus } from '../proof-corpus/prove-corpus.js';

proveCorpus([
  'c8',
  'chai',
  'jest',
  'vitest',
  'mocha',
  'pytest',
  'django',
  'cargo',
  'clippy',
  'ctest',
  'just',
  'tsc',
  'eslint',
  'ruff',
  'mypy',
  'maven',
  'gradle',
  'phpunit',
  'rspec',
  'minitest',
]);
