import type { ManifestRule } from './manifest-rules.js';

/**
 * `strict`: what decides about checks is the base's, and what the story added there is gone. `lenient`: the base's values win, and what
 * the story added stays.
 */
export type RestoreMode = 'strict' | 'lenient';

/** Structured configuration as it was parsed. */
export type Values = Readonly<Record<string, unknown>>;

/** Values that name a place on this machine, an archive or another package instead of a version. */
const LOCAL_SOURCE = /^(?:file:|link:|portal:|patch:|git[+:]|https?:|npm:|workspace:|\.{0,2}\/)/;

/**
 * The story's values with the base's where they decide about checks, or `story` itself when nothing of that kind changed.
 * Pure; keys keep their order.
 */
export function restoreValues(
  rule: ManifestRule,
  {
    base,
    story,
    mode,
  }: { readonly base: Values; readonly story: Values; readonly mode: RestoreMode },
): Values {
  const merged = merge({ rule, mode }, [], { base, story });
  const restored = isValues(merged) ? restoreSources(rule, base, merged) : story;
  return isSame(restored, story) ? story : restored;
}

/** True when the story changed which files names find, without changing what is put back. */
export function changesResolution(rule: ManifestRule, base: Values, story: Values): boolean {
  const watched = (rule.watched ?? []).some(
    (key) => !isSame(valueAt(base, key.split('.')), valueAt(story, key.split('.'))),
  );
  return (
    watched ||
    sourceMaps(rule, story).some(({ path, map }) =>
      Object.entries(map).some(
        ([name, value]) => isLocal(value) && !isSame(valueAt(base, [...path, name]), value),
      ),
    )
  );
}

interface Merging {
  readonly rule: ManifestRule;
  readonly mode: RestoreMode;
}

interface Sides {
  readonly base: unknown;
  readonly story: unknown;
}

function merge(merging: Merging, path: readonly string[], sides: Sides): unknown {
  const { base, story } = sides;
  const { rule, mode } = merging;
  if (isFree(rule, path)) return story;
  const isGuarded = guards(rule, path);
  if (!isGuarded && !guardsBelow(rule, path)) return story;
  if (isValues(base) && isValues(story)) return mergeKeys(merging, path, { base, story });
  if (!isGuarded) return story;
  if (base === undefined) return addition(merging, path, story);
  return mode === 'lenient' && holdsAll(story, base) ? story : base;
}

/** What stays of a guarded key that only the story has: all of it, nothing, or what is the product's below it. */
function addition(merging: Merging, path: readonly string[], story: unknown): unknown {
  if (isValues(story) && holdsFree(merging.rule, path)) {
    const kept = mergeKeys(merging, path, { base: {}, story });
    return Object.keys(kept).length === 0 ? undefined : kept;
  }
  return keepsAddition(merging, path) ? story : undefined;
}

/** A list that only grew. */
function holdsAll(story: unknown, base: unknown): boolean {
  if (!Array.isArray(base) || !Array.isArray(story)) return false;
  return base.every((item) => story.some((other) => isSame(item, other)));
}

function mergeKeys(
  merging: Merging,
  path: readonly string[],
  { base, story }: { readonly base: Values; readonly story: Values },
): Values {
  const keys = new Set([...Object.keys(story), ...Object.keys(base)]);
  const merged: [string, unknown][] = [];
  for (const key of keys) {
    const value = merge(merging, [...path, key], {
      base: ownValue(base, key),
      story: ownValue(story, key),
    });
    if (value !== undefined) merged.push([key, value]);
  }
  return Object.fromEntries(merged);
}

function keepsAddition({ rule, mode }: Merging, path: readonly string[]): boolean {
  if (mode === 'lenient') return true;
  const { open } = rule;
  if (open === undefined || path.length !== 2 || path[0] !== open.key) return false;
  return !open.but.test(path[1] ?? '');
}

function restoreSources(rule: ManifestRule, base: Values, story: Values): Values {
  let restored = story;
  for (const { path, map } of sourceMaps(rule, story)) {
    const entries = Object.entries(map).map(([name, value]): [string, unknown] => {
      const before = valueAt(base, [...path, name]);
      return [name, before !== undefined && isLocal(value) && !isLocal(before) ? before : value];
    });
    restored = withValue(restored, path, Object.fromEntries(entries));
  }
  return restored;
}

function isLocal(value: unknown): boolean {
  if (typeof value === 'string') return LOCAL_SOURCE.test(value);
  return isValues(value) && ['path', 'git', 'file', 'url', 'package'].some((key) => key in value);
}

function sourceMaps(
  rule: ManifestRule,
  values: Values,
): { readonly path: readonly string[]; readonly map: Values }[] {
  return (rule.sources ?? [])
    .flatMap((key) => expand(values, [], key.split('.')))
    .flatMap((path) => {
      const map = valueAt(values, path);
      return isValues(map) ? [{ path, map }] : [];
    });
}

/** The paths that `pattern` stands for; `*` is any one key. */
function expand(values: unknown, path: readonly string[], pattern: readonly string[]): string[][] {
  const [first, ...rest] = pattern;
  if (first === undefined) return [[...path]];
  if (!isValues(values)) return [];
  const keys = first === '*' ? Object.keys(values) : [first];
  return keys.flatMap((key) => expand(ownValue(values, key), [...path, key], rest));
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isValues(at) ? ownValue(at, key) : undefined), values);
}

/** Names of prototypes are keys like all others. */
function ownValue(values: Values, key: string): unknown {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

function withValue(values: Values, [key, ...rest]: readonly string[], value: unknown): Values {
  if (key === undefined) return values;
  const below = ownValue(values, key);
  return {
    ...values,
    [key]: rest.length === 0 || !isValues(below) ? value : withValue(below, rest, value),
  };
}

function isFree({ free = [] }: ManifestRule, path: readonly string[]): boolean {
  return path.length > 0 && free.some((key) => covers(key.split('.'), path));
}

/** Something below is the product's. */
function holdsFree({ free = [] }: ManifestRule, path: readonly string[]): boolean {
  return free.some((key) => covers(path, key.split('.')));
}

function guards({ guarded }: ManifestRule, path: readonly string[]): boolean {
  if (guarded === undefined) return path.length > 0;
  return guarded.some((key) => covers(key.split('.'), path));
}

function guardsBelow({ guarded }: ManifestRule, path: readonly string[]): boolean {
  return guarded === undefined || guarded.some((key) => covers(path, key.split('.')));
}

/** True when `outer` is `inner` or one of its parents. */
function covers(outer: readonly string[], inner: readonly string[]): boolean {
  return outer.length <= inner.length && outer.every((key, index) => key === inner[index]);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isValues(value: unknown): value is Values {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}
