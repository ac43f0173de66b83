import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { NotificationResult, NotifySettings, Notice } from '../../domain/index.js';
import {
  hostEnvironment,
  postJson,
  runProcess,
  type JsonPost,
  type PostResult,
} from '../../platform/index.js';

/** Where messages about runs go. */
export interface NoticeChannels {
  readonly notify: Pick<NotifySettings, 'webhook' | 'command' | 'isSigned'>;
  /** The key that posts are signed by, from Vault. */
  readonly readKey: () => Promise<string>;
  /** Absolute folder that the command starts in. */
  readonly folder: string;
  /** Pauses between tries, in milliseconds; one try more than there are pauses. Default 1 s and 4 s. */
  readonly pausesMs?: readonly number[];
}

/** How a message went out. */
export interface NoticeDelivery extends NotificationResult {
  /** False = trying again later makes no sense. */
  readonly isRetryable: boolean;
}

/** One message, and how it is tried. */
export interface DeliveryTry {
  readonly notice: Notice;
  /** The command is run with the first try only: unlike an address it cannot know a message that comes twice. */
  readonly isFirst: boolean;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 10_000;
const COMMAND_MS = 30_000;
const COMMAND_OUTPUT = 4096;
const PAUSES_MS: readonly number[] = [1000, 4000];
const BASE64_KEY = 'whsec_';

/** Posts a message and hands it to the command. A delivery that fails is no failure: the note says what happened. */
export async function deliverNotice(
  channels: NoticeChannels,
  attempt: DeliveryTry,
): Promise<NoticeDelivery> {
  const { webhook, command } = channels.notify;
  const [posted, ran] = await Promise.all([
    webhook === null ? DELIVERED : postNotice(channels, webhook, attempt),
    command === null || !attempt.isFirst ? null : runCommand(channels, command, attempt),
  ]);
  const notes = [posted.note, ran].filter((note) => note !== null);
  return { ...posted, note: notes.length === 0 ? null : notes.join('; ') };
}

const DELIVERED: NoticeDelivery = { isSent: true, note: null, isRetryable: false };

async function postNotice(
  channels: NoticeChannels,
  url: string,
  { notice, signal }: DeliveryTry,
): Promise<NoticeDelivery> {
  const body = JSON.stringify(notice.body);
  const pauses = channels.pausesMs ?? PAUSES_MS;
  for (let attempt = 0; ; attempt += 1) {
    const result = await postOnce(channels, { url, body, notice, signal });
    if (result.isDelivered) return DELIVERED;
    const pause = pauses[attempt];
    if (!result.isRetryable || pause === undefined) {
      const note = `the webhook at ${new URL(url).host} was not told: ${result.reason}`;
      return { isSent: false, note, isRetryable: result.isRetryable };
    }
    await delay(pause, undefined, { signal });
  }
}

interface Post extends Pick<JsonPost, 'url' | 'body' | 'signal'> {
  readonly notice: Notice;
}

async function postOnce(channels: NoticeChannels, post: Post): Promise<PostResult> {
  const { url, body, notice, signal } = post;
  let signature: Readonly<Record<string, string>> = {};
  try {
    if (channels.notify.isSigned) signature = signedBy(await channels.readKey(), post);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : 'the key is not readable';
    return { isDelivered: false, reason: `it cannot be signed: ${reason}`, isRetryable: true };
  }
  const headers = { 'x-codetether-event': notice.event, 'x-codetether-delivery': notice.id };
  return postJson({
    url,
    body,
    headers: { ...headers, ...signature },
    timeoutMs: TIMEOUT_MS,
    signal,
  });
}

/** Headers of the Standard Webhooks specification; a key that begins with `whsec_` is base64, another one is text. */
function signedBy(key: string, { notice, body }: Post): Readonly<Record<string, string>> {
  const at = new Date();
  const webhook = key.startsWith(BASE64_KEY)
    ? new Webhook(key)
    : new Webhook(Buffer.from(key), { format: 'raw' });
  return {
    'webhook-id': notice.id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': webhook.sign(notice.id, at, body),
  };
}

/** Runs the program as the person does who configured it; gives a note when it did not end well. */
async function runCommand(
  { folder }: NoticeChannels,
  [command = '', ...args]: readonly string[],
  { notice, signal }: DeliveryTry,
): Promise<string | null> {
  try {
    const { outcome, exitCode, killedBy } = await runProcess({
      command,
      args,
      cwd: folder,
      env: {
        ...hostEnvironment(),
        CODETETHER_NOTIFY_EVENT: notice.event,
        CODETETHER_NOTIFY_RUN: notice.runId ?? '',
      },
      stdin: `${JSON.stringify(notice.body)}\n`,
      timeoutMs: COMMAND_MS,
      maxOutputBytes: COMMAND_OUTPUT,
      ...(signal === undefined ? {} : { signal }),
    });
    if (outcome === 'exited' && exitCode === 0) return null;
    const how =
      outcome === 'exited'
        ? `exit ${exitCode ?? killedBy}`
        : `no end within ${COMMAND_MS / 1000} s`;
    return `the command that tells people ended badly: ${how}`;
  } catch (error) {
    signal?.throwIfAborted();
    return `the command that tells people did not run: ${error instanceof Error ? error.message : 'unknown'}`;
  }
}
