import type { DraftedPrd } from '../client/index.js';
import { formatModelReference, toUsd, type ModelReference } from '../domain/index.js';
import { formatUsd } from '../report/index.js';
import type { ServiceEndpoint } from '../service/index.js';
import { exitWith, type CommandContext } from './context.js';

/** A draft that a command waits for. */
export interface AwaitedDraft<Draft> {
  /** For people: `PRD`. */
  readonly noun: string;
  readonly model: ModelReference;
  readonly workflowId: string;
  /** Gives undefined when `signal` ends the waiting. */
  readonly request: (endpoint: ServiceEndpoint, signal: AbortSignal) => Promise<Draft | undefined>;
}

/** Starts the service where it does not run, and waits for a draft; undefined when the person stopped waiting, by Ctrl+C. */
export async function awaitDraft<Draft>(
  { config, output, globals }: CommandContext,
  { noun, model, workflowId, request }: AwaitedDraft<Draft>,
): Promise<Draft | undefined> {
  const { ensureRunning } = await import('../service/index.js');
  const endpoint = await ensureRunning(config, {
    temporalCli: globals.temporalCli,
    ...(globals.logLevel === undefined ? {} : { logLevel: globals.logLevel }),
    onProgress: (text) => output.note(text),
  });
  output.note(
    `${formatModelReference(model)} writes the ${noun} (${workflowId}); after Ctrl+C the same command picks it up again`,
  );
  const detach = new AbortController();
  const onInterrupt = (): void => detach.abort();
  process.once('SIGINT', onInterrupt);
  const draft = await request(endpoint, detach.signal);
  process.removeListener('SIGINT', onInterrupt);
  if (draft !== undefined) return draft;
  output.note('\ndetached; the draft goes on. The same command shows it.');
  exitWith(130);
  return undefined;
}

/** What a draft has cost; `again` = how another one is made. */
export function draftCost(
  { isKnown, spending }: Pick<DraftedPrd, 'isKnown' | 'spending'>,
  again = '',
): string {
  const { modelCalls, usage, costMicroUsd } = spending;
  const before = isKnown ? `made by an earlier command${again}: ` : '';
  return `${before}${modelCalls} model calls, ${usage.inputTokens} tokens in, ${usage.outputTokens} out; cost ${formatUsd(toUsd(costMicroUsd))}`;
}
