import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createConversationDesk,
  type ModelActivityDependencies,
} from '../../../../src/activities/model/conversation-model.js';
import { type ModelReference } from '../../../../src/domain/agent/model.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { createEventLog } from '../../../../src/platform/storage/event-log.js';
import { createStepJournal } from '../../../../src/platform/storage/step-journal.js';
import { ProviderError } from '../../../../src/providers/failures/errors.js';
import type { ModelReply } from '../../../../src/providers/provider.js';
import { createProviders } from '../../../../src/providers/registry.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { toolRegistry } from '../../../support/tool-registry.js';
import { OK_REPLY } from '../../../support/model-reply.js';

async function dependencies(): Promise<ModelActivityDependencies> {
  const folder = await temporaryFolder();
  const secrets = {
    readProviderSecret: async () => ({ apiKey: 'k' }),
    invalidate: () => undefined,
  };
  return {
    blobs: createBlobStore(join(folder, 'blobs')),
    journal: createStepJournal(join(folder, 'journal')),
    events: createEventLog(join(folder, 'events')),
    providers: createProviders({ config: {}, secrets }),
    registry: await toolRegistry(),
  };
}

const CHOSEN = { provider: 'first', model: 'a' };
const SECOND = { provider: 'second', model: 'b' };

async function ask(model: ModelReference): Promise<ModelReply> {
  if (model === CHOSEN) throw new ProviderError('model_gone', { message: 'gone' });
  return OK_REPLY;
}

describe('the desk of a worker', () => {
  it('lets nobody stand in for a model unless it is told who may', async () => {
    const given = await dependencies();
    const question = { chosen: CHOSEN, attempt: 1, ask };
    await expect(createConversationDesk(given).fallbacks.answer(question)).rejects.toMatchObject({
      kind: 'model_gone',
    });
    const desk = createConversationDesk({ ...given, fallbackModels: [SECOND] });
    expect(await desk.fallbacks.answer(question)).toEqual({ reply: OK_REPLY, answeredBy: SECOND });
  });

  it('keeps conversations in the blobs of the worker', async () => {
    const given = await dependencies();
    const desk = createConversationDesk(given);
    const message = { role: 'user' as const, content: 'hello' };
    const { head, depth } = await desk.chain.append({ after: null, messages: [message] });
    expect(depth).toBe(1);
    expect(await createConversationDesk(given).chain.read(head)).toEqual([message]);
  });
});
