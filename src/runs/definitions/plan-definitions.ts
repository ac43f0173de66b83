import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/index.js';
import {
  definitionsSchema,
  InvalidInputError,
  isUndefined,
  MOST_AGENTS,
  MOST_HOOKS,
  MOST_SKILLS,
  NO_DEFINITIONS,
  type Definitions,
  type Hook,
  type NamedAgent,
  type RalphOptions,
  type Skill,
} from '../../domain/index.js';
import { commandStores } from '../results/command-stores.js';
import { readAgentFile, type FindModel } from './agent-files.js';
import { readForeignHooks } from './foreign-hooks.js';
import { readGuide } from './own-guide.js';
import {
  foldersWith,
  markdownFiles,
  readDefinitionFile,
  type DefinitionPlace,
  type Warn,
} from './scan-files.js';
import { readSkillFile } from './skill-files.js';

/** What people defined for agents, with sentences about what is not used. */
export interface FoundDefinitions {
  readonly definitions: Definitions;
  readonly warnings: readonly string[];
}

/** Where definitions are looked for. */
export interface DefinitionRequest {
  readonly config: Config;
  /** Top level of the repository; null = there is none. */
  readonly repository: string | null;
  readonly findModel: FindModel;
  /** Home of the person. Default: that of this process. */
  readonly person?: string;
}

/**
 * Everything that people defined for agents: rules and hooks of the configuration, agents, skills, hooks of other agents' files. The
 * person's own agents come first, so that nobody else's takes the place of one; skills and other agents' files of a repository count when
 * the person trusts each file. Nothing here throws for what somebody else wrote badly: it is left out, with a warning.
 */
export async function findDefinitions(request: DefinitionRequest): Promise<FoundDefinitions> {
  const warnings: string[] = [];
  const warn: Warn = (text) => {
    warnings.push(text);
  };
  const { config } = request;
  const guide = await readGuide(config, warn);
  const definitions = definitionsSchema.parse({
    version: 1,
    permissions: [...config.permissions],
    agents: await findAgents(request, warn),
    skills: await findSkills(request, warn),
    hooks: [...config.hooks, ...(await findForeignHooks(request, warn))].slice(0, MOST_HOOKS.count),
    ...(guide === undefined ? {} : { guide }),
  } satisfies Definitions);
  const more = warnings.length - MOST_WARNINGS;
  const shown = warnings.slice(0, MOST_WARNINGS);
  return { definitions, warnings: more > 0 ? [...shown, `and ${more} more warnings`] : shown };
}

/** A repository may hold hundreds of files that nobody trusts. */
const MOST_WARNINGS = 20;

/** The definitions of a run, kept, with the agent that it names. Throws InvalidInputError `ERR_AGENT_UNKNOWN`. */
export async function planDefinitions(
  request: DefinitionRequest,
  agent: string | undefined,
): Promise<{
  readonly options: Pick<RalphOptions, 'definitions' | 'agent'>;
  readonly definitions: Definitions;
  readonly notes: readonly string[];
}> {
  const { definitions, warnings } = await findDefinitions(request);
  if (agent !== undefined) requireAgent(agent, definitions, warnings);
  if (isUndefined(definitions)) return { options: {}, definitions, notes: warnings };
  const ref = await commandStores(request.config).blobs.put(JSON.stringify(definitions));
  return {
    options: { definitions: ref, ...(agent === undefined ? {} : { agent }) },
    definitions,
    notes: warnings,
  };
}

/** The rules of a run whose agents use nothing else of what people defined, kept. */
export async function planRules(config: Config): Promise<Pick<RalphOptions, 'definitions'>> {
  if (config.permissions.length === 0) return {};
  const definitions = { ...NO_DEFINITIONS, permissions: [...config.permissions] };
  return { definitions: await commandStores(config).blobs.put(JSON.stringify(definitions)) };
}

/** The named agent. Throws InvalidInputError `ERR_AGENT_UNKNOWN`, with why a file of that name is not used. */
export function requireAgent(
  name: string,
  { agents }: Pick<Definitions, 'agents'>,
  warnings: readonly string[],
): NamedAgent {
  const found = agents.find((agent) => agent.name === name);
  if (found !== undefined) return found;
  const why = warnings.find((warning) => warning.includes(`/${name}.md`));
  const names = agents.map((agent) => agent.name);
  throw new InvalidInputError('ERR_AGENT_UNKNOWN', {
    message: `there is no agent "${name}"${why === undefined ? '' : `: ${why}`}`,
    where: { field: '--agent' },
    hint: `agents of your own are ${names.length === 0 ? 'not there' : names.join(', ')}; codetether agents list shows where they are looked for`,
  });
}

