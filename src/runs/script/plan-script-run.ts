import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS } from '../../contracts/index.js';
import {
  InvalidInputError,
  knownEndsOf,
  knownEndsSchema,
  MOST_SCRIPT_AGENTS,
  type BlobRef,
  type NamedAgent,
  type ScriptTask,
} from '../../domain/index.js';
import {
  readScriptJournal,
  setHostEnvironment,
  type BlobStore,
  isNotFound,
} from '../../platform/index.js';
import type { FindModel } from '../definitions/agent-files.js';
import { planDefinitions } from '../definitions/plan-definitions.js';
import { repositoryAround } from '../definitions/repository-around.js';
import { modelFinder } from '../plan/plan-run.js';
import { commandStores } from '../results/command-stores.js';
import { layOutSwarm, type PlannedSwarm } from '../swarm/plan-swarm-run.js';
import type { SwarmFlags } from '../swarm/swarm-flags.js';
import { findScript, listScripts, type FoundScript } from './find-script.js';

/** What the command line says about a script; absent = the default. */
export interface ScriptFlags extends Omit<
  SwarmFlags,
  'strategy' | 'plan' | 'input' | 'template' | 'schema' | 'output' | 'agent' | 'maxSubagents'
> {
  /** JSON, or `@FILE` with JSON. */
  readonly args?: string | undefined;
  readonly maxAgents?: number | undefined;
}

/** A script that is about to run. */
export interface PlannedScript extends PlannedSwarm {
  readonly script: FoundScript;
}

/** Text of all scripts that may be started by name from one. */
const NESTED_CHARACTERS = 1024 * 1024;
const ARGS_LIMIT = 256 * 1024;
const MOST_MODELS = 50;
const MOST_OTHERS = 400;

/** Checks a script and everything around it before the first paid call. Throws InvalidInputError (exit 2) as `findScript` and `layOutSwarm` do. */
export async function planScriptRun(
  wanted: string,
  flags: ScriptFlags,
  { config, cwd }: { readonly config: Config; readonly cwd: string },
): Promise<PlannedScript> {
  setHostEnvironment(processEnvironment());
  const repository = await repositoryAround(resolve(cwd, flags.repo ?? '.'));
  const script = await findScript(wanted, { repository, cwd });
  const defined = await planDefinitions(
    { config, repository, findModel: modelFinder(config) },
    undefined,
  );
  const { blobs } = commandStores(config);
  const args = await readArgs(flags.args, cwd);
  const { source, models, notes } = await storeSource(script, { repository, config, args });
  const task: ScriptTask = {
    name: script.meta.name,
    path: script.path,
    source,
    seed: source.digest,
    args: await blobs.put(args),
    budgetTokens: flags.budgetTokens ?? null,
    mostAgents: flags.maxAgents ?? MOST_SCRIPT_AGENTS,
    nowMs: Date.now(),
    mayWrite: true,
    profiles: defined.definitions.agents.map(profileOf),
    models,
    known: null,
  };
  const planned = await layOutSwarm(
    {
      task: `${script.meta.name}: ${script.meta.description}`,
      strategy: 'none',
      planned: 'script',
      subtasks: [],
      script: task,
    },
    { ...flags, maxParallel: flags.maxParallel ?? DEFAULTS.maxParallelScript, yes: true },
    { config, cwd, defined },
  );
  const { input } = planned;
  return { ...planned, input: { ...input, notes: [...input.notes, ...notes] }, script };
}

/** What a journal and the runs before it have paid for, as the next run takes it over; null = nothing. */
export async function storeKnown(
  { journal, known }: { readonly journal: BlobRef | null; readonly known: BlobRef | null },
  blobs: BlobStore,
): Promise<BlobRef | null> {
  if (journal === null) return known;
  const before =
    known === null ? [] : knownEndsSchema.parse(JSON.parse(await blobs.getText(known)));
  const all = knownEndsOf(await readScriptJournal(journal, blobs), before);
  return all.length === 0 ? null : blobs.put(JSON.stringify(all));
}

/** A script as a run keeps it. */
interface StoredSource extends Pick<ScriptTask, 'source' | 'models'> {
  /** What a person should know. */
  readonly notes: readonly string[];
}

/**
 * The script and those that it may start, as they are now: what changes in the files later is no matter of this run. Throws InvalidInputError
 * for a model that it names and nobody has.
 */
