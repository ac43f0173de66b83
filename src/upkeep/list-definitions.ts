import { resolve } from 'node:path';
import type { Config } from '../config/index.js';
import {
  formatModelReference,
  ruleText,
  type NamedAgent,
  type PermissionSet,
  type Skill,
} from '../domain/index.js';
import { findDefinitions, modelFinder, repositoryAround, requireAgent } from '../runs/index.js';

/** An agent of a person as it is listed. */
export interface ListedAgent {
  readonly name: string;
  readonly description: string;
  readonly access: NamedAgent['access'];
  /** Null = those of its kind. */
  readonly tools: readonly string[] | null;
  /** Null = that of whoever starts it. */
  readonly model: string | null;
  readonly maxTurns: number | null;
  readonly permissions: {
    readonly allow: readonly string[];
    readonly ask: readonly string[];
    readonly deny: readonly string[];
    readonly default: PermissionSet['otherwise'];
  } | null;
  /** Path of its file. */
  readonly source: string;
  readonly prompt: string;
}

/** A skill as it is listed. */
export type ListedSkill = Pick<Skill, 'name' | 'description' | 'source' | 'files'>;

/** What is there, and sentences about what is not used. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly warnings: readonly string[];
}

/** Agents that people wrote, as a run that starts in `folder` would have them. */
export async function listAgents(config: Config, folder: string): Promise<Listed<ListedAgent>> {
  const { definitions, warnings } = await definitionsOf(config, folder);
  return { items: definitions.agents.map(listedAgent), warnings };
}

/** One of them. Throws InvalidInputError `ERR_AGENT_UNKNOWN`. */
export async function showAgent(
  config: Config,
  { folder, name }: { readonly folder: string; readonly name: string },
): Promise<ListedAgent> {
  const { definitions, warnings } = await definitionsOf(config, folder);
  return listedAgent(requireAgent(name, definitions, warnings));
}

/** Skills that a run which starts in `folder` would have. */
export async function listSkills(config: Config, folder: string): Promise<Listed<ListedSkill>> {
  const { definitions, warnings } = await definitionsOf(config, folder);
  const items = definitions.skills.map(({ name, description, source, files }) => ({
    name,
    description,
    source,
    files,
  }));
  return { items, warnings };
}

async function definitionsOf(config: Config, folder: string) {
  const repository = await repositoryAround(resolve(folder));
  return findDefinitions({ config, repository, findModel: modelFinder(config) });
}

function listedAgent(agent: NamedAgent): ListedAgent {
  const { name, description, access, tools, model, maxTurns, permissions, source, prompt } = agent;
  return {
    name,
    description,
    access,
    tools: tools?.map(ruleText) ?? null,
    model: model === undefined ? null : formatModelReference(model),
    maxTurns: maxTurns ?? null,
    permissions: permissions === undefined ? null : listedRules(permissions),
    source,
    prompt,
  };
}

function listedRules({ rules, otherwise }: PermissionSet): ListedAgent['permissions'] {
  const of = (effect: string): string[] =>
    rules.filter((rule) => rule.effect === effect).map(ruleText);
  return { allow: of('allow'), ask: of('ask'), deny: of('deny'), default: otherwise };
}
