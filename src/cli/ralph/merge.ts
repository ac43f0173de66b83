import type { Command } from 'commander';
import { isAbsent, isRed, type RunRecord } from '../../domain/index.js';
import type { MergeEnd, MergePlan } from '../../runs/index.js';
import { createContext, exitWith, type CommandContext } from '../context.js';
import { findRunById } from './find-run.js';

interface MergeOptions {
  readonly into?: string;
  readonly squash?: boolean;
  readonly only?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Examples, in the words of the family. */
const helpOf = (family: string): string => `
Examples:
  codetether ${family} merge 01hx3v6m2q8w0c5r7t9y1z3b5d --dry-run
  codetether ${family} merge 01hx3v6m2q8w0c5r7t9y1z3b5d --into main
  codetether ${family} merge 01hx3v6m2q8w0c5r7t9y1z3b5d --squash
  codetether ${family} merge 01hx3v6m2q8w0c5r7t9y1z3b5d --only US-001,US-003

A branch that went on is no obstacle: the commits are made again on top of it, the checks of the run are run on the result, and
only then the branch moves. Conflicts and red checks change nothing. Exit codes: 0 merged, 1 conflict or red checks,
2 refused, 3 infrastructure.`;

/** Adds `ralph merge`. */
export function addRalphMergeCommand(ralph: Command): void {
  ralph
    .command('merge')
    .description(
      'bring the commits of a run to a branch, rebased and checked again where that went on',
    )
    .argument('<run>', 'run id')
    .option('--into <branch>', 'the branch (default: the one the run was started from)')
    .option('--squash', 'one commit instead of one a story')
    .option('--only <stories>', 'only these stories, for example US-001,US-003', splitList)
    .option('--dry-run', 'say what would happen and stop')
    .option('--json', 'print one JSON document')
    .addHelpText('after', helpOf(ralph.name()))
    .action(async (run: string, _own: MergeOptions, command: Command) => {
      // A family whose own command has options of the same names takes them first.
      const options = command.optsWithGlobals<MergeOptions>();
      const context = await createContext(command);
      const record = await findRunById(context, run);
      const { mergeRun, planMerge } = await import('../../runs/index.js');
      const plan = await planMerge(context.config.home, record, options);
      if (plan.commits.length === 0) return sayNothing(record, plan, { options, context });
      if (options.dryRun === true) return showPlan(record, plan, { options, context });
      const end = await mergeRun(
        context.config,
        { record, plan },
        {
          temporalCli: context.globals.temporalCli,
          onProgress: (text) => context.output.note(text),
        },
      );
      await showEnd(record, { plan, end }, { options, context });
    });
}

/** `a, b,c` as a list without empty parts; commander calls it once an option. */
export function splitList(text: string, earlier: readonly string[] = []): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  return [...earlier, ...parts.filter((part) => part !== '')];
}

interface Surroundings {
  readonly options: MergeOptions;
  readonly context: CommandContext;
}

function sayNothing(record: RunRecord, plan: MergePlan, { options, context }: Surroundings): void {
  const { into } = plan.input;
  if (options.json === true)
    context.output.document({ run_id: record.runId, status: 'nothing_to_do', into });
  else context.output.result(`nothing to do: ${into} has the commits of ${record.runId} already`);
}

function planDocument(record: RunRecord, plan: MergePlan): Record<string, unknown> {
  const { input } = plan;
  return {
    run_id: record.runId,
    into: input.into,
    mode: input.mode,
    from_commit: input.tip,
    checkout: plan.checkout,
    stories: input.stories,
    commits: plan.commits.map(({ commit, story, subject }) => ({ commit, story, subject })),
    needs_checks: plan.needsProof && input.checks.length > 0,
  };
}

async function showPlan(
  record: RunRecord,
  plan: MergePlan,
  { options, context }: Surroundings,
): Promise<void> {
  const { nameOfCommit } = await import('../../runs/index.js');
  const { conflict, input } = plan;
  if (conflict !== null) exitWith(1);
  if (options.json === true) {
    context.output.document({
      status: 'planned',
      ...planDocument(record, plan),
      conflict:
        conflict === null
          ? null
          : { story: nameOfCommit(plan, conflict.commit), files: conflict.files },
    });
    return;
  }
  const lines = [
    `${plan.commits.length} commits into ${input.into} (${input.mode})${plan.checkout === null ? '' : `, checked out in ${plan.checkout}`}`,
    ...plan.commits.map(({ commit, subject }) => `  ${commit.slice(0, 10)} ${subject}`),
    plan.needsProof
      ? `  checks to run first: ${input.checks.map(({ name }) => name).join(', ') || 'none'}`
      : '  these files passed the checks of the run already',
    ...(conflict === null
      ? []
      : [`  conflict: ${nameOfCommit(plan, conflict.commit)} in ${conflict.files.join(', ')}`]),
  ];
  context.output.result(lines.join('\n'));
}

async function showEnd(
  record: RunRecord,
  { plan, end }: { readonly plan: MergePlan; readonly end: MergeEnd },
  { options, context }: Surroundings,
): Promise<void> {
  const { nameOfCommit } = await import('../../runs/index.js');
  const { output } = context;
  const { into } = plan.input;
  if (end.outcome !== 'published') exitWith(1);
  if (options.json === true) {
    output.document({ status: end.outcome, ...planDocument(record, plan), ...endDocument(end) });
    if (end.outcome === 'conflict')
      output.note(`${nameOfCommit(plan, end.commit)} does not fit onto ${into}`);
    return;
  }
  if (end.outcome === 'published') {
    output.result(
      `${into} is at ${end.commit.slice(0, 10)} with ${plan.input.stories.join(', ')} (${plan.input.mode})`,
    );
  } else if (end.outcome === 'conflict') {
    output.result(
      `conflict: ${nameOfCommit(plan, end.commit)} does not fit onto ${into} in ${end.files.join(', ')}\n  nothing was changed; merge ${record.publishedBranch ?? record.branch} by hand, or take other stories with --only`,
    );
  } else {
    const red = end.evidence.filter(isRed);
    output.result(
      `red on top of ${into}: ${red.map(({ check, command }) => `${check} (${command})`).join(', ')}\n  nothing was changed`,
    );
    await showOutputs(context, end);
  }
}

function endDocument(end: MergeEnd): Record<string, unknown> {
  switch (end.outcome) {
    case 'published':
      return { commit: end.commit };
    case 'conflict':
      return { conflict: { commit: end.commit, files: end.files } };
    case 'checks_failed':
      return {
        evidence: end.evidence.map((entry) => ({
          check: entry.check,
          command: entry.command,
          exit_code: entry.exitCode,
          is_absent: isAbsent(entry),
          tree: entry.tree,
          output_ref: entry.output.digest,
        })),
      };
  }
}

/** What the red checks printed, on stderr. */
async function showOutputs(
  { config, output }: CommandContext,
  end: Extract<MergeEnd, { outcome: 'checks_failed' }>,
): Promise<void> {
  const { evidenceTexts } = await import('../../runs/index.js');
  for (const { check, text } of await evidenceTexts(config, end.evidence))
    output.note(`--- ${check}\n${text.trimEnd()}`);
}
