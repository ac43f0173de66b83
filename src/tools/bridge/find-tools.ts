import MiniSearch from 'minisearch';
import type { ToolSchema } from '../tool-schema.js';

/** Best matches shown for one search: each with its whole schema. */
const SHOWN = 4;
const MAX_WORDS = 200;

/** Finds tools by words. */
export interface ToolFinder {
  /** The best matches for words of a person or a model, best first, at most four. */
  find(query: string): readonly ToolSchema[];
}

/** A finder over `tools`, by BM25 over their names, descriptions and the names of their arguments. */
export function createToolFinder(tools: readonly ToolSchema[]): ToolFinder {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const index = new MiniSearch<Record<string, string>>({
    idField: 'name',
    fields: ['words', 'description', 'properties'],
    searchOptions: { boost: { words: 3, description: 2 }, prefix: true, fuzzy: 0.2 },
  });
  index.addAll(
    tools.map(({ name, description, parameters }) => ({
      name,
      words: name.split(/[^A-Za-z0-9]+/).join(' '),
      description,
      properties: namesIn(parameters['properties']).join(' '),
    })),
  );
  return {
    find(query) {
      const exact = byName.get(query.trim());
      if (exact !== undefined) return [exact];
      return index
        .search(query.slice(0, MAX_WORDS))
        .slice(0, SHOWN)
        .flatMap(({ id }) => byName.get(String(id)) ?? []);
    },
  };
}

function namesIn(properties: unknown): string[] {
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}
