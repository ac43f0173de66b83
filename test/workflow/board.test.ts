import { readFileSync } from 'node:fs';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, it } from 'vitest';
import { fakeCall, fakeProof, fakeReply, storyDone } from '../support/fake-activities.js';
import { endedRecord, statuses, withRalph, type OpenRun } from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useDevelopmentServer, useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping();

const HOSTILE =
  'x](javascript:alert(1)) <img src=y> **bold**\n# heading | `tick` https://evil.example';

/** What Temporal's web interface shows of a workflow now. */
async function details(workflowId: string): Promise<string> {
  const handle = environment().client.workflow.getHandle(workflowId);
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

function storyId({ handle }: OpenRun, id = 'US-001', attempt = 1): string {
  return `${handle.workflowId}/01hx0000000000000000000000/${id}/${attempt}`;
}

const isMarkup = /(?<!\\)(\[|<|`(?=tick)|\*\*bold)|^#{1,2} |^\||:\/\//m;

describe("what Temporal's web interface shows", () => {
  it('is there for the run, the attempt and its agent, bounded and with nothing of others obeyed', async () => {
    const stories = Array.from({ length: 150 }, (_, index) =>
      story(`US-${index}`, {
        title: HOSTILE.repeat(3),
        ...(index === 0 ? {} : { dependsOn: ['US-0'] }),
      }),
    );
    const script = {
      callModel: () =>
        fakeReply({
          calls: [
            fakeCall('todo_write', {
              execution: 'workflow',
              arguments: JSON.stringify({ todos: [{ content: HOSTILE, status: 'in_progress' }] }),
            }),
            { ...storyDone('blocked'), index: 1 },
          ],
        }),
    };
    const input = { stories, project: HOSTILE, feature: HOSTILE };
    await withRalph(environment(), { script, input }, async (run) => {
      await endedRecord(run.handle);
      const id = storyId(run, 'US-0');
      const shown = await Promise.all([run.handle.workflowId, id, `${id}/agent`].map(details));
      const [ofRun = '', ofStory = '', ofAgent = ''] = shown;
      for (const text of shown) {
        expect(Buffer.byteLength(text)).toBeLessThan(4096);
        expect(text).not.toMatch(isMarkup);
      }
      expect(ofRun).toMatch(/^### failed: 0 of 150 stories done\n/);
      expect(ofRun).toContain('**Stories**');
      expect(ofRun).toContain('- `US-0` ');
      expect(ofRun).toContain('**spent** $0.0000, 1 calls, 100 tokens in, 10 out');
      expect(ofStory).toMatch(/^### US-0, attempt 1 of 2\n/);
      expect(ofStory).toContain('**now** blocked: no key');
      expect(ofAgent).toMatch(/^### US-0, turn 2 of at most 10\n/);
      expect(ofAgent).toContain('**To do**');
      expect(ofAgent).toContain('- in progress: ');
    });
  });

  it('costs no event: histories are as those that were recorded before there was any', async () => {
    const stories = [story('US-001'), story('US-002', { dependsOn: ['US-001'] })];
    await withRalph(environment(), { input: { stories } }, async (run) => {
      await endedRecord(run.handle);
      const id = storyId(run);
      const recorded = '__01hx0000000000000000000000__US-001__1';
      for (const [workflowId, name] of [
        [run.handle.workflowId, ''],
        [id, recorded],
        [`${id}/agent`, `${recorded}__agent`],
      ] as const)
        expect(await eventTypes(workflowId)).toEqual(recordedTypes(`ralph-passed${name}`));
    });
  });

  it('names what a waiting run waits for and when it tries again', async () => {
    let failures = 0;
    const script = {
      callModel: () => {
        failures += 1;
        if (failures > 1) return fakeReply({ calls: [storyDone()] });
        throw ApplicationFailure.create({
          type: 'ERR_PROVIDER_WAIT',
          message: 'the provider <b>asks</b> to wait',
          nonRetryable: true,
        });
      },
    };
    const seen: string[] = [];
    await withRalph(
      environment(),
      { script, input: { stories: [story('US-001')] } },
      async (run) => {
        const look = async (): Promise<void> => {
          const text = await details(run.handle.workflowId);
          if (text.includes('**waits**')) seen.push(text);
        };
        await expect
          .poll(
            async () => {
              await look();
              return seen.length;
            },
            { timeout: 20_000 },
          )
          .toBeGreaterThan(0);
        expect(seen[0]).toMatch(
          /\*\*waits\*\* the provider \\<b\\>asks\\<\/b\\> to wait \(next try 20/,
        );
        await run.update('resume', {});
        expect((await endedRecord(run.handle)).status).toBe('passed');
      },
    );
  });
});

/** Events of a workflow but its tasks, whose number depends on what came at the same moment; sorted. */
async function eventTypes(workflowId: string): Promise<string[]> {
  const history = await environment().client.workflow.getHandle(workflowId).fetchHistory();
  return stepsOf(historyToJSON(history));
}

function recordedTypes(name: string): string[] {
  const file = new URL(`../replay/histories/${name}.json`, import.meta.url);
  return stepsOf(readFileSync(file, 'utf8'));
}

function stepsOf(history: string): string[] {
  const { events } = JSON.parse(history) as { events: { eventType: string }[] };
  return events
    .map(({ eventType }) => eventType)
    .filter((type) => !type.includes('WORKFLOW_TASK'))
    .sort();
}

describe('the close of a run', () => {
  it('that passed is its record', async () => {
    await withRalph(
      environment(),
      { input: { stories: [story('US-001')] } },
      async ({ handle }) => {
        expect((await handle.result()).status).toBe('passed');
        expect((await handle.describe()).status.name).toBe('COMPLETED');
      },
    );
  });

  it('that did not is a failure with the record, red in every list', async () => {
    const script = { prove: () => fakeProof('failed') };
    const input = { stories: [story('US-001')] };
    await withRalph(environment(), { script, input }, async ({ handle }) => {
      const error: unknown = await handle.result().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(WorkflowFailedError);
      expect(error).toMatchObject({
        cause: {
          type: 'RunFailed',
          message: '0 of 1 stories passed',
          nonRetryable: true,
          details: [{ status: 'failed', stories: [{ status: 'failed' }] }],
        },
      });
      expect((await handle.describe()).status.name).toBe('FAILED');
    });
  });
});

describe('an attempt that somebody ends from outside', () => {
  const local = useDevelopmentServer();

  it.each([
    ['terminated', (id: string) => local().client.workflow.getHandle(id).terminate('no')],
    ['cancelled', (id: string) => local().client.workflow.getHandle(id).cancel()],
  ])(
    '%s: the run stands still, and the attempt is made again without being counted',
    async (how, end) => {
      let attempts = 0;
      const input = { stories: [story('US-001')] };
      let tell: (run: OpenRun) => void = () => undefined;
      const opened = new Promise<OpenRun>((resolve) => {
        tell = resolve;
      });
      const script = {
        beforeStory: async () => {
          const isFirst = attempts === 0;
          attempts += 1;
          if (isFirst) await end(storyId(await opened));
        },
      };
      await withRalph(local(), { script, input }, async (open) => {
        tell(open);
        await expect
          .poll(async () => (await open.status()).standstill?.reason, { timeout: 20_000 })
          .toBe(`US-001 was ${how} by Temporal operator`);
        expect(await open.status()).toMatchObject({
          status: 'paused',
          options: { maxIterations: 21 },
          stories: [{ status: 'pending', extraAttempts: 1 }],
        });
        await open.update('resume', {});
        expect(statuses(await endedRecord(open.handle))).toEqual(['US-001 passed 2']);
      });
    },
  );
});
