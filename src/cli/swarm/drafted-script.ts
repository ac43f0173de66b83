import { InvalidInputError } from '../../domain/index.js';
import type { DraftedScript } from '../../client/index.js';
import type { FoundScript, SwarmFlags } from '../../runs/index.js';
import { awaitDraft, draftCost } from '../await-draft.js';
import { isConfirmed } from '../confirm.js';
import type { CommandContext } from '../context.js';
import { scriptLines } from '../script/script-lines.js';
import { showSwarmEnd } from './show-swarm.js';
import { startSwarm } from './start-swarm.js';

/** What the command line says about a swarm whose program the model writes. */
interface DraftOptions extends Omit<SwarmFlags, 'strategy'> {
  readonly json?: boolean;
  readonly detach?: boolean;
}

/** What says in another way what is to be done. */
const OTHER_WAYS = ['plan', 'input', 'template', 'schema', 'output', 'agent'] as const;

/** `swarm TASK -s script`: the model writes the program, it is checked and shown, and runs once somebody says yes. */
export async function runDraftedScript(
  task: string | undefined,
  options: DraftOptions,
  context: CommandContext,
): Promise<void> {
  const { config, output } = context;
  refuseOtherWays(options);
  const { assertModelReachable, keepScript, planScriptRun } = await import('../../runs/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const draft = await draftOf(task, options, context);
  if (draft === undefined) return;
  const script = await keepScript(draft.text, config);
  const { maxSubagents, ...flags } = options;
  const plan = await planScriptRun(
    script.path,
    { ...flags, maxAgents: maxSubagents },
    { config, cwd: process.cwd() },
  );
  if (options.dryRun === true) return showDraft(script, options, context);
  output.note(`${script.text.trimEnd()}\n\n${scriptLines(plan)}`);
  if (options.yes !== true && !(await isWanted(script, context))) {
    output.note(`not started. The program stays: codetether script run ${script.path}`);
    return;
  }
  await assertModelReachable(plan.input.options.model, config, processEnvironment());
  const record = await startSwarm(plan, options, context);
  if (record !== undefined) await showSwarmEnd(record, options, context);
}

function isWanted({ path }: FoundScript, context: CommandContext): Promise<boolean> {
  return isConfirmed(context, {
    question: 'Run it?',
    unanswered: 'the model wrote a program, and nobody is at the terminal to look at it',
    hint: `add --yes; or look at it and start it: codetether script run ${path}`,
  });
}

function showDraft(
  { path, text, meta }: FoundScript,
  { json }: DraftOptions,
  { output }: CommandContext,
): void {
  if (json === true) output.document({ ...meta, path, text });
  else output.result(`${text.trimEnd()}\n\nto run it: codetether script run ${path}`);
}

/** The draft; undefined when the person stopped waiting for it. */
async function draftOf(
  task: string | undefined,
  options: DraftOptions,
  context: CommandContext,
): Promise<DraftedScript | undefined> {
  const { config } = context;
  const { assertModelReachable, draftWorkflowId, planScriptDraft, requestScriptDraft } =
    await import('../../runs/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const input = await planScriptDraft(task, options, { config, cwd: process.cwd() });
  await assertModelReachable(input.model, config, processEnvironment());
  const workflowId = draftWorkflowId('script', input);
  const draft = await awaitDraft(context, {
    noun: 'program',
    model: input.model,
    workflowId,
    request: (endpoint, signal) =>
      requestScriptDraft(config, endpoint, { workflowId, input, signal }),
  });
  if (draft !== undefined) context.output.note(draftCost(draft));
  return draft;
}

function refuseOtherWays(options: DraftOptions): void {
  const other = OTHER_WAYS.find((name) => options[name] !== undefined);
  if (other === undefined) return;
  throw new InvalidInputError('ERR_USAGE', {
    message: `--${other} does not go with -s script: the program says what is done`,
    where: { field: `--${other}` },
    hint: 'say it in the task',
  });
}
