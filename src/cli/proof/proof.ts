import { addSetupOptions } from '../ralph/proof-options.js';
import { Option, type Command } from 'commander';
import type { ExitCode, RunRecord } from '../../domain/index.js';
import { DEFAULTS } from '../../contracts/light/index.js';
import { proofDocument, proofScreen } from '../../report/index.js';
import type { ProofRunFlags, ProofRunPlan } from '../../runs/index.js';
import { createContext, type CommandContext } from '../context.js';
import { parseCount } from '../ralph/limit-options.js';
import { startAndWatch, type PlannedStart } from '../ralph/start-run.js';
import { exitAtEnd, exitCodeOf } from '../ralph/watch.js';
import { proofPlanScreen } from './plan-screen.js';

interface ProofOptions extends ProofRunFlags {
  readonly strict?: boolean;
  readonly detach?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  codetether proof                                  the checks that are configured, else detected, HEAD against the default branch
  codetether proof test                             the check of that name
  codetether proof "npm test" "npm run lint"        these command lines
  codetether proof "pytest -q" --base v1.2 --head feature/login
  codetether proof test --canaries always --strict --json

In GitHub Actions:
  - uses: actions/checkout@v4
    with: { fetch-depth: 0 }
  - run: codetether proof test --base origin/\${{ github.base_ref }} --strict

The base is what somebody approved: its tests, its scripts, its settings. The head is green only when it is green with them too, when as
many tests pass as before, and when the checks still notice failures that are planted. Files that are not committed take no part, and
built files or caches among the commits are refused.

The proof goes on when this command is stopped with Ctrl+C. Exit codes: 0 passed (flags are printed first; --strict makes them 1),
1 refused or red, 2 bad input: unknown commit, no check, nothing between the commits, red on the base, 3 infrastructure, 130 detached
by Ctrl+C.`;

/** Adds `codetether proof`. */
export function addProofCommand(program: Command): void {
  const command = program
    .command('proof')
    .description(
      'prove one commit of a repository against another: whether its green checks mean anything',
    )
    .argument(
      '[check...]',
      'names of checks or command lines (default: all that are configured, else detected)',
    )
    .option(
      '--base <ref>',
      'what was approved (default: where the head left the default branch or its upstream, else the commit before)',
    )
    .option('--head <ref>', 'what is proven (default: HEAD)')
    .option('--repo <dir>', 'the repository (default: the one of this folder)')
    .option('--workdir <dir>', 'folder of the repository where checks run (default: this folder)');
  addSetupOptions(command)
    .addOption(
      new Option(
        '--canaries <mode>',
        'when it is tried whether the checks still notice failures: auto = when their meaning may have changed (default: [proof] canaries, else auto)',
      ).choices(['auto', 'always', 'off']),
    )
    .option(
      '--allow-check-changes',
      'existing tests and check scripts may change; what changed becomes a flag',
    )
    .option('--allow-red-baseline', 'checks that fail on the base may fail in the same way')
    .option('--allow-lfs-pointers', 'files kept in Git LFS may be pointers')
    .option(
      '--timeout <minutes>',
      `limit of each check (default: ${DEFAULTS.checkTimeoutMinutes})`,
      parseCount,
    )
    .option('--strict', 'flags end with exit code 1')
    .option('--detach', 'start the proof and return')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (checks: string[], options: ProofOptions, self: Command) => {
      const context = await createContext(
        self,
        options.repo === undefined ? {} : { project: options.repo },
      );
      await runProof(checks, options, context);
    });
}

async function runProof(
  checks: readonly string[],
  options: ProofOptions,
  context: CommandContext,
): Promise<void> {
  const { output, config } = context;
  const { planProofRun } = await import('../../runs/index.js');
  const plan = await planProofRun(checks, options, { config, cwd: process.cwd() });
  output.note(proofPlanScreen(plan));
  const record = await startProof(plan, options, context);
  if (record !== undefined) await showEnd(record, options, context);
}

function startProof(
  { workflowId, input, sandbox }: ProofRunPlan,
  options: ProofOptions,
  context: CommandContext,
): Promise<RunRecord | undefined> {
  const { runId } = input;
  const run: PlannedStart = {
    runId,
    workflowId,
    start: (gateway, hasSearchAttributes) =>
      gateway.startProof(workflowId, { ...input, hasSearchAttributes }),
    started: () => `proof ${runId} started, sandbox ${sandbox.level}`,
  };
  return startAndWatch(run, options, context);
}

async function showEnd(
  record: RunRecord,
  options: ProofOptions,
  { config, output }: CommandContext,
): Promise<void> {
  const { evidenceTexts } = await import('../../runs/index.js');
  const evidence = record.stories.flatMap(({ attempts }) => attempts.at(-1)?.evidence ?? []);
  for (const { check, text } of await evidenceTexts(config, evidence))
    output.note(`--- ${check}\n${text.trimEnd()}`);
  if (options.json === true) output.document(proofDocument(record));
  else output.result(proofScreen(record));
  exitAtEnd(record, output, proofExitCode(record, options.strict === true));
}

/** As for every run; with `isStrict` a flag is a refusal. */
export function proofExitCode(record: RunRecord, isStrict: boolean): ExitCode {
  return isStrict && record.proofVerdict === 'flagged' ? 1 : exitCodeOf(record);
}
