import { z } from 'zod';
import { userFileSchema } from '../schema.js';
import { keyDoc } from './documented-keys.js';

/** A node of a JSON Schema, as far as descriptions are put into it. */
interface SchemaDocument {
  [key: string]: unknown;
  properties?: Record<string, SchemaDocument>;
  additionalProperties?: SchemaDocument | boolean;
  items?: SchemaDocument;
}

/** JSON Schema of a configuration file, for editors; every key has its meaning and its default. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(userFileSchema, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-7',
  }) as SchemaDocument;
  describe(schema, []);
  return { ...schema, title: 'CodeTether configuration (codetether.toml, config.toml)' };
}

function describe(node: SchemaDocument, path: readonly string[]): void {
  const doc = path.length === 0 ? undefined : keyDoc(path);
  if (doc !== undefined) node['description'] = `${doc[1]} (default: ${doc[0]})`;
  for (const [key, child] of Object.entries(node.properties ?? {})) describe(child, [...path, key]);
  if (typeof node.additionalProperties === 'object')
    describe(node.additionalProperties, [...path, 'NAME']);
  if (node.items?.properties !== undefined)
    describe(node.items, [...path.slice(0, -1), `${path.at(-1) ?? ''}[]`]);
}
