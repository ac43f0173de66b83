import { createConversationChain } from '../../src/activities/model/conversation-chain.js';
import type { Message } from '../../src/domain/agent/conversation.js';
import type { BlobRef } from '../../src/domain/blob.js';
import type { EventType, RunEvent } from '../../src/domain/run/event.js';
import type { AttemptRecord, RunRecord } from '../../src/domain/run/ralph-run.js';
import { openStores, type Stores } from '../../src/platform/storage/stores.js';
import { renderReport } from '../../src/report/markdown.js';
import { random } from './kill-random.js';
import { attemptRecord } from './ralph-bench.js';
import { evidence, runRecord, storyRecord } from './run-records.js';
import { story } from './stories.js';

const STORIES = 12;
const TURNS = 83;
const FIRST_FAULT = { story: 6, turn: 60 };
const START_MS = Date.parse('2026-02-01T20:00:00.000Z');

/** What a command printed that went wrong first, and what others printed because of it. */
const FAULT = "EACCES: permission denied, unlink '/var/data/ledger.lock'";
const SYMPTOMS = [
  'timeout after 5000 ms: ledger.lock is held',
  'cannot open the ledger: ledger.lock exists',
  'ledger_test failed: expected 12 rows, got 0 (ledger.lock)',
];

/** A run that is kept in a home: its record, and what went wrong first as its events and a conversation tell it. */
export interface BrokenRun {
  readonly record: RunRecord;
  readonly events: readonly RunEvent[];
  readonly stores: Stores;
  readonly fault: string;
  readonly faultAt: string;
}

/**
 * A run of some 3,000 events, written by the stores of the product. A fault in its middle is what all later failures come from; before it
 * commands fail as they do in any work, and are right the next time.
 */
export async function brokenRun(home: string, runId: string): Promise<BrokenRun> {
  const stores = openStores({ home, envelope: null, renderReport });
  const writer = new Writer(stores, random(3));
  const stories: RunRecord['stories'] = [];
  for (let number = 1; number <= STORIES; number += 1) {
    const attempt = await writer.attempt(number);
    const id = storyId(number);
    const isRed = attempt.outcome === 'checks_failed';
    stories.push(
      storyRecord(id, {
        story: story(id),
        status: isRed ? 'failed' : 'passed',
        reason: attempt.reason,
        attempts: [attempt],
      }),
    );
  }
  const record = runRecord({
    runId,
    workflowId: `ralph/${runId}`,
    status: 'failed',
    reason: `${FIRST_FAULT.story - 1} of ${STORIES} stories passed`,
    stories,
  });
  await stores.records.save(record);
  await stores.events.append(runId, writer.events);
  return { record, events: writer.events, stores, fault: FAULT, faultAt: writer.faultAt };
}

function storyId(number: number): string {
  return `US-${String(number).padStart(3, '0')}`;
}

class Writer {
  readonly events: RunEvent[] = [];
  faultAt = '';
  private readonly stores: Stores;
  private readonly chance: () => number;
  private timeMs = START_MS;

  constructor(stores: Stores, chance: () => number) {
    this.stores = stores;
    this.chance = chance;
  }

  /** One story's attempt: its events, its conversation, and how it ended. */
  async attempt(number: number): Promise<AttemptRecord> {
    const startedAt = this.now();
    const chain = createConversationChain(this.stores.blobs);
    let head = await chain.append({
      after: null,
      messages: [{ role: 'user', content: `Attempt 1 at ${storyId(number)}. Do the work.` }],
    });
    this.add(number, 'attempt.start', { text: `attempt 1 at ${storyId(number)}` });
    for (let turn = 1; turn <= TURNS; turn += 1) {
      const printed = this.printed(number, turn);
      const isError = !printed.endsWith('ok');
      this.add(number, 'model.end', { turn, text: '2.1k in / 310 out', data: { calls: 1 } });
      this.add(number, 'tool.start', { turn, text: `bash: make step-${turn}` });
      this.add(number, 'tool.end', {
        turn,
        text: `bash: make step-${turn} (exit ${isError ? 1 : 0})`,
        data: { tool: 'bash', is_error: isError, preview: printed.slice(0, 120) },
      });
      if (printed === FAULT) this.faultAt = this.events.at(-1)?.at ?? '';
      head = await chain.append({ after: head, messages: turnMessages(turn, printed) });
      if (turn % 40 === 0)
        head = await chain.restart(head, [{ role: 'user', content: 'Summary: all went on.' }]);
    }
    return this.ended(number, { startedAt, conversation: head.head });
  }

  private async ended(
    number: number,
    { startedAt, conversation }: { readonly startedAt: string; readonly conversation: BlobRef },
  ): Promise<AttemptRecord> {
    const isRed = number >= FIRST_FAULT.story;
    const symptom = SYMPTOMS[number % SYMPTOMS.length] ?? '';
    const output = await this.stores.blobs.put(isRed ? `${symptom}\n` : 'ok\n');
    for (const check of ['lint', 'test', 'build'])
      this.add(number, 'check.end', {
        text: `${check} ${isRed && check === 'test' ? `failed (exit 1): ${symptom}` : 'passed'}`,
      });
    this.add(number, 'attempt.end', { text: isRed ? `failed: test: ${symptom}` : 'passed' });
    return attemptRecord({
      outcome: isRed ? 'checks_failed' : 'passed',
      reason: isRed ? 'failed: test' : 'all checks passed',
      evidence: [evidence({ exitCode: isRed ? 1 : 0, output })],
      conversation,
      startedAt,
      endedAt: this.now(),
    });
  }

  private printed(number: number, turn: number): string {
    const { story: faulty, turn: at } = FIRST_FAULT;
    if (number === faulty && turn === at) return FAULT;
    const isLater = number > faulty || (number === faulty && turn > at);
    if (isLater && this.chance() < 0.2)
      return SYMPTOMS[Math.floor(this.chance() * SYMPTOMS.length)] ?? '';
    // as in any work: it is right the next time
    if (this.chance() < 0.05) return `error TS2304: cannot find name 'step${turn}'`;
    return 'ok';
  }

  private add(number: number, type: EventType, fields: Partial<RunEvent>): void {
    this.events.push({
      source: `wf-${number}`,
      seq: this.events.length + 1,
      type,
      at: this.now(),
      story: storyId(number),
      attempt: 1,
      ...fields,
    });
  }

  private now(): string {
    this.timeMs += 1700;
    return new Date(this.timeMs).toISOString();
  }
}

function turnMessages(turn: number, printed: string): Message[] {
  const id = `call_${turn}`;
  return [
    {
      role: 'assistant',
      content: `Step ${turn}.`,
      toolCalls: [{ id, name: 'bash', arguments: `{"command":"make step-${turn}"}` }],
    },
    {
      role: 'tool',
      callId: id,
      name: 'bash',
      isError: !printed.endsWith('ok'),
      content: `make: Entering directory\n${`cc -c unit-${turn}.c\n`.repeat(20)}${printed}\n`,
    },
  ];
}
