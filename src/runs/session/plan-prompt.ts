import { ulid } from 'ulid';
import type { Config } from '../../config/index.js';
import type { SayRequest, SessionInput } from '../../contracts/index.js';
import { InvalidInputError, retirementNote, shortLine } from '../../domain/index.js';
import { planOptions } from '../plan/plan-run.js';
import { commandStores } from '../results/command-stores.js';
import { findSession, isOf, latestSession, type SessionRecord } from './find-session.js';
import { openingRecord } from './opening-record.js';
import { promptText } from './prompt-text.js';
import { sessionPlace, type SessionPlace } from './session-place.js';

/** What the command line says about a prompt; absent = the default. */
export interface PromptFlags {
  /** Goes on with the latest session of this repository. */
  readonly continue?: boolean | undefined;
  /** Goes on with the session of this id. */
  readonly session?: string | undefined;
  readonly model?: string | undefined;
  /** `build`, `plan`, `explore`, or an agent of the person's own; absent = chat, or as the session began. */
  readonly agent?: string | undefined;
  readonly file?: readonly string[] | undefined;
  readonly maxTurns?: number | undefined;
  /** Somebody looks on who can be asked: agents ask and wait, and calls that need a yes get one or not. */
  readonly isAttended?: boolean | undefined;
}

/** A prompt that can be sent; nothing was paid to make it. */
export interface PlannedPrompt {
  readonly runId: string;
  readonly input: SessionInput;
  readonly request: SayRequest;
  /** Sentences for whoever sends it. */
  readonly notes: readonly string[];
}

const TITLE_LENGTH = 100;
/** Who looks on may leave for a night; without an answer by then the agent decides by itself. */
const ATTENDED = { waitMs: 24 * 3_600_000, unattended: 'deny' } as const;

/**
 * Checks everything that can be known before a prompt is paid for. Throws InvalidInputError (exit 2): `ERR_USAGE`, `ERR_SESSION_INPUT`,
 * `ERR_SESSION_UNKNOWN`, `ERR_SESSION_ELSEWHERE`, `ERR_SESSION_AGENT`, `ERR_SESSION_NEEDS_REPOSITORY`, and as repositories and models do.
 */
export async function planPrompt(
  words: string | undefined,
  flags: PromptFlags,
  { config, cwd }: { readonly config: Config; readonly cwd: string },
): Promise<PlannedPrompt> {
  const text = await promptText(words, flags.file ?? [], cwd);
  const title = shortLine(words ?? '', TITLE_LENGTH);
  const place = await sessionPlace(cwd);
  const known = await knownSession(flags, { config, place });
  const opening =
    known === undefined ? await openingRecord(flags, { config, cwd, place, title }) : null;
  const { options, runId } = opening ?? known ?? missing();
  const asked =
    flags.model === undefined
      ? options
      : planOptions({ model: flags.model, checks: false }, config, 1);
  const modelNote = retirementNote(asked.model, new Date());
  return {
    runId,
    input: { runId, opening, hasSearchAttributes: true },
    request: {
      messageId: ulid().toLowerCase(),
      prompt: await commandStores(config).blobs.put(text),
      title: title === '' ? 'a prompt' : title,
      model: asked.model,
      contextWindow: asked.contextWindow,
      git: place.git,
      ...(flags.isAttended === true ? { questions: ATTENDED } : {}),
    },
    notes: [...(opening?.notes ?? []), ...(modelNote === undefined ? [] : [modelNote])],
  };
}

function missing(): never {
  throw new InvalidInputError('ERR_SESSION_UNKNOWN', {
    message: 'there is no session to go on with',
    hint: 'codetether session list --all shows the known ones',
  });
}

async function knownSession(
  flags: PromptFlags,
  { config, place }: { readonly config: Config; readonly place: SessionPlace },
): Promise<SessionRecord | undefined> {
  const { session, continue: isLatest } = flags;
  if (session !== undefined && isLatest === true)
    throw new InvalidInputError('ERR_USAGE', {
      message: '--session and --continue-session exclude each other',
      where: { field: '--session' },
      hint: 'name the session, or go on with the latest one',
    });
  if (session === undefined && isLatest !== true) return undefined;
  const record =
    session === undefined ? await latestSession(config, place) : await findSession(config, session);
  requireHere(record, place);
  requireAgent(record, flags.agent);
  return record;
}

function requireHere(record: SessionRecord, place: SessionPlace): void {
  if (isOf(record, place)) return;
  throw new InvalidInputError('ERR_SESSION_ELSEWHERE', {
    message: `session ${record.runId} belongs to ${record.repository}, and this is ${place.repository ?? place.folder}`,
    where: { field: '--session' },
    hint: `cd ${record.session.folder} && codetether run -s ${record.runId} "…"`,
  });
}

function requireAgent({ runId, session }: SessionRecord, agent: string | undefined): void {
  if (agent === undefined || agent === (session.agent ?? CHAT)) return;
  throw new InvalidInputError('ERR_SESSION_AGENT', {
    message: `session ${runId} is answered by ${session.agent ?? CHAT}, not by ${agent}`,
    where: { field: '--agent' },
    hint: 'leave --agent out, or begin a new session with it',
  });
}

const CHAT = 'chat';
