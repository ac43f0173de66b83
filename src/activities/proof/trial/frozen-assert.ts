/** Loaded before everything else: the assertions of Node can no longer be replaced. */
const FREEZE = `import assert from 'node:assert';
for (const target of [assert, assert.strict])
  for (const key of Object.getOwnPropertyNames(target)) {
    const found = Object.getOwnPropertyDescriptor(target, key);
    if (found !== undefined && found.configurable && 'value' in found)
      Object.defineProperty(target, key, { ...found, writable: false, configurable: false });
  }
Object.freeze(assert.AssertionError.prototype);
`;

/**
 * Variables with which a check finds Node's assertions frozen. No file is needed, so that nothing of a lane can be written to or replaced.
 * Runners with assertions of their own do not notice; a Node without `--import` ends at once, which a run on the base tells.
 */
export const FROZEN_ASSERT: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(FREEZE)}`,
};
