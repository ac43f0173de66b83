import { basename, join } from 'node:path';
import { ulid } from 'ulid';
import type { Config } from '../../config/index.js';
import { DEFAULTS } from '../../contracts/index.js';
import {
  branchSlug,
  InvalidInputError,
  type RalphOptions,
  type RunRecord,
  type SessionFacts,
} from '../../domain/index.js';
import { planDefinitions, planRules } from '../definitions/plan-definitions.js';
import { findSandbox, modelFinder, planOptions } from '../plan/plan-run.js';
import { planChecks } from '../plan/plan-checks.js';
import { planSetup } from '../plan/plan-setup.js';
import { FALLBACK_AUTHOR, startCommit } from '../plan/start-commit.js';
import { findWorkplace, repositoryNotes } from '../repository/repository-rules.js';
import { NO_PRD } from '../swarm/swarm-base.js';
import type { SessionRecord } from './find-session.js';
import type { SessionPlace } from './session-place.js';

/** What a session begins with. */
interface Opening {
  readonly model?: string | undefined;
  readonly agent?: string | undefined;
  readonly maxTurns?: number | undefined;
}

interface Surroundings {
  readonly config: Config;
  readonly cwd: string;
  readonly place: SessionPlace;
  /** What it is about, in one line. */
  readonly title: string;
}

/** Calls of a chat about one prompt: an answer, and a repeated one. */
const CHAT_TURNS = 4;
const BUILT_IN: Readonly<Record<string, SessionFacts['access']>> = {
  build: 'write',
  plan: 'read',
  explore: 'read',
};

/** The record of a session that begins now. Throws InvalidInputError as agents, repositories and models do. */
export async function openingRecord(
  opening: Opening,
  around: Surroundings,
): Promise<SessionRecord> {
  const { agent } = opening;
  return agent === undefined || agent === 'chat'
    ? chatRecord(opening, around)
    : agentRecord(agent, opening, around);
}

async function chatRecord(opening: Opening, around: Surroundings): Promise<SessionRecord> {
  const { config } = around;
  const options = { ...sessionOptions(opening, config, CHAT_TURNS), ...(await planRules(config)) };
  return recordOf(around, {
    options,
    session: { access: 'chat', agent: null, author: FALLBACK_AUTHOR },
    files: { branch: '', baseCommit: '' },
    notes: [],
  });
}

async function agentRecord(
  agent: string,
  opening: Opening,
  around: Surroundings,
): Promise<SessionRecord> {
  const { config, cwd, place, title } = around;
  const { repository } = place;
  if (repository === null)
    throw new InvalidInputError('ERR_SESSION_NEEDS_REPOSITORY', {
      message: `agent ${agent} works on files, and there is no git repository around ${place.folder}`,
      where: { field: '--agent' },
      hint: 'go to a repository, or make one with git init; without --agent it is a chat',
    });
  await findSandbox(config);
  const own = BUILT_IN[agent];
  const defined = await planDefinitions(
    { config, repository, findModel: modelFinder(config) },
    own === undefined ? agent : undefined,
  );
  const named = defined.definitions.agents.find(({ name }) => name === agent);
  const { agent: _unused, ...definitions } = defined.options;
  const runId = ulid().toLowerCase();
  const branch = `session/${branchSlug(title.slice(0, 40))}-${runId.slice(-6)}`;
  const { author, notes, ...files } = await filesOf({ config, cwd, branch });
  return recordOf(around, {
    runId,
    options: { ...sessionOptions(opening, config, DEFAULTS.maxTurns), ...definitions },
    session: { access: own ?? named?.access ?? 'read', agent, author },
    files: { branch, ...files },
    notes: [...notes, ...defined.notes],
  });
}

/** Where an agent of a session works: on a copy of the commit that is checked out. */
async function filesOf({
  config,
  cwd,
  branch,
}: Pick<Surroundings, 'config' | 'cwd'> & { readonly branch: string }) {
  const place = await findWorkplace({}, { prdPath: join(cwd, 'any'), cwd });
  const { facts, workdir } = place;
  const { base, author, files } = await startCommit(place, branch, config);
  const { setup, notes } = await planSetup(undefined, config, {
    repository: facts.topLevel,
    workdir,
    files,
  });
  const dirty = facts.dirtyFiles.length;
  return {
    author,
    workdir,
    baseCommit: base.commit,
    baseBranch: base.baseBranch,
    checks: await checksOf({ config, workdir, files }),
    setup,
    notes: [
      ...repositoryNotes(place, branch),
      ...notes,
      ...(dirty === 0 ? [] : [`${dirty} uncommitted files are not part of the session`]),
    ],
  };
}

/** Checks that a merge of its files runs; a repository without any, or with one that cannot be read, is no fault here. */
async function checksOf(
  place: Pick<Parameters<typeof planChecks>[1], 'config' | 'workdir' | 'files'>,
): Promise<RunRecord['checks']> {
  try {
    return await planChecks({}, { file: '', prd: NO_PRD, ...place });
  } catch (error) {
    if (error instanceof InvalidInputError) return [];
    throw error;
  }
}

function sessionOptions({ model, maxTurns }: Opening, config: Config, turns: number): RalphOptions {
  return planOptions(
    {
      ...(model === undefined ? {} : { model }),
      canaries: 'off',
      maxAttempts: 1,
      maxIterations: 1_000_000,
      maxTurns: maxTurns ?? turns,
      checks: false,
    },
    config,
    1,
  );
}

function recordOf(
  { place, title }: Surroundings,
  parts: {
    readonly runId?: string;
    readonly options: RalphOptions;
    readonly session: Pick<SessionFacts, 'access' | 'agent' | 'author'>;
    readonly files: Pick<RunRecord, 'branch' | 'baseCommit'> & Partial<RunRecord>;
    readonly notes: readonly string[];
  },
): SessionRecord {
  const repository = place.repository ?? place.folder;
  const { runId = ulid().toLowerCase(), options, session, files, notes } = parts;
  const at = new Date().toISOString();
  return {
    version: 1,
    runId,
    workflowId: `session/${runId}`,
    kind: 'session',
    status: 'passed',
    reason: '',
    project: basename(repository),
    feature: title,
    prdPath: '',
    repository,
    publishedBranch: null,
    headCommit: files.baseCommit,
    checks: [],
    workdir: '.',
    ...files,
    options,
    sandbox: '',
    stories: [],
    startedAt: at,
    endedAt: at,
    notes: [...notes],
    failure: null,
    session: { ...session, folder: place.folder, entries: [] },
  };
}
