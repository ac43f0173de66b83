import type { Command } from 'commander';
import type { ConfigChange } from '../../config/index.js';
import { InvalidInputError } from '../../domain/index.js';
import type { GlobalOptions } from '../context.js';
import { createOutput } from '../output.js';

/** Which file a command writes. */
export interface TargetOptions {
  readonly project?: boolean;
}

/** Adds `config set`. */
export function addConfigSetCommand(config: Command): void {
  config
    .command('set')
    .description('set one key of a configuration file; everything else in it stays as it is')
    .argument('<key>', 'the key, or KEY=VALUE')
    .argument('[value]', 'its value: TOML, a text, or a list by commas')
    .option('--project', 'write ./codetether.toml instead of your own file')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The file as a whole is checked before anything is written. With --config FILE that file is changed. In a project file only keys
that a stranger's file may set can be set. API keys lie in Vault alone: codetether auth set PROVIDER.

Examples:
  codetether config set default_model local/qwen3-coder
  codetether config set api.port=4100
  codetether config set fallback_models moonshotai/kimi-k2.5,openai/gpt-5
  codetether config set providers.local.price '{ input_per_million_usd = 0, output_per_million_usd = 0 }'
  codetether config set --project workspace.copy .env.test`,
    )
    .action(function set(this: Command) {
      return setConfig(this.args, this.opts<TargetOptions>(), this);
    });
}

/** Sets what `words` say: `KEY=VALUE`, or key and value. */
export async function setConfig(
  words: readonly string[],
  { project }: TargetOptions,
  command: Command,
): Promise<void> {
  const output = createOutput();
  const [key, value] = keyAndValue(words);
  const { config: configFile, json } = command.optsWithGlobals<
    GlobalOptions & { json?: boolean }
  >();
  if (project === true && configFile !== undefined) {
    throw new InvalidInputError('ERR_USAGE', {
      message: '--project and --config name two files',
      hint: 'give one of them',
    });
  }
  const { planConfigChange } = await import('../../config/index.js');
  const { writeConfigFile } = await import('../../upkeep/index.js');
  const folder = project === true ? process.cwd() : undefined;
  const change = await planConfigChange({ key, value, project: folder, configFile });
  await writeConfigFile(change);
  for (const note of [...change.notes, ...(await strongerThan(change, configFile))])
    output.note(`note: ${note}`);
  if (json === true) output.document({ key: change.key, file: change.path });
  else output.result(`${change.key} is set in ${change.path}`);
}

/** Who says something else about the key, and counts. */
async function strongerThan(
  { key, path, notes }: ConfigChange,
  configFile: string | undefined,
): Promise<string[]> {
  // A file that needs trust anew stops every reader: then nothing can be said about the others.
  if (notes.length > 0) return [];
  const { effectiveKeys } = await import('../../config/index.js');
  const keys = await effectiveKeys({ project: process.cwd(), configFile }).catch(
    (error: unknown) => {
      // It is written; a project file here that nobody may read is another matter.
      if (error instanceof InvalidInputError) return [];
      throw error;
    },
  );
  const source = keys.find((one) => one.key === key)?.source;
  if (source?.kind === 'environment') return [`${source.name} is set, and stronger`];
  if (source?.kind === 'file' && source.path !== path)
    return [`${source.path} sets it too, and is stronger`];
  return [];
}

function keyAndValue(words: readonly string[]): readonly [string, string] {
  const [first = '', second] = words;
  if (second !== undefined) return [first, second];
  const at = equalsOutsideQuotes(first);
  if (at > 0) return [first.slice(0, at).trim(), first.slice(at + 1).trim()];
  throw new InvalidInputError('ERR_USAGE', {
    message: `"${first}" has no value`,
    hint: 'write KEY VALUE or KEY=VALUE, for example codetether config set api.port 4100',
  });
}

/** A name in quotes may hold the sign. */
function equalsOutsideQuotes(text: string): number {
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '"') isQuoted = !isQuoted;
    if (text[index] === '=' && !isQuoted) return index;
  }
  return -1;
}
