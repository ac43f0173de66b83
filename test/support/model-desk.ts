import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createModelActivities } from '../../src/activities/model/model-activities.js';
import type { CallModelInput, CallModelResult } from '../../src/activities/model/call-model.js';
import { BUILD_TOOLS } from '../../src/contracts/light/defaults.js';
import {
  conversationNodeSchema,
  type Message,
  type NewMessage,
} from '../../src/domain/agent/conversation.js';
import { type ModelReference } from '../../src/domain/agent/model.js';
import { type ProviderSettings } from '../../src/domain/provider/provider.js';
import { createBlobStore, type BlobStore } from '../../src/platform/storage/blob-store.js';
import { createEventLog } from '../../src/platform/storage/event-log.js';
import { createStepJournal } from '../../src/platform/storage/step-journal.js';
import { createProviders, type Providers } from '../../src/providers/registry.js';
import { toolRegistry } from './tool-registry.js';

/** One conversation after the other with real model activities, providers and tools over HTTP. */
export interface ModelDesk {
  /** Calls the model at the end of the conversation; a failure comes back as what Temporal would get. */
  call(newMessages: readonly NewMessage[], more?: Partial<CallModelInput>): Promise<CallOutcome>;
  /** The conversation so far. */
  messages(): Promise<readonly Message[]>;
  /** Forgets the conversation. */
  begin(): void;
  readonly blobs: BlobStore;
  close(): Promise<void>;
}

/** What became of a call. */
export type CallOutcome =
  | { readonly result: CallModelResult; readonly failure: null }
  | { readonly result: null; readonly failure: ApplicationFailure };

/** Options of {@link openModelDesk}. */
export interface ModelDeskOptions {
  readonly config: Readonly<Record<string, ProviderSettings>>;
  readonly model: ModelReference;
  readonly fallbackModels?: readonly ModelReference[];
}

/** A desk in a folder of its own. */
export async function openModelDesk(options: ModelDeskOptions): Promise<ModelDesk> {
  const folder = await mkdtemp(join(tmpdir(), 'model-desk-'));
  const blobs = createBlobStore(join(folder, 'blobs'));
  const secrets = {
    readProviderSecret: async () => ({ apiKey: 'k' }),
    invalidate: () => undefined,
  };
  const providers: Providers = createProviders({ config: options.config, secrets });
  const activities = createModelActivities({
    blobs,
    journal: createStepJournal(join(folder, 'journal')),
    events: createEventLog(join(folder, 'events')),
    providers,
    registry: await toolRegistry(),
    fallbackModels: options.fallbackModels ?? [],
  });
  let at: Pick<CallModelInput, 'head' | 'depth'> = { head: null, depth: 0 };
  let step = 0;
  return {
    blobs,
    begin() {
      at = { head: null, depth: 0 };
    },
    async call(newMessages, more = {}) {
      step += more.key === undefined ? 1 : 0;
      const input: CallModelInput = {
        key: { scope: 'desk', step, index: 0 },
        runId: 'run-1',
        model: options.model,
        agent: 'build',
        ...at,
        newMessages: [...newMessages],
        tools: [...BUILD_TOOLS],
        events: [],
        ...more,
      };
      const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
      try {
        const result = await environment.run<
          [CallModelInput],
          CallModelResult,
          (given: CallModelInput) => Promise<CallModelResult>
        >(activities.callModel, input);
        at = { head: result.head, depth: result.depth };
        return { result, failure: null };
      } catch (error) {
        if (error instanceof ApplicationFailure) return { result: null, failure: error };
        throw error;
      }
    },
    async messages() {
      const messages: Message[] = [];
      for (let ref = at.head; ref !== null;) {
        const node = conversationNodeSchema.parse(JSON.parse(await blobs.getText(ref)));
        messages.unshift(...node.messages);
        ref = node.parent;
      }
      return messages;
    },
    close: () => rm(folder, { recursive: true }),
  };
}
