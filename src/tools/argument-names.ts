import { isRecord } from '../domain/index.js';

/** Names that models know from other tools, by the name that ours have. The first that is there counts. */
const OTHER_NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    path: 'file_path filePath filepath file filename file_name directory dir folder'.split(' '),
    old_string: 'oldString old_str oldStr old_text oldText'.split(' '),
    new_string: 'newString new_str newStr new_text newText'.split(' '),
    replace_all: ['replaceAll'],
    content: 'contents file_text text'.split(' '),
    patch: 'patch_text patchText diff input'.split(' '),
    dry_run: ['dryRun'],
    command: ['cmd'],
    workdir: 'cwd working_directory workingDirectory'.split(' '),
    tool: 'name tool_name toolName'.split(' '),
    args: 'arguments parameters input'.split(' '),
    calls: 'tool_calls toolCalls tool_uses'.split(' '),
  }),
);
const MAX_DEPTH = 6;

/**
 * Arguments under the names of the tool's own schema, where a model used those of another tool for the same thing. A name that the
 * schema has is never touched, nor one beside which the own name stands. Pure.
 */
export function ownNames(value: unknown, schema: unknown, depth = MAX_DEPTH): unknown {
  if (depth === 0 || !isRecord(schema)) return value;
  if (Array.isArray(value)) return value.map((item) => ownNames(item, schema['items'], depth - 1));
  const { properties } = schema;
  if (!isRecord(value) || !isRecord(properties)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const own = name in properties ? name : ownName(name, { value, properties });
      return [own, ownNames(inner, properties[own], depth - 1)];
    }),
  );
}

interface Surroundings {
  readonly value: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

function ownName(name: string, { value, properties }: Surroundings): string {
  for (const [own, others] of OTHER_NAMES) {
    if (!(own in properties) || own in value) continue;
    if (others.find((other) => other in value && !(other in properties)) === name) return own;
  }
  return name;
}
