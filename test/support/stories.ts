import type { Story } from '../../src/domain/index.js';

/** A story with defaults for everything that a test does not care about. */
export function story(id: string, fields: Partial<Story> = {}): Story {
  return {
    id,
    title: `Title of ${id}`,
    description: '',
    acceptanceCriteria: [],
    priority: 1,
    dependsOn: [],
    complexity: 2,
    passes: false,
    ...fields,
  };
}
