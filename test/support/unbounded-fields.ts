import type { z } from 'zod';

/**
 * Places of a schema that may hold a text or a list of any size, for example `evidence[].command`. Texts with a longest size, a
 * pattern or a format of a fixed size are bounded; so are lists with a longest size.
 */
export function unboundedFields(schema: z.core.$ZodType, path = ''): string[] {
  return [...new Set(fieldsOf(schema, path))];
}

function fieldsOf(schema: z.core.$ZodType, path: string): string[] {
  const { def } = schema._zod;
  const inside = (inner: unknown, place: string): string[] =>
    fieldsOf(inner as z.core.$ZodType, place);
  const has = (name: string): boolean => Reflect.get(def, name) !== undefined;
  switch (def.type) {
    case 'string':
      return isBounded(schema) ? [] : [path];
    case 'array': {
      const own = isBounded(schema) ? [] : [`${path}[]`];
      return [...own, ...inside(Reflect.get(def, 'element'), `${path}[]`)];
    }
    case 'record':
      return [`${path}{}`, ...inside(Reflect.get(def, 'valueType'), `${path}{}`)];
    case 'object':
      return Object.entries(Reflect.get(def, 'shape') as Record<string, unknown>).flatMap(
        ([key, inner]) => inside(inner, path === '' ? key : `${path}.${key}`),
      );
    case 'union':
      return (Reflect.get(def, 'options') as unknown[]).flatMap((option) => inside(option, path));
    case 'unknown':
    case 'any':
      return [`${path}?`];
    default:
      if (has('innerType')) return inside(Reflect.get(def, 'innerType'), path);
      return has('out') ? inside(Reflect.get(def, 'out'), path) : [];
  }
}

const BOUNDS = ['max_length', 'length_equals', 'string_format'];

function isBounded(schema: z.core.$ZodType): boolean {
  const { checks = [] } = schema._zod.def;
  const isFormat = Reflect.get(schema._zod.def, 'format') !== undefined;
  return isFormat || checks.some((check) => BOUNDS.includes(check._zod.def.check));
}
