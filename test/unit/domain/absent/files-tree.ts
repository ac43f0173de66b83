import type { CheckTree } from '../../../../src/domain/absent/check-tree.js';

/** A tree of these files; a text may be left out with ''. */
export function filesTree(files: Readonly<Record<string, string>>): CheckTree {
  return {
    paths: new Set(Object.keys(files)),
    read: (path) => Promise.resolve(files[path]),
  };
}