export async function storeSource(
  script: FoundScript,
  {
    repository,
    config,
    args,
  }: {
    readonly repository: string | null;
    readonly config: Config;
    /** JSON; its texts may name models too. */
    readonly args: string;
  },
): Promise<StoredSource> {
  const { blobs } = commandStores(config);
  const nested = await nestedScripts(script, repository);
  const texts = Object.fromEntries(nested.map(({ meta, text }) => [meta.name, text]));
  const source = await blobs.put(JSON.stringify({ text: script.text, nested: texts }));
  const others = await otherNames([script, ...nested], args);
  return { source, ...modelsOf([script, ...nested], others, config) };
}

async function nestedScripts(
  script: FoundScript,
  repository: string | null,
): Promise<readonly FoundScript[]> {
  let room = NESTED_CHARACTERS;
  const others = (await listScripts(repository)).scripts.filter(({ meta, text }) => {
    if (meta.name === script.meta.name) return false;
    room -= text.length;
    return room >= 0;
  });
  return [...others, script];
}

/** Names without a provider are those of other tools: the run's own model works there. */
function modelsOf(
  scripts: readonly FoundScript[],
  others: readonly string[],
  config: Config,
): Pick<StoredSource, 'models' | 'notes'> {
  const find = modelFinder(config);
  const named = scripts.flatMap(({ path, models }) => models.map((one) => ({ ...one, path })));
  const names = new Map(named.map((one) => [one.name, one]));
  const models = [...names.values()]
    .filter(({ name }) => name.includes('/'))
    .slice(0, MOST_MODELS)
    .map(({ name, path, line }) => ({ name, ...at({ file: path, line }, () => find(name)) }));
  for (const name of others.filter((one) => !names.has(one)))
    if (models.length < MOST_MODELS) models.push(...known(name, find));
  const foreign = [...names.keys()].filter((name) => !name.includes('/'));
  const note = `the script names ${foreign.slice(0, 5).join(', ')}, which no provider here has: the model of the run works there; PROVIDER/MODEL names another`;
  return { models, notes: foreign.length === 0 ? [] : [note] };
}

/** Texts that may name a model: those of a path do as well, and name none. */
async function otherNames(scripts: readonly FoundScript[], args: string): Promise<string[]> {
  const { mayNameModel } = await import('../../rlm/index.js');
  const given: string[] = [];
  JSON.parse(args, (_key, value: unknown) => {
    if (typeof value === 'string' && mayNameModel(value)) given.push(value);
    return value;
  });
  return [...new Set([...scripts.flatMap(({ texts }) => texts), ...given])].slice(0, MOST_OTHERS);
}

function known(name: string, find: FindModel): ScriptTask['models'] {
  try {
    return [{ name, ...find(name) }];
  } catch (error) {
    if (error instanceof InvalidInputError) return [];
    throw error;
  }
}

/** What is wrong with something named in a file is said of its line. */
function at<T>(where: { readonly file: string; readonly line: number }, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const { code, message, hint } = error;
    throw new InvalidInputError(code, {
      message,
      where,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function profileOf({ name, access }: NamedAgent): ScriptTask['profiles'][number] {
  return { name, agent: access === 'read' ? 'explore' : 'build' };
}

async function readArgs(given: string | undefined, cwd: string): Promise<string> {
  if (given === undefined) return 'null';
  const text = given.startsWith('@') ? await argsFile(resolve(cwd, given.slice(1))) : given;
  try {
    const value = JSON.stringify(JSON.parse(text));
    if (value.length <= ARGS_LIMIT) return value;
  } catch (error) {
    throw new InvalidInputError('ERR_USAGE', {
      message: `--args is no JSON: ${error instanceof Error ? error.message : String(error)}`,
      where: { field: '--args' },
      hint: `--args '{"files": ["a.ts"]}', or --args @FILE`,
    });
  }
  throw new InvalidInputError('ERR_USAGE', {
    message: `--args has more than ${ARGS_LIMIT / 1024} KiB`,
    where: { field: '--args' },
    hint: 'put it into a file of the repository, and let an agent read it',
  });
}

async function argsFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new InvalidInputError('ERR_USAGE', {
      message: `--args names a file that is not there: ${file}`,
      where: { field: '--args' },
      hint: '--args @FILE takes a file with JSON, seen from this folder',
    });
  }
}
