import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTally } from '../src/tally.js';

test('counts what was added', () => {
  const tally = createTally();
  tally.add('apple');
  tally.add('apple');
  assert.equal(tally.count('apple'), 2);
  assert.equal(tally.count('pear'), 0);
});
