import { formatKeyPath, parseKeyPath } from '../edit/key-path.js';
import { DOCUMENTED_KEYS } from '../keys/documented-keys.js';
import { mergeLayers, readLayers, type Layer, type LoadConfigOptions } from '../layers.js';
import { processEnvironment, type EnvironmentVariables } from '../light/environment.js';
import { userFolders } from '../paths.js';
import { withoutSecretParts } from './secret-parts.js';

/** One key with the value that counts, and who said so. */
export interface EffectiveKey {
  /** As it is written in a file. */
  readonly key: string;
  /** Undefined = nobody set it. Never a secret. */
  readonly value: unknown;
  readonly source:
    | { readonly kind: 'file'; readonly path: string; readonly line: number | undefined }
    | { readonly kind: 'environment' | 'flag'; readonly name: string }
    | { readonly kind: 'default' };
  /** The default in words; undefined where the key is set. */
  readonly fallback: string | undefined;
}

/** What of a command line counts besides files and environment. */
export interface EffectiveOptions extends LoadConfigOptions {
  /** Flags by the key that they stand for. */
  readonly flags?: Readonly<Record<string, { readonly name: string; readonly value: string }>>;
}

/** Variables that are stronger than the files, by key. */
export const KEY_VARIABLES: Readonly<Record<string, string>> = {
  default_model: 'CODETETHER_DEFAULT_MODEL',
  'vault.address': 'VAULT_ADDR',
  'vault.mount': 'VAULT_MOUNT',
  'vault.path': 'VAULT_SECRETS_PATH',
  'vault.namespace': 'VAULT_NAMESPACE',
  'vault.ca_cert': 'VAULT_CACERT',
  'vault.token_file': 'VAULT_TOKEN_FILE',
  'platform.server': 'CODETETHER_SERVER',
  'platform.name': 'CODETETHER_WORKER_NAME',
};

/** Tables in which what a file says does not replace what another says: all of it holds. */
const HELD_BY_ALL: readonly string[] = ['permissions', 'envelope', 'hooks'];

/** Every key that is set anywhere, and the others with their defaults, in the order in which they are documented. */
export async function effectiveKeys(options: EffectiveOptions = {}): Promise<EffectiveKey[]> {
  const environment = options.environment ?? processEnvironment();
  const layers = await readLayers(options, userFolders(environment));
  const found = new Map<string, EffectiveKey>();
  for (const one of [
    ...mergedKeys(layers),
    ...fromEnvironment(environment),
    ...fromFlags(options.flags ?? {}),
  ])
    found.set(one.key, one);
  const set = [...found.values(), ...layers.flatMap(heldKeys)];
  const all = [...set, ...defaults(set)];
  return all.toSorted((left, right) => rank(left.key) - rank(right.key));
}

function mergedKeys(layers: readonly Layer[]): EffectiveKey[] {
  const merged: Record<string, unknown> = { ...mergeLayers(layers) };
  for (const table of HELD_BY_ALL) delete merged[table];
  return leaves(merged, []).map(({ path, value }) => {
    const layer = layers.findLast(({ settings }) => valueAt(settings, path) !== undefined);
    return keyOf(path, value, layer);
  });
}

function heldKeys(layer: Layer): EffectiveKey[] {
  const own = Object.entries(layer.settings).filter(([table]) => HELD_BY_ALL.includes(table));
  return leaves(Object.fromEntries(own), []).map(({ path, value }) => keyOf(path, value, layer));
}

function keyOf(path: readonly string[], value: unknown, layer: Layer | undefined): EffectiveKey {
  const source =
    layer === undefined
      ? ({ kind: 'default' } as const)
      : ({ kind: 'file', path: layer.path, line: layer.lineOf(path) } as const);
  const shown = withoutSecretParts(path, value);
  return { key: formatKeyPath(path), value: shown, source, fallback: undefined };
}

function fromEnvironment(environment: EnvironmentVariables): EffectiveKey[] {
  const named = Object.entries(KEY_VARIABLES).map(([key, name]) => ({
    key,
    name,
    value: environment[name] ?? '',
  }));
  const isExposed = environment['CODETETHER_TEMPORAL_EXPOSED'] === '1';
  const exposed = {
    key: 'temporal.exposed',
    name: 'CODETETHER_TEMPORAL_EXPOSED',
    value: isExposed,
  };
  return [...named, exposed]
    .filter(({ value }) => value !== '' && value !== false)
    .map(({ key, name, value }) => ({
      key,
      value: withoutSecretParts(key.split('.'), value),
      source: { kind: 'environment', name },
      fallback: undefined,
    }));
}

function fromFlags(flags: NonNullable<EffectiveOptions['flags']>): EffectiveKey[] {
  return Object.entries(flags).map(([key, { name, value }]) => ({
    key,
    value,
    source: { kind: 'flag', name },
    fallback: undefined,
  }));
}

/** Keys that nobody set; those with a name in them exist only where a table of that name does. */
function defaults(set: readonly EffectiveKey[]): EffectiveKey[] {
  const known = new Set(set.map(({ key }) => key));
  return Object.entries(DOCUMENTED_KEYS)
    .filter(([key]) => !known.has(key) && !/NAME|\[\]/.test(key))
    .map(([key, [fallback]]) => ({
      key,
      value: undefined,
      source: { kind: 'default' as const },
      fallback,
    }));
}

/** Lists of tables stay whole. */
function leaves(value: unknown, path: readonly string[]): { path: string[]; value: unknown }[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ path: [...path], value }];
  return Object.entries(value).flatMap(([name, child]) => leaves(child, [...path, name]));
}

function valueAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, part) => {
    if (typeof node !== 'object' || node === null) return undefined;
    const own: unknown = Object.getOwnPropertyDescriptor(node, part)?.value;
    return own;
  }, settings);
}

const ORDER = [...new Set(Object.keys(DOCUMENTED_KEYS).map((key) => key.split('.')[0]))];

/** Tables in the order of their documentation; keys of one stay as they are. */
function rank(key: string): number {
  const [first = ''] = parseKeyPath(key);
  const place = ORDER.findIndex((name) => name?.replace('[]', '') === first);
  return place < 0 ? ORDER.length : place;
}
