import type { z } from 'zod';

/** The parts of a zod definition that are walked here. */
export interface SchemaNode {
  readonly def: {
    readonly type?: string;
    readonly innerType?: SchemaNode;
    readonly valueType?: SchemaNode;
    readonly element?: SchemaNode;
    readonly shape?: Readonly<Record<string, SchemaNode>>;
  };
}

/** What an optional value, or one with a default, holds. */
export function unwrapped(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.def.innerType === undefined ? node : unwrapped(node.def.innerType);
}

/** The schema one step further down; records and arrays are entered whatever the step is called. */
export function childOf(node: SchemaNode | undefined, step: PropertyKey): SchemaNode | undefined {
  return node?.def.shape?.[String(step)] ?? node?.def.valueType ?? node?.def.element;
}

/** Keys that the schema knows at a path. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: SchemaNode | undefined = schema as SchemaNode;
  for (const step of path) node = childOf(unwrapped(node), step);
  return Object.keys(unwrapped(node)?.def.shape ?? {});
}

/** Every key that can be set, as a path; `NAME` where a table is keyed by names, `[]` behind a list of tables. */
export function schemaKeys(schema: z.ZodType): string[][] {
  return below(schema as SchemaNode, []);
}

function below(node: SchemaNode | undefined, path: readonly string[]): string[][] {
  const { shape, valueType, element } = unwrapped(node)?.def ?? {};
  if (shape !== undefined)
    return Object.entries(shape).flatMap(([key, child]) => below(child, [...path, key]));
  if (valueType !== undefined) return below(valueType, [...path, 'NAME']);
  const isTables = unwrapped(element)?.def.shape !== undefined;
  if (!isTables) return [[...path]];
  const list = [...path.slice(0, -1), `${path.at(-1) ?? ''}[]`];
  return below(element, list);
}
