import { InvalidArgumentError, type Command } from 'commander';
import type { ListedServer, ServerTest } from '../../upkeep/index.js';
import { createContext, exitWith } from '../context.js';
import { formatTable } from '../output.js';

interface JsonOption {
  readonly json?: boolean;
}

/** Adds the family `codetether mcp …`. */
export function addMcpCommand(program: Command): void {
  const mcp = program
    .command('mcp')
    .description('servers of tools (MCP) that agents may use')
    .addHelpText(
      'after',
      '\nServers are described as [mcp.servers.NAME] in your configuration.\n\nExample:\n  codetether mcp list',
    );
  mcp
    .command('list')
    .description('list the configured servers; starts and asks none')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  codetether mcp list\n  codetether mcp list --json')
    .action(async (options: JsonOption, command: Command) => {
      const { output, config } = await createContext(command);
      const { listMcpServers } = await import('../../upkeep/index.js');
      const servers = listMcpServers(config);
      if (options.json === true) output.document({ servers: servers.map(serverDocument) });
      else output.result(serverTable(servers));
      exitWith(0);
    });
  mcp
    .command('test')
    .description('start a server, agree on a protocol with it, and list its tools')
    .argument('<name>', 'a server of your configuration')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nNo tool is called. Exit code 3 when the server cannot be used.\n\nExamples:\n  codetether mcp test git\n  codetether mcp test git --json',
    )
    .action(async (name: string, options: JsonOption, command: Command) => {
      const { output, config } = await createContext(command);
      const { testMcpServer } = await import('../../upkeep/index.js');
      const test = await testMcpServer(config, name);
      if (options.json === true) output.document(testDocument(test));
      else output.result(testScreen(test));
      exitWith(0);
    });
  addServe(mcp);
}

interface ServeOptions {
  readonly http?: number;
  /** False with `--no-token`. */
  readonly token: boolean;
}

/** Adds `codetether mcp serve`. */
function addServe(mcp: Command): void {
  mcp
    .command('serve')
    .description('be a server of tools for another program: this folder, and runs of CodeTether')
    .option('--http <port>', 'over http on this machine, instead of standard streams', parsePort)
    .option('--no-token', 'with --http: ask clients for no token')
    .addHelpText(
      'after',
      `
Tools: run_command, read_file, write_file, list_directory, search_files, grep_search over the current folder, in the sandbox;
ralph_start, swarm_start, rlm_start, script_start, runs_list, run_status, run_report, run_cancel. Prompts: code_review, explain_code.
On standard streams it ends when its input is closed. Remarks go to standard error.

Examples:
  codetether mcp serve
  codetether mcp serve --http 4040`,
    )
    .action(async ({ http, token }: ServeOptions, command: Command) => {
      const { output, config } = await createContext(command);
      const { serveHttp, serveStdio } = await import('../../mcp/index.js');
      const options = {
        folder: process.cwd(),
        version: command.parent?.parent?.version() ?? '',
        note: (text: string) => output.note(text),
      };
      if (http === undefined) {
        await serveStdio(config, options);
        return exitWith(0);
      }
      const serving = await serveHttp(config, { ...options, port: http, isOpen: !token });
      output.note(`serving ${options.folder} at ${serving.url}`);
      if (serving.token !== null) output.note(`token: ${serving.token}`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await serving.close();
      exitWith(0);
    });
}

const MOST_PORT = 65_535;

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= MOST_PORT) return port;
  throw new InvalidArgumentError(`expected a port, 0 to ${MOST_PORT}`);
}

/** The servers for people. Pure. */
export function serverTable(servers: readonly ListedServer[]): string {
  if (servers.length === 0) return 'no servers ([mcp.servers.NAME] of your configuration)';
  return formatTable([
    ['SERVER', 'KIND', 'FILES', 'NETWORK', 'TOKEN', 'WHERE'],
    ...servers.map(({ name, kind, folder, network, hasToken, where, problem }) => [
      name,
      kind,
      folder,
      network,
      hasToken ? 'Vault' : 'none',
      problem === null ? where : `${where} (${problem})`,
    ]),
  ]);
}

/** What a server answered, for people. Pure. */
export function testScreen({
  name,
  title,
  protocol,
  tools,
  notes,
  durationMs,
}: ServerTest): string {
  const tokens = tools.reduce((sum, { schemaTokens }) => sum + schemaTokens, 0);
  const head = `${name}: ${title === '' ? 'a server without a name' : title}, protocol ${protocol}, ${tools.length} tools (${tokens} tokens of schemas, none of them in a request), ${durationMs} ms`;
  const rows = tools.map((tool) => [
    tool.name,
    tool.access,
    String(tool.schemaTokens),
    tool.hints.join(', '),
  ]);
  return [
    head,
    ...(rows.length === 0 ? [] : [formatTable([['TOOL', 'ACCESS', 'TOKENS', 'IT SAYS'], ...rows])]),
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}

function serverDocument({ hasToken, ...server }: ListedServer): Record<string, unknown> {
  return { ...server, has_token: hasToken };
}

function testDocument({ durationMs, tools, ...test }: ServerTest): Record<string, unknown> {
  return {
    ...test,
    duration_ms: durationMs,
    tools: tools.map(({ schemaTokens, ...tool }) => ({ ...tool, schema_tokens: schemaTokens })),
  };
}
