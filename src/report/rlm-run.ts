import { runSpending, toUsd, visibleLine, visible, type RunRecord } from '../domain/index.js';
import { formatDuration, formatUsd } from './format.js';
import { totalsOf } from './run-document.js';

/** The answer of a question, as text and as value. */
export interface RlmAnswer {
  readonly text: string;
  readonly value: unknown;
}

/** Characters a token, for the size of an input as people read it. */
const CHARACTERS_PER_TOKEN = 4;

/** The one JSON document that `rlm --json` prints (snake_case, an unknown price is null). Pure. */
export function rlmDocument(
  record: RunRecord,
  answer: RlmAnswer | null,
  now: Date,
): Record<string, unknown> {
  return {
    run_id: record.runId,
    workflow_id: record.workflowId,
    kind: record.kind,
    reason: record.reason,
    answer: answer?.text ?? null,
    value: answer?.value ?? null,
    input_tokens: tokensOf(record),
    ...questionFields(record),
    ...endFields(record),
    ...spendingFields(record, now),
    totals: totalsOf(record, now),
    standstill: record.standstill ?? null,
    failure: record.failure,
    notes: record.notes,
  };
}

function questionFields({ rlm, feature }: RunRecord): Record<string, unknown> {
  return {
    query: rlm?.query ?? feature,
    content_type: rlm?.input?.type ?? null,
    route: rlm?.route ?? null,
    session: rlm?.session ?? null,
  };
}

function endFields({ rlm, status }: RunRecord): Record<string, unknown> {
  const end = rlm?.end ?? NO_END;
  return {
    status: end.status ?? status,
    evidence: end.evidence.map(({ quote, start, end: stop, line, source }) => ({
      quote,
      start,
      end: stop,
      line,
      source,
    })),
    iterations: end.iterations,
    sub_queries: end.subQueries,
    tool_calls: end.toolCalls ?? 0,
    depth: end.depth,
    state_hash: end.stateHash,
  };
}

const NO_END = {
  status: undefined,
  evidence: [],
  iterations: 0,
  subQueries: 0,
  toolCalls: 0,
  depth: 0,
  stateHash: '',
};

function spendingFields(record: RunRecord, now: Date): Record<string, unknown> {
  const { usage, modelCalls, costMicroUsd } = runSpending(record);
  const { budget } = record.options;
  const { iterations, subQueries } = record.rlm?.end ?? NO_END;
  return {
    calls: modelCalls,
    cost_usd: toUsd(costMicroUsd),
    budget: { usd: toUsd(budget.costMicroUsd), tokens: budget.tokens, calls: budget.calls },
    stats: {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      iterations,
      subcalls: subQueries,
      elapsed_ms: elapsedMs(record, now),
      compression_ratio: ratio(tokensOf(record), usage.inputTokens),
    },
  };
}

function tokensOf({ rlm }: RunRecord): number {
  return Math.ceil((rlm?.input?.bytes ?? 0) / CHARACTERS_PER_TOKEN);
}

/** Tokens of the input for each token that a model read; two places. */
function ratio(input: number, read: number): number {
  return read === 0 ? 0 : Math.round((input / read) * 100) / 100;
}

function elapsedMs({ startedAt, endedAt }: RunRecord, now: Date): number {
  return Math.max(0, Date.parse(endedAt ?? now.toISOString()) - Date.parse(startedAt));
}

/** How a question over an input stands or ended. Pure; plain text. */
export function rlmScreen(record: RunRecord, answer: RlmAnswer | null, now: Date): string {
  const { rlm, runId, status, endedAt } = record;
  const end = rlm?.end ?? null;
  const word = end?.status ?? status;
  return [
    ...(answer === null ? [] : [visible(answer.text).trim(), '']),
    `${word.toUpperCase()}  ${visibleLine(record.reason === '' ? record.feature : record.reason)}`,
    ...(end?.evidence ?? []).map(
      ({ quote, line, source }) =>
        `  ${source === '' ? '' : `${visibleLine(source)}, `}line ${line}: ${visibleLine(quote).slice(0, 200)}`,
    ),
    ...inputLine(record),
    ...spendingLines(record, now),
    ...record.notes.map((note) => `  note: ${visibleLine(note)}`),
    ...nextLines({ runId, isEnded: endedAt !== null, isAnswered: end?.status === 'answered' }),
  ].join('\n');
}

function inputLine({ rlm }: RunRecord): string[] {
  const input = rlm?.input;
  if (input === null || input === undefined) return [];
  const files = rlm?.fileCount === 0 ? '' : `, ${rlm?.fileCount ?? 0} files`;
  return [`  input   ${input.type}, ${input.bytes} bytes, ${input.lines} lines${files}`];
}

function spendingLines(record: RunRecord, now: Date): string[] {
  const { end, route } = record.rlm ?? {};
  const { modelCalls, repeatedModelCalls, usage, costMicroUsd } = runSpending(record);
  const how =
    route === 'direct'
      ? 'one call that held the whole input'
      : `${end?.iterations ?? 0} iterations, ${end?.subQueries ?? 0} questions,${toolWords(end?.toolCalls)} depth ${end?.depth ?? 0}`;
  return [
    `  ${how}; ${formatDuration(elapsedMs(record, now))}`,
    `  ${modelCalls} model calls, ${repeatedModelCalls} repeated; ${usage.inputTokens} tokens in, ${usage.outputTokens} out; cost ${formatUsd(toUsd(costMicroUsd))}`,
  ];
}

function toolWords(calls = 0): string {
  return calls === 0 ? '' : ` ${calls} ${calls === 1 ? 'tool call' : 'tool calls'},`;
}

function nextLines({
  runId,
  isEnded,
  isAnswered,
}: {
  readonly runId: string;
  readonly isEnded: boolean;
  readonly isAnswered: boolean;
}): string[] {
  if (!isEnded) return [`  run ${runId}: codetether attach ${runId} watches it`];
  return [
    ...(isAnswered ? [] : [`  retry   codetether rlm retry ${runId}`]),
    `  cells   codetether rlm show ${runId}`,
    `  run     ${runId}`,
  ];
}
