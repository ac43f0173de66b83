import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceFolders } from '../../../platform/index.js';

/** Loaded before everything else: the assertions of Node can no longer be replaced. */
const FREEZE = `'use strict';
const assert = require('node:assert');
for (const target of [assert, assert.strict])
  for (const key of Object.getOwnPropertyNames(target)) {
    const found = Object.getOwnPropertyDescriptor(target, key);
    if (found !== undefined && found.configurable && 'value' in found)
      Object.defineProperty(target, key, { ...found, writable: false, configurable: false });
  }
for (const kind of [assert.AssertionError]) Object.freeze(kind.prototype);
`;

/** Variables with which the checks of a lane find Node's assertions frozen. Runners with assertions of their own do not notice. */
export async function frozenAssert(
  proofLane: WorkspaceFolders,
): Promise<Readonly<Record<string, string>>> {
  const file = join(proofLane.state, 'home', 'frozen-assert.cjs');
  await writeFile(file, FREEZE);
  return { NODE_OPTIONS: `--require ${file}` };
}
