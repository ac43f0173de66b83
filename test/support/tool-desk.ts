import { MockActivityEnvironment } from '@temporalio/testing';
import type { z } from 'zod';
import {
  createToolActivities,
  type ToolActivities,
} from '../../src/activities/tool/tool-activities.js';
import type { executeToolInputSchema } from '../../src/activities/tool/tool-call-executor.js';
import type { Hold } from '../../src/activities/lib/step.js';
import type { ToolResult } from '../../src/domain/agent/tool-call.js';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { createBlobStore, type BlobStore } from '../../src/platform/storage/blob-store.js';
import { createEventLog, type EventLog } from '../../src/platform/storage/event-log.js';
import { createStepJournal } from '../../src/platform/storage/step-journal.js';
import { homePaths } from '../../src/platform/storage/home.js';
import { toolRegistry } from './tool-registry.js';
import { workspaceFixture, type WorkspaceFixture } from './workspace-fixture.js';

/** Input of the activity. */
export type ExecuteToolInput = z.input<typeof executeToolInputSchema>;

/** A workspace with the activities that carry out tool calls in it. */
export interface ToolDesk extends WorkspaceFixture {
  readonly activities: ToolActivities;
  readonly blobs: BlobStore;
  readonly events: EventLog;
  readonly environment: MockActivityEnvironment;
  readonly input: (
    calls: readonly (readonly [string, string])[],
    changes?: Partial<ExecuteToolInput>,
  ) => Promise<ExecuteToolInput>;
  readonly run: (input: ExecuteToolInput) => Promise<ToolResult>;
}

/** Calls by name and arguments as text, in a workspace that holds `files`. */
export async function toolDesk(
  files: Readonly<Record<string, string>> = {},
  hold?: Hold,
): Promise<ToolDesk> {
  const fixture = await workspaceFixture(files);
  const paths = homePaths(fixture.home);
  const blobs = createBlobStore(paths.blobs);
  const events = createEventLog(paths.events);
  const activities = createToolActivities({
    home: fixture.home,
    blobs,
    events,
    journal: createStepJournal(paths.journal),
    registry: await toolRegistry(fixture.home),
    hookServices: { sandbox: await detectSandbox(), masked: [fixture.home] },
    ...(hold === undefined ? {} : { hold }),
  });
  const environment = new MockActivityEnvironment();
  let step = 0;
  return {
    ...fixture,
    activities,
    blobs,
    events,
    environment,
    input: async (calls, changes = {}) => {
      step += 1;
      const toolCalls = calls.map(([name, text], index) => ({
        id: `c${index}`,
        name,
        arguments: text,
      }));
      const node = {
        version: 1,
        parent: null,
        depth: 1,
        messages: [
          {
            role: 'assistant',
            content: 'older',
            toolCalls: [{ id: 'old', name: 'bash', arguments: '{}' }],
          },
          { role: 'assistant', content: '', toolCalls },
          { role: 'user', content: 'note' },
        ],
      };
      return {
        key: { scope: 'test', step, index: 0 },
        runId: 'run-1',
        workspace: { id: 'repo/lane-1', workdir: '.' },
        conversation: await blobs.put(JSON.stringify(node)),
        callIndex: 0,
        seen: [],
        events: [],
        ...changes,
      };
    },
    run: (input) =>
      environment.run((request) => activities.executeTool(request), input) as Promise<ToolResult>,
  };
}
