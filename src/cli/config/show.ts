import { relative } from 'node:path';
import type { Command } from 'commander';
import type { EffectiveKey } from '../../config/index.js';
import { InvalidInputError } from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import type { GlobalOptions } from '../context.js';
import { createOutput } from '../output.js';

interface JsonOption {
  readonly json?: boolean;
}

/** Adds `config show` and `config get`. */
export function addConfigShowCommands(config: Command): void {
  config
    .command('show')
    .description('every key with the value that counts here, and who said so; secrets never')
    .argument('[table]', 'only this table or key, for example serve or providers.local')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The output is TOML. Headers, and passwords and tokens in addresses, are hidden.

Examples:
  codetether config show
  codetether config show vault
  codetether config show --json`,
    )
    .action((table: string | undefined, _options: JsonOption, command: Command) =>
      showConfig(table, command),
    );
  config
    .command('get')
    .description('the value of one key; empty when nobody set it and it has no default')
    .argument('<key>', 'the key, for example serve.port')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether config get default_model\n  codetether config get serve.port --json',
    )
    .action((key: string, _options: JsonOption, command: Command) => getConfig(key, command));
}

/** Prints the keys that are set, and the defaults of the others; all, or those of one table. */
export async function showConfig(table: string | undefined, command: Command): Promise<void> {
  const output = createOutput();
  const { json } = command.optsWithGlobals<JsonOption>();
  const keys = await keysBelow(table, command);
  if (json === true) {
    output.document({ keys: keys.map(keyDocument) });
    return;
  }
  const { tomlValue } = await import('../../config/index.js');
  for (const { key, value, source, fallback } of keys) {
    if (fallback !== undefined) output.result(`# ${key}: ${fallback}  (default)`);
    else output.result(`${key} = ${tomlValue(shown(value))}  # ${placeOf(source)}`);
  }
}

async function getConfig(key: string, command: Command): Promise<void> {
  const output = createOutput();
  const { json } = command.optsWithGlobals<JsonOption>();
  const keys = await keysBelow(key, command);
  const { formatKeyPath, parseKeyPath, tomlValue } = await import('../../config/index.js');
  const wanted = formatKeyPath(parseKeyPath(key));
  const found = keys.find((one) => one.key === wanted);
  if (json === true) {
    output.document(found === undefined ? { keys: keys.map(keyDocument) } : keyDocument(found));
    return;
  }
  if (found === undefined) {
    for (const one of keys.filter(({ fallback }) => fallback === undefined))
      output.result(`${one.key} = ${tomlValue(shown(one.value))}`);
    return;
  }
  const value = found.fallback ?? shown(found.value);
  output.result(typeof value === 'string' ? value : tomlValue(value));
}

/** Keys of a table, or the key itself. Throws `ERR_CONFIG_UNKNOWN_KEY` for what can be none. */
async function keysBelow(table: string | undefined, command: Command): Promise<EffectiveKey[]> {
  const { effectiveKeys, formatKeyPath, isConfigKey, parseKeyPath } =
    await import('../../config/index.js');
  const { config, temporalCli } = command.optsWithGlobals<GlobalOptions>();
  const flags =
    temporalCli === undefined
      ? {}
      : { 'temporal.cli': { name: '--temporal-cli', value: temporalCli } };
  const keys = await effectiveKeys({ configFile: config, project: process.cwd(), flags });
  if (table === undefined) return keys;
  const path = parseKeyPath(table);
  const wanted = formatKeyPath(path);
  const found = keys.filter(({ key }) => key === wanted || key.startsWith(`${wanted}.`));
  if (found.length > 0 || isConfigKey(path)) return found;
  throw new InvalidInputError('ERR_CONFIG_UNKNOWN_KEY', {
    message: `there is no key or table ${wanted}`,
    where: { field: wanted },
    hint: 'codetether config show lists all keys',
  });
}

function keyDocument({ key, value, source, fallback }: EffectiveKey): Record<string, unknown> {
  return {
    key,
    value: value === undefined ? null : shown(value),
    default: fallback ?? null,
    source: source.kind,
    file: source.kind === 'file' ? source.path : null,
    line: source.kind === 'file' ? (source.line ?? null) : null,
    name: 'name' in source ? source.name : null,
  };
}

/** Whatever has the shape of a key is hidden, wherever somebody put it. */
function shown(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shown(child)]));
}

function placeOf(source: EffectiveKey['source']): string {
  if (source.kind === 'default') return 'default';
  if (source.kind !== 'file') return source.name;
  const here = relative(process.cwd(), source.path);
  const path = here.startsWith('..') ? source.path : here;
  return source.line === undefined ? path : `${path}:${source.line}`;
}
