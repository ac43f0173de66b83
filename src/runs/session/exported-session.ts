import { resolve } from 'node:path';
import type { Config } from '../../config/index.js';
import { CHAT_PROMPT } from '../../contracts/index.js';
import {
  formatModelReference,
  InvalidInputError,
  parseModelReference,
  parseSessionExport,
  shortLine,
  turnStory,
  ZERO_SPENDING,
  type BlobRef,
  type ConversationNode,
  type ExportedTurn,
  type Message,
  type SessionExport,
  type SessionTurn,
  type StoryRecord,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import { parseJsonDocument, readBounded, saveRunPlan } from '../../platform/index.js';
import { commandStores, savedRuns } from '../results/command-stores.js';
import type { SessionRecord } from './find-session.js';
import { openingRecord } from './opening-record.js';
import { sessionPlace } from './session-place.js';

/** Bytes of an exported session. */
const LARGEST_EXPORT = 64 * 1024 * 1024;
const TITLE_LENGTH = 100;
/** Characters a token, about. */
const CHARACTERS_PER_TOKEN = 4;

/** A turn with what was said in it. */
interface SaidTurn {
  readonly turn: SessionTurn;
  readonly prompt: string | null;
  readonly answer: string | null;
}

/** A session as a file that {@link importSession} reads. Pure. */
export function exportSession(record: SessionRecord, said: readonly SaidTurn[]): SessionExport {
  return {
    format: 'codetether-session',
    version: 1,
    session_id: record.runId,
    title: record.feature,
    agent: record.session.agent ?? 'chat',
    started_at: record.startedAt,
    turns: said.flatMap(({ turn, prompt, answer }) =>
      prompt === null || prompt === ''
        ? []
        : [
            {
              turn: turn.number,
              at: turn.at,
              model: formatModelReference(turn.model),
              prompt,
              answer: answer === '' ? null : answer,
            },
          ],
    ),
  };
}

/**
 * A chat that goes on with what was said in an exported session; it belongs to the place where it is imported. Throws InvalidInputError
 * `ERR_SESSION_EXPORT`, `ERR_JSON_INVALID`; nothing is written then.
 */
export async function importSession(
  file: string,
  { config, cwd }: { readonly config: Config; readonly cwd: string },
): Promise<SessionRecord> {
  const { planOfSession } = await import('../../client/index.js');
  const document = parseJsonDocument(await readExport(resolve(cwd, file), file), file);
  const exported = parseSessionExport(document.value, file, (path) => document.lineOf(path));
  const place = await sessionPlace(cwd);
  const title = shortLine(exported.title, TITLE_LENGTH);
  const opening = await openingRecord({}, { config, cwd, place, title });
  const entries = await keepTurns(exported.turns, { config, record: opening });
  const record: SessionRecord = {
    ...opening,
    reason: `imported from session ${shortLine(exported.session_id, TITLE_LENGTH)}`,
    stories: exported.turns.map(storyOf),
    session: { ...opening.session, entries },
  };
  await saveRunPlan(config.home, planOfSession(record));
  await savedRuns(config).save(record);
  return record;
}

async function readExport(path: string, file: string): Promise<string> {
  try {
    return await readBounded(path, LARGEST_EXPORT);
  } catch (cause) {
    throw new InvalidInputError('ERR_SESSION_EXPORT', {
      message: `it cannot be read: ${(cause as Error).message}`,
      where: { file },
      hint: 'name a file that codetether session export --format json made',
      cause,
    });
  }
}

/** Each turn is a link of a conversation, so that a copy can begin behind any of them. Turns are numbered anew: what was taken back is not in the file. */
async function keepTurns(
  turns: readonly ExportedTurn[],
  { config, record }: { readonly config: Config; readonly record: SessionRecord },
): Promise<SessionTurn[]> {
  const { blobs } = commandStores(config);
  const { options } = record;
  const kept: SessionTurn[] = [];
  let parent: BlobRef | null = null;
  let characters = 0;
  for (const [index, { prompt, answer, at, model }] of turns.entries()) {
    const messages = messagesOf(prompt, answer, parent === null);
    characters += messages.reduce((sum, { content }) => sum + content.length, 0);
    const depth = index + 1;
    const node: ConversationNode = { version: 1, parent, depth, messages };
    parent = await blobs.put(JSON.stringify(node));
    kept.push({
      kind: 'turn',
      number: depth,
      messageId: `imported-${depth}`,
      prompt: await blobs.put(redactText(prompt)),
      at,
      model: knownModel(model) ?? options.model,
      contextWindow: options.contextWindow,
      git: null,
      conversation: {
        head: parent,
        depth,
        contextTokens: Math.ceil(characters / CHARACTERS_PER_TOKEN),
      },
      commit: null,
    });
  }
  return kept;
}

/** The file is text of a stranger: nothing in it is an instruction of ours, and no key that we know stays in it. */
function messagesOf(prompt: string, answer: string | null, isFirst: boolean): Message[] {
  const system: Message[] = isFirst ? [{ role: 'system', content: CHAT_PROMPT }] : [];
  return [
    ...system,
    { role: 'user', content: redactText(prompt) },
    { role: 'assistant', content: redactText(answer ?? '(no answer)'), toolCalls: [] },
  ];
}

function knownModel(name: string): SessionTurn['model'] | undefined {
  try {
    return parseModelReference(name);
  } catch {
    return undefined;
  }
}

function storyOf({ prompt, answer, at }: ExportedTurn, index: number): StoryRecord {
  const title = shortLine(prompt, TITLE_LENGTH);
  const status = answer === null ? 'skipped' : 'unverified';
  const reason = answer === null ? 'not answered' : 'imported';
  return {
    story: {
      id: turnStory(index + 1),
      title: title === '' ? 'a prompt' : title,
      description: '',
      acceptanceCriteria: [],
      priority: 1,
      dependsOn: [],
      complexity: 1,
      passes: false,
      verificationSteps: [],
    },
    status,
    commit: null,
    reason,
    attempts: [
      {
        number: 1,
        outcome: answer === null ? 'cancelled' : 'unverified',
        reason,
        summary: '',
        learnings: [],
        evidence: [],
        changedDefinitions: [],
        changedFiles: [],
        spending: ZERO_SPENDING,
        startedAt: at,
        endedAt: at,
        durationMs: 0,
      },
    ],
  };
}
