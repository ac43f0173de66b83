import type { Command } from 'commander';
import type { Gateway } from '../../client/index.js';
import { InvalidInputError, type RunRecord } from '../../domain/index.js';
import { createContext } from '../context.js';
import { findRunById } from './find-run.js';
import { withGateway } from './run-access.js';

const RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';

interface SayOptions {
  readonly story?: string;
  readonly json?: boolean;
}

/** One agent and what became of the word to it. */
interface Told {
  readonly story: string;
  readonly answer: string;
}

/** Adds `say RUN TEXT` to a family. */
export function addSayCommand(family: Command): void {
  family
    .command('say')
    .description('tell the agents of an open run something before their next model call')
    .argument('<run>', 'run id')
    .argument('<text>', 'what they are told')
    .option('--story <id>', 'only the agent of this story or subtask')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Every agent that is at work is told, or that of --story. An agent that waits for an answer takes it as the answer.

Examples:
  codetether ${family.name()} say ${RUN} "the staging server is down until nine, use the local one"
  codetether ${family.name()} say ${RUN} "leave the old parser in" --story US-003`,
    )
    .action(async function say(this: Command) {
      const [run = '', text = ''] = this.args;
      const { story, json } = this.opts<SayOptions>();
      const context = await createContext(this);
      const record = await findRunById(context, run);
      const stories = story === undefined ? listeners(record) : [story];
      const told = await withGateway(context, (gateway) => tell(gateway, { run, stories, text }));
      if (json === true) context.output.document({ run_id: run, told });
      else for (const { answer } of told) context.output.result(`${run}: ${answer}`);
    });
}

/** Stories and subtasks that are worked on. Throws `ERR_STORY_NOT_RUNNING` when nobody would read it. */
function listeners({ runId, stories, status, kind }: RunRecord): string[] {
  const running = stories
    .filter((entry) => entry.status === 'running')
    .map(({ story }) => story.id);
  const isTold = kind === 'ralph' || kind === 'swarm' || kind === 'session';
  if (isTold && running.length > 0) return running;
  throw new InvalidInputError('ERR_STORY_NOT_RUNNING', {
    message: isTold
      ? `no agent of run ${runId} is at work (${status}): nobody would read it`
      : `a run of kind ${kind} has no agents that could be told something`,
    hint: `codetether runs show ${runId}; a blocked story takes codetether runs answer ${runId} STORY TEXT`,
  });
}

/** One after the other; an agent that ended meanwhile keeps nobody else from being told. */
async function tell(
  gateway: Gateway,
  {
    run,
    stories,
    text,
  }: { readonly run: string; readonly stories: readonly string[]; readonly text: string },
): Promise<Told[]> {
  const told: Told[] = [];
  const refused: InvalidInputError[] = [];
  for (const story of stories) {
    try {
      told.push({ story, answer: await gateway.messageSubtask(run, story, text) });
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      refused.push(error);
      told.push({ story, answer: error.message });
    }
  }
  const [first] = refused;
  if (first !== undefined && refused.length === stories.length) throw first;
  return told;
}
