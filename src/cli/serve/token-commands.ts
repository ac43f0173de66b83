import type { Command } from 'commander';
import {
  ALL_SCOPES,
  InvalidInputError,
  type TokenScope,
  tokenScopeSchema,
} from '../../domain/index.js';
import { startLocalVault } from '../auth/vault-service.js';
import { type CommandContext, createContext } from '../context.js';
import { formatTable } from '../output.js';

/** `serve` itself has the flag too, and takes it wherever it stands. */
function isJson(command: Command): boolean {
  const { json }: { readonly json?: boolean } = command.optsWithGlobals();
  return json === true;
}

const HELP = `
Scopes: ${ALL_SCOPES.join(', ')}. A token sees its own tasks only, with board:read every run of the home. Vault keeps a digest of it, never the token.

Examples:
  codetether serve token create ci --scope code:run --scope tasks:read
  codetether serve token list
  codetether serve token revoke ci`;

/** Adds `codetether serve token …`. */
export function addTokenCommands(serve: Command): void {
  const token = serve
    .command('token')
    .description('make, list and revoke the tokens of clients, in Vault')
    .addHelpText('after', HELP);
  token
    .command('create')
    .description('make a token and print it, once')
    .argument('<name>', 'whose it is; its tasks belong to this name')
    .requiredOption(
      '--scope <scope>',
      'what it may do; repeat it, or list several with commas',
      gather,
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether serve token create ci --scope code:run,tasks:read\n  codetether serve token create reader --scope tasks:read --json',
    )
    .action(async (name: string, options: { scope: string[] }, command: Command) => {
      await create({ name, scopes: options.scope.map(parseScope) }, command);
    });
  token
    .command('list')
    .description('list the tokens: names, scopes and when they were made')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  codetether serve token list --json')
    .action(async (_options: object, command: Command) => list(command));
  token
    .command('revoke')
    .description('make a token useless; servers refuse it within half a minute')
    .argument('<name>', 'the token')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  codetether serve token revoke ci')
    .action(async (name: string, _options: object, command: Command) => {
      const context = await createContext(command);
      const place = await openPlace(context);
      const { revokeAccessToken } = await import('../../keys/index.js');
      await revokeAccessToken(place, name);
      if (isJson(command)) context.output.document({ revoked: name });
      else context.output.result(`the token ${name} is revoked`);
    });
}

async function create(
  wanted: { readonly name: string; readonly scopes: readonly TokenScope[] },
  command: Command,
): Promise<void> {
  const context = await createContext(command);
  const { createAccessToken, requestLocalVault, secretPlace } = await import('../../keys/index.js');
  if (secretPlace(context.config) === 'none') await requestLocalVault(context.config);
  const { token, kept } = await createAccessToken(await openPlace(context), wanted);
  const { output } = context;
  if (isJson(command)) {
    output.document({ name: kept.name, token, scopes: kept.scopes, created_at: kept.createdAt });
    return;
  }
  output.note(`the token of ${kept.name} (${kept.scopes.join(', ')}); it is not shown again:`);
  output.result(token);
}

async function list(command: Command): Promise<void> {
  const context = await createContext(command);
  const { listAccessTokens, secretPlace } = await import('../../keys/index.js');
  const { config, environment } = await openPlace(context);
  const tokens = secretPlace(config) === 'none' ? [] : await listAccessTokens(config, environment);
  if (isJson(command)) {
    context.output.document({
      tokens: tokens.map(({ name, scopes, createdAt }) => ({
        name,
        scopes,
        created_at: createdAt,
      })),
    });
    return;
  }
  if (tokens.length === 0) {
    context.output.note('no tokens yet: codetether serve token create NAME --scope …');
    return;
  }
  context.output.result(
    formatTable([
      ['NAME', 'SCOPES', 'CREATED'],
      ...tokens.map(({ name, scopes, createdAt }) => [name, scopes.join(' '), createdAt]),
    ]),
  );
}

async function openPlace(context: CommandContext) {
  const { processEnvironment } = await import('../../config/index.js');
  await startLocalVault(context);
  return { config: context.config, environment: processEnvironment() };
}

function gather(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',').map((scope) => scope.trim())];
}

function parseScope(text: string): TokenScope {
  const parsed = tokenScopeSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError('ERR_TOKEN_SCOPE', {
    message: 'this is no scope of a token',
    where: { field: 'scope' },
    hint: `use one of ${ALL_SCOPES.join(', ')}`,
  });
}
