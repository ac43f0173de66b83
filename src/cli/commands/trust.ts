import type { Command } from 'commander';
import {
  examineProjectFiles,
  listTrustedFiles,
  processEnvironment,
  revokeProjectFile,
  trustProjectFile,
  userFolders,
  type ProjectFileTrust,
} from '../../config/index.js';
import { InvalidInputError } from '../../domain/index.js';
import { createOutput, type Output } from '../output.js';

interface TrustOptions {
  readonly list?: boolean;
  readonly revoke?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  codetether trust                     trust the project files of this folder
  codetether trust --dry-run           only show what they would be allowed to set
  codetether trust repo/codetether.toml
  codetether trust .claude/skills/release/SKILL.md
  codetether trust --list
  codetether trust --revoke repo/codetether.toml

Project files come with a repository, so from strangers: without trust they may set default_model, checks, setup and rules
that tighten only, and agents of .claude, skills and hooks of other agents' files are not used. Trust holds for exactly this content at this place: a changed file must be trusted again. API keys are never read
from files.`;

/** Adds `codetether trust`. */
export function addTrustCommand(program: Command): void {
  program
    .command('trust')
    .description(
      'let a project file set providers, sandbox and everything else that only you may set',
    )
    .argument(
      '[file]',
      'codetether.toml, .codetether/config.toml, an agent, SKILL.md or hooks of a repository, or a folder with them',
      '.',
    )
    .option('--dry-run', 'show what would be allowed, and store nothing')
    .option('--list', 'list the trusted files')
    .option('--revoke', 'trust the file no more')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (file: string, options: TrustOptions) => {
      // no configuration is loaded here: the very file that is to be trusted would stop it
      const { home } = userFolders(processEnvironment());
      const output = createOutput();
      if (options.list === true) await listFiles(home, options, output);
      else if (options.revoke === true) await revoke({ home, file }, options, output);
      else await trust({ home, file }, options, output);
    });
}

interface Target {
  readonly home: string;
  readonly file: string;
}

async function trust(target: Target, options: TrustOptions, output: Output): Promise<void> {
  const files = await examineProjectFiles(target.home, target.file);
  const isStored = options.dryRun !== true;
  const shown = files.map((file) => ({
    ...file,
    state: isStored && file.state !== 'harmless' ? ('trusted' as const) : file.state,
  }));
  if (isStored) {
    for (const file of files) {
      if (file.state === 'changed' || file.state === 'untrusted')
        await trustProjectFile(target.home, file);
    }
  }
  if (options.json === true) {
    output.document({
      files: shown.map(({ path, sha256, state, settings }) => ({ path, state, sha256, settings })),
    });
    return;
  }
  for (const [index, file] of files.entries()) output.result(describe(file, shown[index]?.state));
}

const ENDINGS = {
  trusted: 'trusted',
  changed: 'not trusted: it was changed after it was trusted',
  untrusted: 'not trusted',
  harmless: 'nothing here needs trust',
} as const;

function describe(file: ProjectFileTrust, state: ProjectFileTrust['state'] = file.state): string {
  return [
    file.path,
    ...file.settings.map(({ key, value }) => `  ${key} = ${JSON.stringify(value)}`),
    `  ${ENDINGS[state]}${state === 'trusted' ? `; take it back with: codetether trust --revoke ${file.path}` : ''}`,
  ].join('\n');
}

async function listFiles(home: string, options: TrustOptions, output: Output): Promise<void> {
  const files = await listTrustedFiles(home);
  if (options.json === true) {
    output.document({
      files: files.map(({ path, state, sha256, trustedAt, keys }) => ({
        path,
        state,
        sha256,
        trusted_at: trustedAt,
        keys,
      })),
    });
    return;
  }
  if (files.length === 0) output.result('no project file is trusted');
  for (const { path, state, trustedAt, keys } of files)
    output.result(`${state.padEnd(8)} ${path}  since ${trustedAt}: ${keys.join(', ')}`);
}

async function revoke(target: Target, options: TrustOptions, output: Output): Promise<void> {
  if (target.file === '.') {
    throw new InvalidInputError('ERR_TRUST_FILE', {
      message: 'name the file that shall be trusted no more',
      hint: 'codetether trust --list shows the trusted files, then: codetether trust --revoke FILE',
    });
  }
  const path = await revokeProjectFile(target.home, target.file);
  if (options.json === true) output.document({ revoked: path });
  else output.result(`${path} is no longer trusted`);
}
