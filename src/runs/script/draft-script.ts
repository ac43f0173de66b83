import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { processEnvironment, type Config } from '../../config/index.js';
import { DEFAULTS, type DraftScriptInput } from '../../contracts/index.js';
import { InvalidInputError, parseModelReference } from '../../domain/index.js';
import { homePaths, setHostEnvironment, writeDurableFile } from '../../platform/index.js';
import { planDefinitions } from '../definitions/plan-definitions.js';
import { repositoryAround } from '../definitions/repository-around.js';
import { modelFinder } from '../plan/plan-run.js';
import { repositoryOutline } from '../repository/repository-outline.js';
import { findScript, type FoundScript } from './find-script.js';

/** More than this is no task but a book, and the model's window is not asked to hold it. */
const TASK_LIMIT = 128 * 1024;

/** What the model is asked for. Throws InvalidInputError (exit 2) for a task or a model that is none. */
export async function planScriptDraft(
  task: string | undefined,
  flags: { readonly model?: string | undefined; readonly repo?: string | undefined },
  { config, cwd }: { readonly config: Config; readonly cwd: string },
): Promise<DraftScriptInput> {
  setHostEnvironment(processEnvironment());
  const text = (task ?? '').trim();
  if (text === '') throw badTask('the task is missing');
  if (Buffer.byteLength(text) > TASK_LIMIT)
    throw badTask(`the task has more than ${TASK_LIMIT / 1024} KiB`);
  const folder = resolve(cwd, flags.repo ?? '.');
  const findModel = modelFinder(config);
  const name = flags.model ?? config.defaultModel?.reference ?? DEFAULTS.model;
  findModel(name);
  const repository = await repositoryAround(folder);
  const { definitions } = await planDefinitions({ config, repository, findModel }, undefined);
  const { files, readme, checks } = await repositoryOutline(folder, config);
  return {
    model: parseModelReference(name),
    task: text,
    repository: { files, readme, checks },
    profiles: definitions.agents.map((agent) => agent.name),
  };
}

/** Keeps a drafted script where its run, and whoever edits it, finds it again; the same text has the same file. */
export async function keepScript(text: string, { home }: Config): Promise<FoundScript> {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const path = join(homePaths(home).scripts, `${digest}.js`);
  await writeDurableFile(path, text);
  return findScript(path, { repository: null, cwd: home });
}

function badTask(message: string): InvalidInputError {
  return new InvalidInputError('ERR_USAGE', {
    message,
    where: { field: 'TASK' },
    hint: 'codetether swarm "TASK" -s script',
  });
}
