import type { Command } from 'commander';
import { createContext, type CommandContext } from '../context.js';

interface JsonOption {
  readonly json?: boolean;
}

/** Adds what can be known of scripts without running one: list, show, check. */
export function addReadingCommands(script: Command): void {
  script
    .command('list')
    .description('scripts that can be started by name, here and of your own')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  codetether script list\n  codetether script list --json')
    .action(async (options: JsonOption, self: Command) => {
      await list(options, await createContext(self));
    });
  script
    .command('show')
    .description('what a script says of itself, and its text')
    .argument('<script>', 'name of a script, or its file')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  codetether script show review')
    .action(async (wanted: string, options: JsonOption, self: Command) => {
      await show(wanted, options, await createContext(self));
    });
  script
    .command('check')
    .description('whether a script can run: syntax, names, meta; nothing is started or paid')
    .argument('<script>', 'name of a script, or its file')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  codetether script check ./migrate.js')
    .action(async (wanted: string, options: JsonOption, self: Command) => {
      await check(wanted, options, await createContext(self));
    });
}

async function find(wanted: string) {
  const { findScript, repositoryAround } = await import('../../runs/index.js');
  const cwd = process.cwd();
  return findScript(wanted, { repository: await repositoryAround(cwd), cwd });
}

async function list({ json }: JsonOption, { output }: CommandContext): Promise<void> {
  const { listScripts, repositoryAround } = await import('../../runs/index.js');
  const { scripts, broken } = await listScripts(await repositoryAround(process.cwd()));
  if (json === true) {
    output.document({
      scripts: scripts.map(({ path, meta }) => ({ ...meta, path })),
      broken: broken.map(({ path, problems }) => ({ path, problems })),
    });
    return;
  }
  for (const { path, meta } of scripts)
    output.result(`${meta.name}  ${meta.description}\n  ${path}`);
  for (const { path, problems } of broken)
    output.note(
      `not usable: ${path}:${problems[0]?.line ?? 1}:${problems[0]?.column ?? 1} ${problems[0]?.message ?? ''}`,
    );
  if (scripts.length === 0)
    output.note(
      'no scripts: write one into .codetether/scripts/NAME.js (codetether script --help)',
    );
}

async function show(
  wanted: string,
  { json }: JsonOption,
  { output }: CommandContext,
): Promise<void> {
  const { path, meta, text } = await find(wanted);
  if (json === true) output.document({ ...meta, path, text });
  else output.result(`${meta.name}: ${meta.description}\n${path}\n\n${text}`);
}

async function check(
  wanted: string,
  { json }: JsonOption,
  { output }: CommandContext,
): Promise<void> {
  const { path, meta } = await find(wanted);
  if (json === true) output.document({ name: meta.name, path, problems: [] });
  else output.result(`${meta.name} can run (${path})`);
}
