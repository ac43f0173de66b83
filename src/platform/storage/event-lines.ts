import { redactValues } from '../../observability/index.js';
import {
  CodetetherError,
  InfrastructureError,
  runEventSchema,
  type RunEvent,
} from '../../domain/index.js';
import { isSealed, type Envelope } from '../codec/envelope.js';

/** Events of lines, and how many lines hold none. */
export interface EventLines {
  readonly events: RunEvent[];
  /** Lines that are no events: torn by a crash or a full disk, or damaged. */
  readonly skipped: number;
}

/** Events as lines of one run's file. */
export interface LineFormat {
  write(events: readonly RunEvent[]): Promise<string>;
  /** One bad line costs itself, never the run. Throws for what another try or another set-up may open. */
  read(text: string): Promise<EventLines>;
}

/** The lines of one run. JSON begins with a brace; a sealed line is base64. */
export function createLineFormat(runId: string, envelope: Envelope | null): LineFormat {
  const context = `event:${runId}`;
  return {
    async write(events) {
      const lines: string[] = [];
      for (const event of events) {
        const line = JSON.stringify(redactValues(event));
        const sealed = await envelope?.seal(Buffer.from(line), context);
        lines.push(sealed?.toString('base64') ?? line);
      }
      return lines.map((line) => `${line}\n`).join('');
    },
    async read(text) {
      const events: RunEvent[] = [];
      let skipped = 0;
      for (const line of text.split('\n')) {
        if (line.trim() === '') continue;
        const event = await readLine(line, { runId, context, envelope });
        if (event === undefined) skipped += 1;
        else events.push(event);
      }
      return { events, skipped };
    },
  };
}

interface LineKey {
  readonly runId: string;
  readonly context: string;
  readonly envelope: Envelope | null;
}

async function readLine(line: string, key: LineKey): Promise<RunEvent | undefined> {
  const text = line.startsWith('{') ? line : await openLine(line, key);
  if (text === undefined) return undefined;
  try {
    return runEventSchema.parse(JSON.parse(text));
  } catch {
    // No JSON, or no event: also what a later version may have written.
    return undefined;
  }
}

async function openLine(line: string, key: LineKey): Promise<string | undefined> {
  const bytes = Buffer.from(line, 'base64');
  if (!isSealed(bytes)) return undefined;
  if (key.envelope === null) {
    throw new InfrastructureError('ERR_CODEC_OFF', {
      message: `the events of run ${key.runId} are encrypted, and [codec] is not set up here`,
      hint: 'set [codec] enabled, transit_mount and key as they were when the run began',
      isRetryable: false,
    });
  }
  try {
    return (await key.envelope.open(bytes, key.context)).toString('utf8');
  } catch (error) {
    if (error instanceof CodetetherError && error.code === 'ERR_CODEC_TAMPERED') return undefined;
    throw error;
  }
}
