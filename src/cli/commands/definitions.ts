import type { Command } from 'commander';
import type * as Upkeep from '../../upkeep/index.js';
import type { Listed, ListedAgent, ListedSkill } from '../../upkeep/index.js';
import { createContext, exitWith, type CommandContext } from '../context.js';
import { formatTable } from '../output.js';

interface FolderOptions {
  readonly repo?: string;
  readonly json?: boolean;
}

const DESCRIPTION_SHOWN = 80;

/** Adds `codetether agents` and `codetether skills`. */
export function addDefinitionCommands(program: Command): void {
  addAgents(program);
  addSkills(program);
}

function addAgents(program: Command): void {
  const agents = program
    .command('agents')
    .description('agents of your own: Markdown files with front matter')
    .addHelpText('after', '\nExample:\n  codetether agents show reviewer');
  withFolder(agents.command('list'))
    .description('list the agents that a run here could use, and say what is not used')
    .addHelpText(
      'after',
      `
Agents are looked for in agents/ beside your configuration, .codetether/agents and .claude/agents (after codetether trust) of the
repository; of two with one name the first counts. They can do less than built-in agents, never more.

Examples:
  codetether agents list
  codetether agents list --json | jq '.agents[].name'`,
    )
    .action(
      listing<ListedAgent>({
        find: ({ listAgents }, { config }, folder) => listAgents(config, folder),
        document: (items) => ({ agents: items.map(agentDocument) }),
        table: agentTable,
      }),
    );
  withFolder(agents.command('show'))
    .description('show one agent: what it may do and what it is told')
    .argument('<name>', 'the agent')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether agents show reviewer\n  codetether agents show reviewer --json',
    )
    .action(async (name: string, options: FolderOptions, command: Command) => {
      const context = await createContext(command, { project: options.repo ?? '.' });
      const { showAgent } = await import('../../upkeep/index.js');
      const agent = await showAgent(context.config, { folder: options.repo ?? '.', name });
      if (options.json === true) context.output.document(agentDocument(agent));
      else context.output.result(agentScreen(agent));
      exitWith(0);
    });
}

function addSkills(program: Command): void {
  const skills = program
    .command('skills')
    .description('skills: folders with SKILL.md, which agents take up when they need them')
    .addHelpText('after', '\nExample:\n  codetether skills list');
  withFolder(skills.command('list'))
    .description('list the skills that a run here could use, and say what is not used')
    .addHelpText(
      'after',
      `
Skills are looked for in .codetether/skills, .agents/skills and .claude/skills of the repository (each after codetether trust) and of
your home, and in skills/ beside your configuration; of two with one name the first counts.

Examples:
  codetether skills list
  codetether trust .claude/skills/release/SKILL.md
  codetether skills list --json | jq '.skills[].name'`,
    )
    .action(
      listing<ListedSkill>({
        find: ({ listSkills }, { config }, folder) => listSkills(config, folder),
        document: (skills) => ({ skills }),
        table: skillTable,
      }),
    );
}

function withFolder(command: Command): Command {
  return command
    .option('--repo <dir>', 'the repository (default: the one of this folder)')
    .option('--json', 'print one JSON document');
}

/** How one kind of definitions is listed. */
interface Listing<Item> {
  readonly find: (
    upkeep: typeof Upkeep,
    context: CommandContext,
    folder: string,
  ) => Promise<Listed<Item>>;
  readonly document: (items: readonly Item[]) => Record<string, unknown>;
  readonly table: (items: readonly Item[]) => string;
}

/** Lists what a run in the folder could use, behind warnings of what is not used. */
function listing<Item>({ find, document, table }: Listing<Item>) {
  return async ({ repo = '.', json }: FolderOptions, command: Command): Promise<void> => {
    const context = await createContext(command, { project: repo });
    const { output } = context;
    const { items, warnings } = await find(await import('../../upkeep/index.js'), context, repo);
    for (const warning of warnings) output.note(`warning: ${warning}`);
    if (json === true) output.document({ ...document(items), warnings });
    else output.result(table(items));
    exitWith(0);
  };
}

/** The agents for people. Pure. */
export function agentTable(agents: readonly ListedAgent[]): string {
  if (agents.length === 0) return 'there are no agents of your own';
  return formatTable([
    ['AGENT', 'ACCESS', 'MODEL', 'FILE', 'DESCRIPTION'],
    ...agents.map(({ name, access, model, source, description }) => [
      name,
      access,
      model ?? '-',
      source,
      description.replaceAll(/\s+/g, ' ').slice(0, DESCRIPTION_SHOWN),
    ]),
  ]);
}

/** One agent for people. Pure. */
export function agentScreen(agent: ListedAgent): string {
  const { name, description, access, tools, model, maxTurns, permissions, source } = agent;
  const rules =
    permissions === null
      ? []
      : [
          ...(['deny', 'ask', 'allow'] as const).flatMap((effect) =>
            permissions[effect].map((rule) => `  ${effect.padEnd(5)} ${rule}`),
          ),
          `  default ${permissions.default}`,
        ];
  return [
    `${name}: ${description}`,
    `file     ${source}`,
    `access   ${access}`,
    `tools    ${tools === null ? 'all of its kind' : tools.join(', ')}`,
    `model    ${model ?? 'that of whoever starts it'}`,
    `turns    ${maxTurns ?? 'as whoever starts it'}`,
    ...(rules.length === 0 ? [] : ['rules', ...rules]),
    '',
    agent.prompt,
  ].join('\n');
}

/** The skills for people. Pure. */
export function skillTable(skills: readonly ListedSkill[]): string {
  if (skills.length === 0) return 'there are no skills';
  return formatTable([
    ['SKILL', 'FILES', 'FILE', 'DESCRIPTION'],
    ...skills.map(({ name, files, source, description }) => [
      name,
      String(files.length),
      source,
      description.replaceAll(/\s+/g, ' ').slice(0, DESCRIPTION_SHOWN),
    ]),
  ]);
}

function agentDocument({ maxTurns, ...agent }: ListedAgent): Record<string, unknown> {
  return { ...agent, max_turns: maxTurns };
}
