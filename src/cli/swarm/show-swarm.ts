import type { RunRecord } from '../../domain/index.js';
import { swarmDocument, swarmScreen } from '../../report/index.js';
import type { CommandContext } from '../context.js';
import { exitAtEnd } from '../ralph/watch.js';

/** Prints how a swarm stands: its whole answer, its subtasks, what to do next. */
export async function showSwarm(
  record: RunRecord,
  options: { readonly json?: boolean | undefined },
  { config, output }: CommandContext,
): Promise<void> {
  const { swarmAnswer } = await import('../../runs/index.js');
  const answer = await swarmAnswer(config, record);
  const now = new Date();
  if (options.json === true) output.document(swarmDocument(record, answer, now));
  else output.result(swarmScreen(record, answer, now));
}

/** As {@link showSwarm}, with the exit code of the end. */
export async function showSwarmEnd(
  record: RunRecord,
  options: { readonly json?: boolean | undefined },
  context: CommandContext,
): Promise<void> {
  await showSwarm(record, options, context);
  exitAtEnd(record, context.output);
}
