import { z } from 'zod';
import type { ForeignTools } from '../foreign-tools.js';
import type { ToolSchema } from '../tool-schema.js';
import { defineTool, toolError, type AnyTool } from '../tool.js';
import { BRIDGE } from './bridged-call.js';
import { createToolFinder, type ToolFinder } from './find-tools.js';

/** Characters of one schema that a search shows; a larger one is shown without its descriptions' tail. */
const MAX_SCHEMA = 6000;
const MAX_NAMES = 100;
/** For all servers of tools together. */
const FOREIGN_TIMEOUT_MS = 300_000;
const NO_OTHERS = { schemas: [], notes: [] } as const;

/**
 * Finds tools that are too many to be told to each agent. Its own text names none of them, so that requests keep their prefix
 * whatever is added; a call that names a tool never gets here: the registry takes it for a call of that tool.
 */
export function createBridgeTool(
  schemas: () => readonly ToolSchema[],
  foreign?: ForeignTools,
): AnyTool {
  let own: ToolFinder | undefined;
  return defineTool({
    name: BRIDGE,
    description:
      'More tools than those you are told of. query finds some, with their arguments; name + arguments calls one.',
    parameters: z.object({
      query: z.string().optional(),
      name: z.string().optional(),
      arguments: z.record(z.string(), z.unknown()).optional(),
    }),
    // Others have to be asked for theirs, which may take a while.
    execution: foreign === undefined ? 'local' : 'activity',
    access: 'read',
    title: ({ query }) => `${BRIDGE}: ${query ?? ''}`,
    timeoutMs: () => (foreign === undefined ? undefined : FOREIGN_TIMEOUT_MS),
    async execute({ query = '' }, context) {
      const { schemas: others, notes } = (await foreign?.schemas(context)) ?? NO_OTHERS;
      const known = [...schemas(), ...others];
      own ??= createToolFinder(schemas());
      const finder = others.length === 0 ? own : createToolFinder(known);
      const found = finder.find(query);
      const silent = notes.map((note) => `(${note})`);
      if (found.length === 0) return toolError([nothingFound(query, known), ...silent].join('\n'));
      return {
        text: [...found.map(shown), callIt(found), ...silent].join('\n\n'),
        isError: false,
        progress: found.map(({ name }) => `tool:${name}`),
      };
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
