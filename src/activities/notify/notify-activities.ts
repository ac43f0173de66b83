import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import {
  notifyEventSchema,
  runEventSchema,
  runRecordSchema,
  type NotificationResult,
  type NotifyEvent,
  type NotifySettings,
  type RunRecord,
} from '../../domain/index.js';
import { postJson, sha256, type EventLog, type JsonPost } from '../../platform/index.js';
import { bindSteps, defineStep, type Activities } from '../lib/step.js';

const notifyRunSchema = z.object({
  record: runRecordSchema,
  event: notifyEventSchema,
  events: z.array(runEventSchema),
});

/** What the notifications need; built once per worker. */
export interface NotifyDependencies {
  readonly events: EventLog;
  /** The record on disk; undefined when there is none. Default: none. */
  readonly readRecord?: (runId: string) => Promise<RunRecord | undefined>;
  /** What a webhook is told about a run. */
  readonly describe: (record: RunRecord, event: NotifyEvent, now: Date) => Record<string, unknown>;
  /** Null = nobody is told. */
  readonly notify: NotifySettings | null;
  /** Pauses between tries, in milliseconds; one try more than there are pauses. Default 1 s and 4 s. */
  readonly pausesMs?: readonly number[];
}

const TIMEOUT_MS = 10_000;
const PAUSES_MS: readonly number[] = [1000, 4000];

/**
 * Posts the run to the configured webhook, if somebody wants this event. A delivery that fails is no failure: the note says
 * what happened. A retry may deliver twice, under the same `x-codetether-delivery`.
 */
const notifyRun = defineStep<NotifyDependencies>()({
  input: notifyRunSchema,
  async run(
    { record: told, event, events },
    { dependencies, signal },
  ): Promise<NotificationResult> {
    const record = await wholeRecord(dependencies, told);
    await dependencies.events.append(record.runId, events);
    const { notify } = dependencies;
    if (notify === null || !notify.events.includes(event)) return { isSent: false, note: null };
    const since = record.standstill?.since ?? record.endedAt ?? '';
    const delivery = sha256(`${record.runId} ${event} ${since}`).slice(0, 32);
    return deliver(dependencies, {
      url: notify.webhook,
      body: JSON.stringify(dependencies.describe(record, event, new Date())),
      headers: { 'x-codetether-event': event, 'x-codetether-delivery': delivery },
      timeoutMs: TIMEOUT_MS,
      signal,
    });
  },
});

const steps = { notifyRun };

/** Tells people about runs. */
export type NotifyActivities = Activities<typeof steps>;

/** The notifications of one worker. */
export function createNotifyActivities(dependencies: NotifyDependencies): NotifyActivities {
  return bindSteps({ ...dependencies, events: dependencies.events }, steps);
}

/** A record that was cut to travel: the rest is on disk. */
async function wholeRecord(
  { readRecord }: NotifyDependencies,
  told: RunRecord,
): Promise<RunRecord> {
  if (told.isCut !== true) return told;
  const whole = await readRecord?.(told.runId).catch(() => undefined);
  if (whole === undefined) return told;
  const { status, reason, standstill, endedAt, failure } = told;
  return { ...whole, status, reason, standstill, endedAt, failure };
}

async function deliver(
  dependencies: NotifyDependencies,
  post: JsonPost,
): Promise<NotificationResult> {
  const pauses = dependencies.pausesMs ?? PAUSES_MS;
  for (let attempt = 0; ; attempt += 1) {
    const result = await postJson(post);
    if (result.isDelivered) return { isSent: true, note: null };
    const pause = pauses[attempt];
    if (!result.isRetryable || pause === undefined) {
      const { host } = new URL(post.url);
      return { isSent: false, note: `the webhook at ${host} was not told: ${result.reason}` };
    }
    await delay(pause, undefined, { signal: post.signal });
  }
}
