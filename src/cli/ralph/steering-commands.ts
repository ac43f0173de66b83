import type { Command } from 'commander';
import type { Gateway } from '../../client/index.js';
import type { ResumeRequest } from '../../contracts/index.js';
import { InvalidInputError, storySchema, type Story } from '../../domain/index.js';
import type { LimitFlags } from '../../runs/index.js';
import { createContext } from '../context.js';
import { addBudgetOptions } from './limit-options.js';
import { findRunById } from './find-run.js';
import { withGateway } from './run-access.js';
import { addSayCommand } from './say.js';

const RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';

interface JsonOption {
  readonly json?: boolean;
}

/** Adds what people may ask of an open run: pause, resume, skip, retry, add, answer, say. */
export function addSteeringCommands(family: Command): void {
  addPauseCommand(family);
  addResumeCommand(family);
  addSkipCommand(family);
  addRetryCommand(family);
  addAddCommand(family);
  addAnswerCommand(family);
  addSayCommand(family);
}

/** Run, story and text of a command, as far as it takes them. */
type Given = readonly [run: string, story: string, text: string];

/** Sends one request and prints the run's answer. */
async function steer(
  command: Command,
  ask: (given: Given, gateway: Gateway) => Promise<string>,
): Promise<void> {
  const [run = '', story = '', text = ''] = command.args;
  const context = await createContext(command);
  // Before the service is started for a run that nobody knows.
  await findRunById(context, run);
  const answer = await withGateway(context, (gateway) => ask([run, story, text], gateway));
  const { json } = command.opts<JsonOption>();
  if (json === true) context.output.document({ run_id: run, answer });
  else context.output.result(`${run}: ${answer}`);
}

function addPauseCommand(family: Command): void {
  family
    .command('pause')
    .description('stop before the next model call of every agent; nothing is lost')
    .argument('<run>', 'run id')
    .option('--reason <text>', 'why, for those who look at the run', '')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nExample:\n  codetether ${family.name()} pause ${RUN}`)
    .action(function pause(this: Command) {
      const { reason } = this.opts<{ reason: string }>();
      return steer(this, ([run], gateway) => gateway.pauseRun(run, reason));
    });
}

function addResumeCommand(family: Command): void {
  const command = family
    .command('resume')
    .description('go on after a pause, with other limits if you like; waiting agents try at once')
    .argument('<run>', 'run id');
  addBudgetOptions(command)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nLimits are totals of the whole run.\n\nExamples:\n  codetether ${family.name()} resume ${RUN}\n  codetether ${family.name()} resume ${RUN} --budget-usd 10 --until 07:00`,
    )
    .action(async function resume(this: Command) {
      const request = await resumeRequest(this.opts<LimitFlags>());
      await steer(this, ([run], gateway) => gateway.resumeRun(run, request));
    });
}

/** Limits that a command gives a run that goes on. Throws `ERR_LIMIT_INVALID`. */
export async function resumeRequest(options: LimitFlags): Promise<ResumeRequest> {
  const { planMoment } = await import('../../runs/index.js');
  const { budgetUsd, budgetTokens, maxCalls, until } = options;
  return {
    budget: {
      ...(budgetUsd === undefined ? {} : { costMicroUsd: Math.round(budgetUsd * 1_000_000) }),
      ...(budgetTokens === undefined ? {} : { tokens: budgetTokens }),
      ...(maxCalls === undefined ? {} : { calls: maxCalls }),
    },
    ...(until === undefined ? {} : { until: planMoment(until, new Date()) }),
  };
}

