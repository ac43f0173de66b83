import type { Config } from '../../config/index.js';
import { InvalidInputError, type RunRecord } from '../../domain/index.js';
import { openEnvelope } from '../../keys/index.js';
import { localEvents } from '../local-ports.js';
import { commandStores } from '../results/command-stores.js';
import { planRlmContent, type PlannedRlm } from './plan-rlm-run.js';
import type { RlmFlags } from './rlm-flags.js';
import { runStory } from './run-story.js';

const QUESTION = `What was the first fault of this run that the others follow from? The input is the record of a run: its events in the order of time, then what each agent read and said. Later failures are mostly consequences: go back from the end to what happened first, and check that what came before it was still well. Answer in a few sentences: what went wrong first, where, why, and what followed from it; then what to do. Quote the lines that show it as evidence, exactly as they stand there, the first fault first. When nothing went wrong, say that.`;

/**
 * Lays out the question what first went wrong in a run, over its events and transcripts. Throws InvalidInputError `ERR_RLM_INPUT` where
 * nothing is kept of it.
 */
export async function planExplain(
  record: RunRecord,
  flags: Omit<RlmFlags, 'file' | 'content' | 'contentType' | 'session' | 'schema' | 'tools'>,
  { config, cwd }: { readonly config: Config; readonly cwd: string },
): Promise<PlannedRlm> {
  const { blobs } = commandStores(config);
  const log = localEvents(config.home, openEnvelope(config));
  const { events, skipped } = await log.read(record.runId, 0);
  if (events.length === 0)
    throw new InvalidInputError('ERR_RLM_INPUT', {
      message: `nothing is kept of what happened in run ${record.runId}`,
      hint: 'codetether runs show prints what its record says',
    });
  const story = await runStory(record, events, { blobs });
  const content = await blobs.put(story.text);
  // what agents said is not to be trusted with files of the folder in which somebody asks about them
  const asked = { ...flags, tools: '' };
  const plan = planRlmContent(`${QUESTION}\n\nThe run: ${record.runId}`, asked, {
    config,
    cwd,
    content,
    type: 'logs',
  });
  const notes = [
    `explains run ${record.runId}`,
    ...(skipped === 0 ? [] : [`${skipped} lines of its events cannot be read`]),
    ...story.notes,
  ];
  return { ...plan, input: { ...plan.input, notes: [...plan.input.notes, ...notes] } };
}
