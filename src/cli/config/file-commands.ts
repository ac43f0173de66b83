import { join } from 'node:path';
import type { Command } from 'commander';
import type { ValidatedFile } from '../../config/index.js';
import { describeError } from '../../domain/index.js';
import { exitWith, type GlobalOptions } from '../context.js';
import { createOutput } from '../output.js';
import { writeOutputFile } from '../output-file.js';
import type { TargetOptions } from './set.js';

interface JsonOption {
  readonly json?: boolean;
}

/** Adds `config init`, `path`, `validate` and `schema`. */
export function addConfigFileCommands(config: Command): void {
  config
    .command('init')
    .description('make a first configuration file, with everything in it as comments')
    .option('--project', 'make ./codetether.toml instead of your own file')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nA file that exists is left as it is.\n\nExamples:\n  codetether config init\n  codetether config init --project',
    )
    .action((options: TargetOptions, command: Command) => initConfig(options, command));
  config
    .command('path')
    .description('the files that count here, weakest first, and which of them exist')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  codetether config path\n  codetether config path --json')
    .action((_options: JsonOption, command: Command) => showPaths(command));
  config
    .command('validate')
    .description('check one file, or all that count here; every problem at once')
    .argument('[file]', 'a configuration file')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExit code 2 when a file has a problem.\n\nExamples:\n  codetether config validate\n  codetether config validate codetether.toml --json',
    )
    .action((file: string | undefined, _options: JsonOption, command: Command) =>
      validate(file, command),
    );
  config
    .command('schema')
    .description('JSON Schema of a configuration file, for editors')
    .option('-o, --output <file>', 'write it to this file; it must not exist')
    .addHelpText(
      'after',
      '\nEditors with a TOML language server read it where the first line of a file is: #:schema ./codetether.schema.json\n\nExamples:\n  codetether config schema\n  codetether config schema -o codetether.schema.json',
    )
    .action(async ({ output: file }: { output?: string }) => {
      const { configJsonSchema } = await import('../../config/index.js');
      const output = createOutput();
      if (file === undefined) {
        output.document(configJsonSchema());
        return;
      }
      await writeOutputFile(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
      output.result(`${file} written; first line of a configuration file: #:schema ./${file}`);
    });
}

/** Makes a first configuration file. */
export async function initConfig({ project }: TargetOptions, command: Command): Promise<void> {
  const output = createOutput();
  const { newConfigFile, processEnvironment, userFolders } = await import('../../config/index.js');
  const { writeNewConfigFile } = await import('../../upkeep/index.js');
  const { json } = command.optsWithGlobals<JsonOption>();
  const [path, mode] =
    project === true
      ? [join(process.cwd(), 'codetether.toml'), 0o644]
      : [userFolders(processEnvironment()).userFile, 0o600];
  await writeNewConfigFile({
    path,
    mode,
    text: newConfigFile(project === true ? 'project' : 'user'),
  });
  if (json === true) output.document({ file: path });
  else output.result(`${path} written; everything in it is a comment`);
}

async function showPaths(command: Command): Promise<void> {
  const output = createOutput();
  const { json } = command.optsWithGlobals<JsonOption>();
  const files = await validated(undefined, command);
  if (json === true) {
    output.document({ files: files.map(({ path, exists }) => ({ path, exists })) });
    return;
  }
  for (const { path, exists } of files) output.result(exists ? path : `${path}  (does not exist)`);
}

async function validated(file: string | undefined, command: Command): Promise<ValidatedFile[]> {
  const { validateConfigFiles } = await import('../../config/index.js');
  const { config } = command.optsWithGlobals<GlobalOptions>();
  return validateConfigFiles({ file, configFile: config, project: process.cwd() });
}

async function validate(file: string | undefined, command: Command): Promise<void> {
  const output = createOutput();
  const { json } = command.optsWithGlobals<JsonOption>();
  const files = await validated(file, command);
  const problems = files.flatMap((one) => one.problems);
  if (json === true)
    output.document({ valid: problems.length === 0, files: files.map(fileDocument) });
  for (const warning of files.flatMap(({ warnings }) => warnings))
    output.note(`warning: ${warning}`);
  for (const problem of problems) output.note(describeError(problem));
  if (problems.length > 0) return exitWith(2);
  if (json === true) return;
  const there = files.filter(({ exists }) => exists);
  if (there.length === 0) output.result('there is no configuration file; the defaults count');
  for (const { path } of there) output.result(`${path} is valid`);
}

function fileDocument({
  path,
  exists,
  problems,
  warnings,
}: ValidatedFile): Record<string, unknown> {
  return {
    path,
    exists,
    problems: problems.map(({ code, message, where, hint }) => ({
      code,
      message,
      line: where?.line ?? null,
      field: where?.field ?? null,
      hint: hint ?? null,
    })),
    warnings,
  };
}