async function findAgents(
  { config, repository, findModel }: DefinitionRequest,
  warn: Warn,
): Promise<NamedAgent[]> {
  const places: DefinitionPlace[] = [
    { folder: join(dirname(config.userFile), 'agents'), needsTrust: false },
    ...inside(repository, ['.codetether/agents'], false),
    ...inside(repository, ['.claude/agents'], true),
  ];
  const found = new FirstOfName<NamedAgent>('agent', MOST_AGENTS.count, warn);
  for (const place of places) {
    const { needsTrust } = place;
    for (const path of await markdownFiles(place)) {
      const file = await readDefinitionFile(path, { needsTrust, home: config.home, warn });
      const agent = file === undefined ? undefined : readAgentFile(file, { findModel, warn });
      if (agent === undefined) continue;
      found.take(path, agent);
    }
  }
  return found.sorted();
}

/** Definitions of one kind: of two with one name the first counts. */
class FirstOfName<Item extends { readonly name: string; readonly source: string }> {
  private readonly items = new Map<string, Item>();
  private readonly kind: string;
  private readonly most: number;
  private readonly warn: Warn;

  constructor(kind: string, most: number, warn: Warn) {
    this.kind = kind;
    this.most = most;
    this.warn = warn;
  }

  take(path: string, item: Item): void {
    const other = this.items.get(item.name);
    const refuse = (why: string): void => this.warn(`${path}: ${this.kind} not used: ${why}`);
    if (other !== undefined) refuse(`${other.source} has the same name and comes first`);
    else if (this.items.size >= this.most) refuse(`there are ${this.most} already`);
    else this.items.set(item.name, item);
  }

  sorted(): Item[] {
    return [...this.items.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }
}

const CLIENT_FOLDERS = ['.codetether/skills', '.agents/skills', '.claude/skills'];

/** Skills of a repository that the person trusts come before the person's own, as elsewhere. */
async function findSkills(
  { config, repository, person = homedir() }: DefinitionRequest,
  warn: Warn,
): Promise<Skill[]> {
  const places: DefinitionPlace[] = [
    ...inside(repository, CLIENT_FOLDERS, true),
    { folder: join(dirname(config.userFile), 'skills'), needsTrust: false },
    ...CLIENT_FOLDERS.map((name) => ({ folder: join(person, name), needsTrust: false })),
  ];
  const found = new FirstOfName<Skill>('skill', MOST_SKILLS.count, warn);
  for (const place of places) {
    const { needsTrust } = place;
    for (const folder of await foldersWith(place, 'SKILL.md', warn)) {
      const path = join(folder, 'SKILL.md');
      const file = await readDefinitionFile(path, { needsTrust, home: config.home, warn });
      if (file === undefined) continue;
      const repositoryOf = needsTrust ? (repository ?? undefined) : undefined;
      const skill = await readSkillFile(file, folder, { repository: repositoryOf, warn });
      if (skill === undefined) continue;
      found.take(path, skill);
    }
  }
  return found.sorted();
}

async function findForeignHooks(
  { config, repository }: DefinitionRequest,
  warn: Warn,
): Promise<Hook[]> {
  const paths = inside(repository, ['.claude/settings.json', '.codex/hooks.json'], true);
  const found: Hook[] = [];
  for (const { folder: path } of paths) {
    const { home } = config;
    const looked = await readDefinitionFile(path, { needsTrust: false, home, warn });
    // settings without hooks are nobody's business
    if (looked === undefined || readForeignHooks(looked, () => undefined).length === 0) continue;
    const file = await readDefinitionFile(path, { needsTrust: true, home, warn });
    if (file !== undefined) found.push(...readForeignHooks(file, warn));
  }
  return found;
}

function inside(
  repository: string | null,
  names: readonly string[],
  needsTrust: boolean,
): DefinitionPlace[] {
  if (repository === null) return [];
  return names.map((name) => ({ folder: join(repository, name), needsTrust, root: repository }));
}
