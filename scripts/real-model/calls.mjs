// Calls of the real model below the service: one tool offered, a prompt that is too long, a call that is cancelled.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createModelActivities } from '../../dist/activities/model/model-activities.js';
import { createToolActivities } from '../../dist/activities/tool/tool-activities.js';
import { createGit } from '../../dist/platform/git/git.js';
import { detectSandbox } from '../../dist/platform/sandbox/detect.js';
import { createBlobStore } from '../../dist/platform/storage/blob-store.js';
import { createEventLog } from '../../dist/platform/storage/event-log.js';
import { createStepJournal } from '../../dist/platform/storage/step-journal.js';
import { createWorkspace } from '../../dist/platform/workspace/workspace.js';
import { createProviders } from '../../dist/providers/registry.js';
import { builtInTools, createToolRegistry } from '../../dist/tools/registry.js';

const MODEL = { provider: 'local', model: 'smollm2' };
/** Quoted in the prompt: a model of this size copies, and the grammar sees to the rest. */
const CALL = { tool: 'read_file', arguments: { path: 'notes/word.txt' } };
const CALL_LIMIT_MS = 120_000;
const CANCEL_LIMIT_MS = 10_000;

/** The provider as `[providers.local]` of a configuration would make it. */
export function localProviders(url) {
  return createProviders({
    config: {
      local: {
        wire: 'openai-chat',
        baseUrl: `${url}/v1`,
        auth: 'none',
        toolMode: 'json',
        contextWindow: 8192,
        firstTokenTimeoutMs: 240_000,
        stallTimeoutMs: 120_000,
      },
    },
    secrets: { readProviderSecret: async () => ({ apiKey: '' }), invalidate() {} },
  });
}

/**
 * One turn with nothing but read_file to call, and the call carried out.
 * @returns the word in the file, the model's answer and the tool's result
 */
export async function readWithOnlyTool(url, home) {
  const word = randomBytes(6).toString('hex');
  const workspace = await createFile(home, 'notes/word.txt', `The word is ${word}.\n`);
  const dependencies = {
    home,
    blobs: createBlobStore(join(home, 'blobs')),
    journal: createStepJournal(join(home, 'journal')),
    events: createEventLog(join(home, 'events')),
    registry: createToolRegistry(builtInTools({ sandbox: await detectSandbox(), masked: [home] })),
  };
  const { callModel } = createModelActivities({ ...dependencies, providers: localProviders(url) });
  const tools = createToolActivities(dependencies);
  const step = { runId: 'direct', events: [] };
  const answer = await new MockActivityEnvironment().run(callModel, {
    ...step,
    key: { scope: 'direct', step: 1, index: 0 },
    model: MODEL,
    agent: 'build',
    head: null,
    depth: 0,
    newMessages: [{ kind: 'user', text: `Answer exactly: ${JSON.stringify(CALL)}` }],
    tools: ['read_file'],
    maxOutputTokens: 100,
  });
  if (answer.calls.length === 0) return { word, answer, result: null };
  const result = await new MockActivityEnvironment().run((input) => tools.executeTool(input), {
    ...step,
    key: { scope: 'direct', step: 2, index: 0 },
    workspace,
    conversation: answer.head,
    callIndex: 0,
    seen: [],
  });
  return { word, answer, result };
}

async function createFile(home, path, text) {
  const gitDir = join(home, 'repository.git');
  mkdirSync(gitDir, { recursive: true });
  await createGit({ gitDir }).run(['init', '--bare', '-q', gitDir]);
  const id = 'repository/lane-1';
  const refPrefix = 'refs/codetether/lanes/direct/lane-1';
  const workspace = await createWorkspace(home, id, { gitDir, refPrefix });
  mkdirSync(join(workspace.root, 'notes'), { recursive: true });
  writeFileSync(join(workspace.root, path), text);
  return { id };
}

/**
 * Asks for something else than what the schema allows: a random word that no prompt holds can only come from the schema.
 * @returns the word and the answer's text
 */
export async function bindToSchema(url) {
  const word = randomBytes(6).toString('hex');
  const request = {
    model: MODEL.model,
    messages: [{ role: 'user', content: 'Say hello.' }],
    tools: [],
    replySchema: {
      type: 'object',
      properties: { word: { type: 'string', enum: [word] } },
      required: ['word'],
      additionalProperties: false,
    },
    maxOutputTokens: 100,
  };
  const control = { signal: AbortSignal.timeout(CALL_LIMIT_MS) };
  const { message } = await providerOf(url).stream(request, control);
  return { word, text: message.content };
}

/** How the provider layer classifies the refusal of a prompt that is longer than the window. */
export async function overflow(url) {
  const messages = [{ role: 'user', content: 'word '.repeat(12_000) }];
  const control = { signal: AbortSignal.timeout(CALL_LIMIT_MS) };
  try {
    await providerOf(url).stream({ model: MODEL.model, messages, tools: [] }, control);
    return 'answered';
  } catch (error) {
    return error.kind ?? String(error);
  }
}

/**
 * Aborts a call in mid-answer. The answer is a list that the grammar does not let end before it has taken a minute.
 * @returns how the call ended, whether the server was at work, and how long it then took to stop
 */
export async function cancelInFlight(url, server) {
  const stop = new AbortController();
  let sawFirst;
  const first = new Promise((resolve) => (sawFirst = resolve));
  const list = { type: 'array', items: { type: 'integer' }, minItems: 1000 };
  const request = {
    model: MODEL.model,
    messages: [{ role: 'user', content: 'Count.' }],
    tools: [],
    replySchema: list,
    maxOutputTokens: 4000,
  };
  const outcome = providerOf(url)
    .stream(request, { signal: stop.signal, onProgress: () => sawFirst() })
    .then(
      () => 'answered',
      (error) => error.kind ?? String(error),
    );
  await Promise.race([first, outcome]);
  const wasBusy = await server.isBusy();
  const abortedAt = performance.now();
  stop.abort();
  const kind = await outcome;
  while ((await server.isBusy()) && performance.now() - abortedAt < CANCEL_LIMIT_MS)
    await delay(20);
  return { kind, wasBusy, isIdle: !(await server.isBusy()), stopMs: performance.now() - abortedAt };
}

function providerOf(url) {
  return localProviders(url).resolve(MODEL).provider;
}
