import type { Command } from 'commander';
import { createContext } from '../context.js';
import type { AuthLoginOptions } from './login.js';
import type { SetOptions, TestOptions } from './options.js';

const HELP = `
Examples:
  codetether auth set moonshotai              asks for the key without showing it
  codetether auth set openai < key.txt        from a file or a pipe
  codetether auth list                        providers with a key; never the keys
  codetether auth test moonshotai             asks a model for one word

Keys come from Vault only, never from files or the environment. With VAULT_ADDR they are written there; without it the first
\`auth set\` starts a local OpenBao that only your user can open.`;

/** Adds `codetether auth`. */
export function addAuthCommand(program: Command): void {
  const auth = program
    .command('auth')
    .description('store, list and try the API keys of providers, in Vault')
    .addHelpText('after', HELP);
  addSet(auth);
  addLogin(auth);
  addList(auth);
  auth
    .command('test')
    .description(
      'ask a model of the provider for one word with the stored key: a few tokens are paid',
    )
    .argument('<provider>', 'for example moonshotai')
    .option(
      '-m, --model <model>',
      'PROVIDER/MODEL or the model alone; default: your default model, else a usual one',
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether auth test moonshotai\n  codetether auth test azure-anthropic -m my-deployment',
    )
    .action(async (provider: string, options: TestOptions, command: Command) => {
      const { testKey } = await import('./test-key.js');
      await testKey(provider, options, await createContext(command));
    });
}

function addSet(auth: Command): void {
  auth
    .command('set')
    .description('store the key of a provider; it is typed unseen or read from standard input')
    .argument('<provider>', 'for example moonshotai, openrouter, google, openai, anthropic')
    .option(
      '-m, --model <model>',
      'PROVIDER/MODEL or the model alone, for default_model when there is none',
    )
    .option('--base-url <url>', "address of the server, where it is not the provider's own")
    .option('--organization <id>', 'organization of the key')
    .option('--resource <name>', 'Azure resource, for azure-anthropic')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether auth set moonshotai\n  codetether auth set azure-anthropic --resource my-resource -m my-deployment < key.txt',
    )
    .action(async (provider: string, options: SetOptions, command: Command) => {
      const { setKey } = await import('./set-key.js');
      await setKey(provider, options, await createContext(command));
    });
}

function addLogin(auth: Command): void {
  auth
    .command('login')
    .description(
      'log in to a server of tools (MCP) with a browser; its tokens go to Vault and are renewed',
    )
    .argument('<server>', 'mcp/NAME of a server with auth = "oauth"')
    .option('--scope <scopes>', 'scopes to ask for, with spaces; default: what the server names')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether auth login mcp/issues\n  codetether auth login mcp/issues --scope "issues:read issues:write"',
    )
    .action(async (server: string, options: AuthLoginOptions, command: Command) => {
      const { login } = await import('./login.js');
      await login(server, options, await createContext(command));
    });
}

function addList(auth: Command): void {
  auth
    .command('list')
    .description('list the providers with a key in Vault; keys are never shown')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  codetether auth list\n  codetether auth list --json')
    .action(async (options: { json?: boolean }, command: Command) => {
      const { listKeys } = await import('./list-keys.js');
      await listKeys(options, await createContext(command));
    });
}
