import { z } from 'zod';
import {
  defineTool,
  toolError,
  type InnerCall,
  type InnerCalls,
  type ToolContext,
  type ToolOutput,
} from '../tool.js';

const MAX_CALLS = 25;
/** Of all results together; each has what the shorter ones leave. */
const MAX_CHARACTERS = 100 * 1024;
/** What a call that names no time limit may take. */
const DEFAULT_TIMEOUT_S = 120;
const MAX_TIMEOUT_S = 3600;
/** Of a cut result so much shows its beginning. */
const HEAD_SHARE = 0.6;

const parameters = z.object({
  calls: z
    .array(
      z.object({ tool: z.string().min(1), args: z.record(z.string(), z.unknown()).default({}) }),
    )
    .min(1)
    .max(MAX_CALLS),
});

type BatchInput = z.infer<typeof parameters>;

/** Makes several calls at once: those that read side by side, those that change something in order. */
export const batchTool = defineTool({
  name: 'batch',
  aliases: ['parallel', 'multi_tool_use.parallel'],
  description:
    'Make up to 25 tool calls at once. Neighbouring calls that only read run side by side, others in order; each reports its own failure.',
  parameters,
  isDeferred: true,
  isCarrier: true,
  execution: 'activity',
  access: 'write',
  title: ({ calls }) => `batch: ${calls.map(({ tool }) => tool).join(', ')}`,
  timeoutMs: ({ calls }) => 1000 * Math.min(MAX_TIMEOUT_S, calls.reduce(addTimeout, 0)),
  async execute(input, context): Promise<ToolOutput> {
    const { inner } = context;
    if (inner === undefined) return toolError('batch cannot be called inside another call.');
    const results = await runAll(input, { context, inner });
    return report(input, results, context);
  },
});

function addTimeout(sum: number, { args }: BatchInput['calls'][number]): number {
  const { timeout_s: asked } = args;
  return sum + (typeof asked === 'number' && asked > 0 ? asked : DEFAULT_TIMEOUT_S);
}

interface Desk {
  readonly context: ToolContext;
  readonly inner: InnerCalls;
}

/** The results in the order of the calls. */
async function runAll(input: BatchInput, { context, inner }: Desk): Promise<ToolOutput[]> {
  const calls = input.calls.map(({ tool, args }): InnerCall => ({ name: tool, input: args }));
  const results: ToolOutput[] = [];
  const seen = new Map(context.seen);
  for (const group of groupCalls(calls, inner)) {
    context.signal.throwIfAborted();
    const from = results.length;
    const outputs = await Promise.all(
      group.map((call, at) => runOne(inner, call, { position: from + at, seen })),
    );
    for (const output of outputs)
      for (const { path, hash } of output.seen ?? []) seen.set(path, hash);
    results.push(...outputs);
  }
  return results;
}

/** Neighbouring calls that only read form one group; every other call stands alone. */
function groupCalls(calls: readonly InnerCall[], inner: InnerCalls): InnerCall[][] {
  const groups: InnerCall[][] = [];
  let isReading = false;
  for (const call of calls) {
    const facts = inner.describe(call);
    const isReader = !facts.isPossible || facts.access === 'read';
    const last = groups.at(-1);
    if (last !== undefined && isReading && isReader) last.push(call);
    else groups.push([call]);
    isReading = isReader;
  }
  return groups;
}

interface Place {
  readonly position: number;
  readonly seen: ReadonlyMap<string, string>;
}

async function runOne(
  inner: InnerCalls,
  call: InnerCall,
  { position, seen }: Place,
): Promise<ToolOutput> {
  const facts = inner.describe(call);
  return facts.isPossible ? inner.run(call, position, seen) : toolError(facts.reason);
}

async function report(
  { calls }: BatchInput,
  results: readonly ToolOutput[],
  context: ToolContext,
): Promise<ToolOutput> {
  const failed = results.flatMap(({ isError }, at) => (isError ? [at + 1] : []));
  const shares = shareOut(results.map(({ text }) => text.length));
  const parts: string[] = [];
  for (const [at, result] of results.entries()) {
    const head = `[${at + 1}/${results.length} ${calls[at]?.tool ?? '?'}${result.isError ? ', failed' : ''}]`;
    parts.push(`${head}\n${await cutTo(result.text, shares[at] ?? 0, context)}`);
  }
  const count = `${results.length - failed.length} of ${results.length} calls succeeded`;
  const which = failed.length === 0 ? '' : `; failed: ${failed.join(', ')}`;
  const pictures = results.flatMap((result) => result.pictures ?? []);
  const sandbox = results.findLast((result) => result.sandbox !== undefined)?.sandbox;
  return {
    text: `${count}${which}.\n${parts.join('\n')}`,
    isError: failed.length === results.length,
    seen: results.flatMap((result) => result.seen ?? []),
    progress: results.flatMap((result) => result.progress ?? []),
    ...(pictures.length === 0 ? {} : { pictures }),
    ...(sandbox === undefined ? {} : { sandbox }),
  };
}

/** How much of each text is shown: short ones whole, the rest in equal parts of what they leave. */
function shareOut(lengths: readonly number[]): number[] {
  const shares = lengths.map(() => 0);
  let room = MAX_CHARACTERS;
  const order = [...lengths.entries()].toSorted(([, left], [, right]) => left - right);
  for (const [rank, [at, length]] of order.entries()) {
    const share = Math.min(length, Math.floor(room / (order.length - rank)));
    shares[at] = share;
    room -= share;
  }
  return shares;
}

async function cutTo(text: string, share: number, context: ToolContext): Promise<string> {
  if (text.length <= share) return text;
  const name = await context.keepWhole(text);
  const head = Math.floor(share * HEAD_SHARE);
  const tail = share - head;
  return `${text.slice(0, head)}\n[… ${text.length - share} characters left out; read_file or grep ${name} for the whole …]\n${text.slice(-tail)}`;
}
