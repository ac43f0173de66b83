import type { RunRecord } from '../../domain/index.js';
import { rlmDocument, rlmScreen } from '../../report/index.js';
import type { CommandContext } from '../context.js';
import { exitAtEnd } from '../ralph/watch.js';
import { cellLines } from './cell-lines.js';

/** How much is shown. */
export interface ShowOptions {
  readonly json?: boolean | undefined;
  /** Cells with what they asked and were answered. */
  readonly verbose?: boolean | undefined;
}

/** Prints how a question over an input stands: its answer, what it rests on, what it cost. */
export async function showRlm(
  record: RunRecord,
  options: ShowOptions,
  { config, output }: CommandContext,
): Promise<void> {
  const { rlmAnswer, rlmCells } = await import('../../runs/index.js');
  const answer = await rlmAnswer(config, record);
  const cells = options.verbose === true ? await rlmCells(config, record) : [];
  const now = new Date();
  if (options.json === true) {
    const document = rlmDocument(record, answer, now);
    output.document(options.verbose === true ? { ...document, cells } : document);
    return;
  }
  if (cells.length > 0) output.result(cellLines(cells).join('\n'));
  output.result(rlmScreen(record, answer, now));
}

/** As {@link showRlm}, with the exit code of the end. */
export async function showRlmEnd(
  record: RunRecord,
  options: ShowOptions,
  context: CommandContext,
): Promise<void> {
  await showRlm(record, options, context);
  exitAtEnd(record, context.output);
}