function addSkipCommand(family: Command): void {
  family
    .command('skip')
    .description('leave a story out; one that is worked on is stopped')
    .argument('<run>', 'run id')
    .argument('<story>', 'story id')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nExample:\n  codetether ${family.name()} skip ${RUN} US-003`)
    .action(function skip(this: Command) {
      return steer(this, ([run, story], gateway) => gateway.skipStory(run, story));
    });
}

function addRetryCommand(family: Command): void {
  family
    .command('retry')
    .description('open a story again that failed, is blocked or was skipped')
    .argument('<run>', 'run id')
    .argument('<story>', 'story id')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nA run that has ended is continued by running its PRD again.\n\nExample:\n  codetether ${family.name()} retry ${RUN} US-003`,
    )
    .action(function retry(this: Command) {
      return steer(this, ([run, story], gateway) => gateway.retryStory(run, story));
    });
}

interface AddOptions {
  readonly title?: string;
  readonly description: string;
  readonly criterion: readonly string[];
  readonly dependsOn: readonly string[];
  readonly file?: string;
}

const collect = (text: string, before: readonly string[]): string[] => [...before, text];

function addAddCommand(family: Command): void {
  family
    .command('add')
    .description('give an open run one more story')
    .argument('<run>', 'run id')
    .argument('<story>', 'id of the new story')
    .option('--title <text>', 'what it is about')
    .option('--description <text>', 'more about it', '')
    .option('--criterion <text>', 'an acceptance criterion; may be given again', collect, [])
    .option('--depends-on <story>', 'a story that must pass first; may be given again', collect, [])
    .option('--file <file>', 'a JSON object with title, description, acceptanceCriteria, dependsOn')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nThe PRD file is not changed; add the story there too if you want to keep it.\n\nExamples:\n  codetether ${family.name()} add ${RUN} US-009 --title "Log out" --depends-on US-001\n  codetether ${family.name()} add ${RUN} US-009 --file story.json`,
    )
    .action(async function add(this: Command) {
      const [, id = ''] = this.args;
      const story = await readStory(id, this.opts<AddOptions>());
      await steer(this, ([run], gateway) => gateway.addStory(run, story));
    });
}

async function readStory(id: string, options: AddOptions): Promise<Story> {
  const given =
    options.file === undefined
      ? {
          title: options.title,
          description: options.description,
          acceptanceCriteria: options.criterion,
          dependsOn: options.dependsOn,
        }
      : await readObject(options.file);
  const parsed = storySchema.safeParse({
    description: '',
    acceptanceCriteria: [],
    dependsOn: [],
    priority: 1,
    complexity: 2,
    ...given,
    id,
    passes: false,
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InvalidInputError('ERR_STORY_INVALID', {
    message: `story ${id} is not complete: ${issue?.message ?? 'unknown'}`,
    where: { file: options.file, field: issue?.path.join('.'), story: id },
    hint: 'give --title TEXT, or a --file with at least a title',
  });
}

/** A story is read by people; the PRD's own bound holds for it too. */
const LARGEST_STORY = 1024 * 1024;

async function readObject(file: string): Promise<object> {
  const { readBounded } = await import('../../platform/light/index.js');
  try {
    const value: unknown = JSON.parse(await readBounded(file, LARGEST_STORY));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new InvalidInputError('ERR_STORY_INVALID', {
      message: `cannot read a story from ${file}: ${error instanceof Error ? error.message : String(error)}`,
      where: { file },
      hint: 'name a file with one JSON object',
      cause: error,
    });
  }
  throw new InvalidInputError('ERR_STORY_INVALID', {
    message: `${file} holds no JSON object`,
    where: { file },
    hint: 'name a file with one JSON object',
  });
}

function addAnswerCommand(family: Command): void {
  family
    .command('answer')
    .description('answer what a story asks, or tell a blocked one what it needs; it goes on')
    .argument('<run>', 'run id')
    .argument('<story>', 'story id')
    .argument('<text>', 'the answer')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nExample:\n  codetether ${family.name()} answer ${RUN} US-003 "use port 8080, the key is in .env.test"`,
    )
    .action(function answer(this: Command) {
      return steer(this, ([run, story, text], gateway) => gateway.answerStory(run, story, text));
    });
}
