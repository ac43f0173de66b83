import { z } from 'zod';
import type { ToolSchema } from '../tool-schema.js';
import { defineTool, toolError, type AnyTool } from '../tool.js';
import { BRIDGE } from './bridged-call.js';
import { createToolFinder, type ToolFinder } from './find-tools.js';

/** Characters of one schema that a search shows; a larger one is shown without its descriptions' tail. */
const MAX_SCHEMA = 6000;
const MAX_NAMES = 100;

/**
 * Finds tools that are too many to be told to each agent. Its own text names none of them, so that requests keep their prefix
 * whatever is added; a call that names a tool never gets here: the registry takes it for a call of that tool.
 */
export function createBridgeTool(schemas: () => readonly ToolSchema[]): AnyTool {
  let finder: ToolFinder | undefined;
  return defineTool({
    name: BRIDGE,
    description:
      'More tools than those you are told of. query finds some, with their arguments; name + arguments calls one.',
    parameters: z.object({
      query: z.string().optional(),
      name: z.string().optional(),
      arguments: z.record(z.string(), z.unknown()).optional(),
    }),
    execution: 'local',
    access: 'read',
    title: ({ query }) => `${BRIDGE}: ${query ?? ''}`,
    execute({ query = '' }) {
      const known = schemas();
      finder ??= createToolFinder(known);
      const found = finder.find(query);
      if (found.length === 0) return Promise.resolve(toolError(nothingFound(query, known)));
      return Promise.resolve({
        text: [...found.map(shown), callIt(found)].join('\n\n'),
        isError: false,
        progress: found.map(({ name }) => `tool:${name}`),
      });
    },
  });
}

function shown({ name, description, parameters }: ToolSchema): string {
  const schema = JSON.stringify(parameters);
  const kept =
    schema.length <= MAX_SCHEMA
      ? schema
      : `${schema.slice(0, MAX_SCHEMA)}… (the schema has ${schema.length} characters)`;
  return `${name}: ${description}\narguments: ${kept}`;
}

function callIt([first]: readonly ToolSchema[]): string {
  return `Call one with ${BRIDGE} {"name": "${first?.name ?? ''}", "arguments": {…}}.`;
}

function nothingFound(query: string, known: readonly ToolSchema[]): string {
  const names = known.slice(0, MAX_NAMES).map(({ name }) => name);
  const asked =
    query.trim() === '' ? 'Say what you look for in query.' : 'No tool matches these words.';
  return `${asked} Tools: ${names.join(', ')}.`;
}
