import type { Command } from 'commander';
import {
  describeError,
  InvalidInputError,
  plannedOrder,
  PrdInvalidError,
  prdTemplate,
} from '../../domain/index.js';
import type { LoadedPrd } from '../../runs/index.js';
import { DEFAULTS } from '../../contracts/light/index.js';
import { createContext, exitWith } from '../context.js';
import { createOutput, type Output } from '../output.js';
import { writeOutputFile } from '../output-file.js';
import { draftPrdCommand, type DraftOptions } from './draft-prd.js';

const FORMATS = `
Formats, told by content: codetether, snarktank and ralph-tui JSON; feature_list.json; task-master's tasks.json; lists of
ralphy (Markdown check boxes, YAML), spec-kit, Kiro, OpenSpec and Conductor; stories by heading (### US-001: Title, BMAD);
a task of Backlog.md; tasks.jsonl of ralph-orchestrator and beads. Passed stories are marked in the same format. What is
not worked on (cancelled tasks, boxes of a definition of done) is named in a note with its line.`;

/** Adds `codetether ralph validate`. */
export function addRalphValidateCommand(ralph: Command): void {
  ralph
    .command('validate')
    .description('check a PRD file; every problem at once, with line, story and field')
    .option('-p, --prd <file>', 'the PRD', 'prd.json')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nExamples:\n  codetether ralph validate -p prd.json\n  codetether ralph validate -p PRD.md --json\n${FORMATS}\n\nExit code 2 when the file has a problem.`,
    )
    .action(async (options: ValidateOptions) => {
      const output = createOutput();
      try {
        const { loadPrd, prdNotes } = await import('../../runs/index.js');
        const loaded = await loadPrd(options.prd, process.cwd());
        showValid(loaded, { ...options, notes: prdNotes(loaded.prd) }, output);
      } catch (error) {
        if (options.json !== true || !(error instanceof InvalidInputError)) throw error;
        output.document({ valid: false, problems: problemsOf(error), error: error.report() });
        output.note(describeError(error));
        exitWith(error.exitCode);
      }
    });
}

interface ValidateOptions {
  readonly prd: string;
  readonly json?: boolean;
}

function showValid(
  { prd, path }: LoadedPrd,
  options: ValidateOptions & { readonly notes: readonly string[] },
  output: Output,
): void {
  const order = plannedOrder(prd.stories).map((story) => story.id);
  const total = prd.stories.length;
  const steps = prd.stories.reduce((sum, story) => sum + story.verificationSteps.length, 0);
  if (options.json === true) {
    output.document({
      valid: true,
      format: prd.format,
      prd_path: path,
      project: prd.project,
      feature: prd.feature,
      branch: prd.branchName === '' ? null : prd.branchName,
      stories: total,
      passed: total - order.length,
      order,
      quality_checks: prd.qualityChecks,
      verification_steps: steps,
      notes: prd.notes.map(({ message, where, items }) => ({
        message,
        line: where.line ?? null,
        story: where.story ?? null,
        items,
      })),
    });
    return;
  }
  const counts = [
    `${total} stories, ${order.length} to do${order.length === 0 ? '' : `: ${order.join(', ')}`}`,
    prd.qualityChecks.length === 0
      ? 'no quality checks named'
      : `checks: ${prd.qualityChecks.map(({ name }) => name).join(', ')}`,
    ...(steps === 0 ? [] : [`${steps} verification steps`]),
  ];
  output.result(`${options.prd} is valid (${prd.format}): ${counts.join('; ')}`);
  for (const note of options.notes) output.result(`  note: ${note}`);
}

/** Every problem with its place; other refusals than those of the PRD's content are one. */
function problemsOf(error: InvalidInputError): Record<string, unknown>[] {
  const problems =
    error instanceof PrdInvalidError
      ? error.problems
      : [{ message: error.message, where: error.where ?? {} }];
  return problems.map(({ message, where }) => ({
    message,
    line: where.line ?? null,
    story: where.story ?? null,
    field: where.field ?? null,
  }));
}

const CREATE_HELP = `
Examples:
  codetether ralph create-prd -f "User login" --project-name shop -o prd.json
  codetether ralph create-prd --from "log in with a passkey" -o prd.json
  codetether ralph create-prd --from wishes.md -m openrouter/stepfun/step-3.5-flash:free
  git log -5 | codetether ralph create-prd --from - --json

Without --from the PRD is a template. With --from the model writes it, knowing the files, README and checks of this
folder; its answer is validated, and repaired once. An existing file is never overwritten.`;

/** Adds `codetether ralph create-prd`. */
export function addRalphCreateCommand(ralph: Command): void {
  ralph
    .command('create-prd')
    .description(
      'print a PRD, or write it to a file: a template to fill in, or drafted by the model',
    )
    .option('-f, --feature <name>', 'the feature; with --from the model can find a name')
    .option('--project-name <name>', "the project; with --from this folder's name by default")
    .option('--from <text|file|->', 'have the model write the PRD from this; - is standard input')
    .option(
      '-m, --model <provider/model>',
      `the model for --from (default: configuration, else ${DEFAULTS.model})`,
    )
    .option('--again', 'with --from: another draft, where the same request was drafted before')
    .option('-o, --output <file>', 'write to this file; it must not exist')
    .option('--json', 'print one JSON document; with --from also tokens and cost')
    .addHelpText('after', CREATE_HELP)
    .action(async (options: Partial<DraftOptions>, command: Command) => {
      if (options.from === undefined) await writeTemplate(options);
      else await draftPrdCommand({ ...options, from: options.from }, await createContext(command));
    });
}

async function writeTemplate(options: Partial<DraftOptions>): Promise<void> {
  const output = createOutput();
  const { feature, projectName } = options;
  if (feature === undefined || projectName === undefined) {
    throw new InvalidInputError('ERR_USAGE', {
      message: `a template needs ${feature === undefined ? '--feature' : '--project-name'}`,
      where: { field: feature === undefined ? '--feature' : '--project-name' },
      hint: 'codetether ralph create-prd -f FEATURE --project-name NAME, or --from TEXT to have it written',
    });
  }
  const createdAt = new Date().toISOString();
  const text = prdTemplate({ feature, project: projectName, createdAt });
  if (options.json === true) {
    if (options.output !== undefined) await writeOutputFile(options.output, text);
    output.document({ prd: JSON.parse(text) as unknown, output: options.output ?? null });
    return;
  }
  if (options.output === undefined) {
    output.result(text.trimEnd());
    return;
  }
  await writeOutputFile(options.output, text);
  output.result(
    `${options.output} written; fill in stories and quality_checks, then: codetether ralph validate -p ${options.output}`,
  );
}
