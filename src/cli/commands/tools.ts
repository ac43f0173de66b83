import type { Command } from 'commander';
import type { ListedTool } from '../../upkeep/index.js';
import { createContext, exitWith } from '../context.js';
import { formatTable } from '../output.js';

interface ListOptions {
  readonly agent?: string;
  readonly mcp?: boolean;
  readonly json?: boolean;
}

const NONE = { tools: [], notes: [] } as const;

/** Adds `codetether tools list`. */
export function addToolsCommand(program: Command): void {
  program
    .command('tools')
    .description('what agents can do')
    .addHelpText('after', '\nExample:\n  codetether tools list --agent explore')
    .command('list')
    .description('list the tools of agents; asks nobody, needs no key and no service')
    .option(
      '--agent <name>',
      'only tools of this agent: story, build, general, plan, explore, answer',
    )
    .option('--mcp', 'start the configured MCP servers, and list their tools too')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
OFFERED says how an agent comes to a tool: "told" = its schema is in each request, "found" = the agent searches for it with
use_tool and calls it by the same, so that it costs nothing until it is needed. TOKENS is an estimate (characters / 4).

Examples:
  codetether tools list
  codetether tools list --agent explore
  codetether tools list --mcp
  codetether tools list --json | jq '.tools[].name'`,
    )
    .action(async (options: ListOptions, command: Command) => {
      const { output, config } = await createContext(command);
      const { listServerTools, listTools } = await import('../../upkeep/index.js');
      const own = await listTools(config, options.agent);
      const theirs = options.mcp === true ? await listServerTools(config, options.agent) : NONE;
      for (const note of theirs.notes) output.note(`warning: ${note}`);
      const tools = [...own, ...theirs.tools];
      if (options.json === true) output.document(toolDocument(tools));
      else output.result(toolTable(tools));
      exitWith(0);
    });
}

/** The list for people. Pure. */
export function toolTable(tools: readonly ListedTool[]): string {
  if (tools.length === 0) return 'this agent has no tools';
  return formatTable([
    ['TOOL', 'FAMILY', 'ACCESS', 'OFFERED', 'TOKENS', 'ALSO CALLED'],
    ...tools.map((tool) => [
      tool.name,
      tool.family,
      tool.access,
      tool.offered,
      String(tool.schemaTokens),
      tool.aliases.join(', '),
    ]),
  ]);
}

function toolDocument(tools: readonly ListedTool[]): Record<string, unknown> {
  return {
    tools: tools.map(({ schemaTokens, ...tool }) => ({ ...tool, schema_tokens: schemaTokens })),
    told_tokens: tools
      .filter(({ offered }) => offered === 'told')
      .reduce((sum, { schemaTokens }) => sum + schemaTokens, 0),
  };
}
