import type { RalphPlan } from '../../runs/index.js';
import {
  describeBudget,
  formatModelReference,
  isRed,
  isUnlimited,
  runSpending,
  storySpending,
  toUsd,
  type RalphOptions,
  type RunRecord,
} from '../../domain/index.js';
import { formatUsd } from '../../report/index.js';

/** Notes on lines of the PRD that a screen shows. */
const FILE_NOTES_LIMIT = 20;
const DIRTY_LIMIT = 10;

/** What a run would do, for people to read before it starts. */
export function planScreen(plan: RalphPlan): string {
  const { input } = plan;
  const done = input.stories.filter((story) => story.passes).length;
  const lines = [
    `${input.project}: ${input.feature}`,
    `  PRD         ${input.prdPath}`,
    `  repository  ${input.repository}${plan.isDetached ? ' (detached HEAD)' : ''}`,
    `  base        ${input.baseCommit.slice(0, 12)}${firstFiles(plan)}`,
    `  branch      ${input.branch}`,
    `  model       ${formatModelReference(input.options.model)}`,
    `  limits      ${input.options.maxAttempts} attempts a story, ${input.options.maxIterations} iterations, ${input.options.maxTurns} turns an agent`,
    ...limitLines(input.options),
    `  author      ${input.author.name} <${input.author.email}>`,
    `  stories     ${plan.order.length} to do, ${done} passed already`,
    ...plan.order.map(
      (story, index) =>
        `    ${index + 1}. ${story.id} ${story.title}${dependencies(story.dependsOn)}${steps(story)}`,
    ),
    ...sandboxLines(plan),
    ...setupLines(plan),
    ...checkLines(plan),
  ];
  if (plan.dirtyFiles.length > 0) {
    lines.push(`  not part of the run: ${plan.dirtyFiles.length} uncommitted files`);
    lines.push(...plan.dirtyFiles.slice(0, DIRTY_LIMIT).map((path) => `    ${path}`));
    if (plan.dirtyFiles.length > DIRTY_LIMIT) lines.push('    …');
  }
  lines.push(...noteLines(input.notes));
  return `${lines.join('\n')}\n`;
}

function sandboxLines({ sandbox }: RalphPlan): string[] {
  const { level, kinds, reason } = sandbox;
  const lines = [`  sandbox     ${level}${reason === '' ? '' : `: ${reason}`}`];
  if (!kinds.includes('own-pid-namespace'))
    lines.push('    commands can see other processes and read what the worker keeps in memory');
  if (!kinds.includes('network-switch'))
    lines.push('    commands have the network of this machine, its loopback included');
  return lines;
}

/** Notes on lines of the PRD may be hundreds and would hide the others; all of them are in `--json` and `ralph validate`. */
function noteLines(notes: readonly string[]): string[] {
  const isOfFile = (note: string): boolean => /^line \d/.test(note);
  const ofFile = notes.filter(isOfFile);
  const hidden = ofFile.length - FILE_NOTES_LIMIT;
  const others = notes.filter((note) => !isOfFile(note));
  return [
    ...ofFile.slice(0, FILE_NOTES_LIMIT),
    ...(hidden > 0
      ? [`${hidden} more lines of the PRD have notes: codetether ralph validate`]
      : []),
    ...others,
  ].map((note) => `  note: ${note}`);
}

function setupLines({ input: { setup }, sandbox }: RalphPlan): string[] {
  const lines = setup.steps.map((step) => {
    const place = step.folder === '.' ? '' : ` in ${step.folder}`;
    return `    ${step.command}${place} (at most ${minutes(step.timeoutMs)})`;
  });
  const lists = { copied: setup.copy, shared: setup.share, readable: setup.extraDirs };
  for (const [word, paths] of Object.entries(lists)) {
    if (paths.length > 0) lines.push(`    ${word}: ${paths.join(', ')}`);
  }
  if (setup.steps.length > 0) lines.push(`    network: ${networkWords(setup, sandbox)}`);
  const source = setup.source === 'none' ? '' : ` (${SETUP_SOURCES[setup.source]})`;
  const caches = (setup.caches ?? []).map(({ tool }) => tool).join(', ');
  return [
    ...(lines.length === 0 ? ['  set-up      none'] : [`  set-up${source}`, ...lines]),
    ...(caches === '' ? [] : [`  build caches: ${caches}`]),
  ];
}

const HOST_LIMIT = 12;

function networkWords(
  { network }: RalphPlan['input']['setup'],
  { kinds }: RalphPlan['sandbox'],
): string {
  if (network?.mode === 'open')
    return 'open: everything that this machine reaches, services on its loopback included';
  if (!kinds.includes('network-switch'))
    return 'that of this machine: this sandbox cannot hold commands back';
  const hosts = [
    ...(network?.allow ?? []),
    ...(network?.allowPrivate ?? []).map((host) => `${host} (may be private)`),
  ];
  const shown = hosts.slice(0, HOST_LIMIT);
  const more = hosts.length - shown.length;
  return ['package registries', ...shown, ...(more > 0 ? [`${more} more hosts`] : [])].join(', ');
}

const SETUP_SOURCES = {
  config: 'from the configuration',
  flag: 'from the command line',
  detected: 'detected by lock file',
} as const;

/** Names of the first files, as many as a line holds. */
const FIRST_FILES = 6;

function firstFiles({ firstFiles: files }: RalphPlan): string {
  if (files === null) return '';
  if (files.length === 0) return ' (first commit, empty)';
  const more = files.length - FIRST_FILES;
  return ` (first commit: ${files.slice(0, FIRST_FILES).join(', ')}${more > 0 ? ` and ${more} more` : ''})`;
}

function checkLines({ input: { checks, options }, absent }: RalphPlan): string[] {
  if (checks.length === 0) {
    return options.noChecks
      ? ['  checks      none: stories without verification steps end as unverified']
      : ['  checks      none but the verification steps of the stories'];
  }
  return [
    options.allowRedBaseline ? '  checks (those that fail now may go on failing)' : '  checks',
    ...checks.map((check) => {
      const source =
        check.source === undefined || check.source === 'prd' ? '' : `, ${check.source}`;
      const missing = absent.find(({ command }) => command === check.command);
      return `    ${check.name}: ${check.command} (at most ${minutes(check.timeoutMs)}${source})${missing === undefined ? '' : `  absent: ${missing.why}`}`;
    }),
  ];
}

function minutes(timeoutMs: number): string {
  return timeoutMs < 60_000 ? `${timeoutMs / 1000} s` : `${Math.round(timeoutMs / 60_000)} min`;
}

function steps({ verificationSteps }: RalphPlan['order'][number]): string {
  const count = verificationSteps.length;
  return count === 0 ? '' : ` · ${count} verification step${count === 1 ? '' : 's'}`;
}

/** How a run stands or ended, with one line a story. */
export function runScreen(record: RunRecord, now: Date): string {
  const spending = runSpending(record);
  const end = record.endedAt === null ? now : new Date(record.endedAt);
  const seconds = Math.max(0, (end.getTime() - Date.parse(record.startedAt)) / 1000);
  const width = Math.max(...record.stories.map((entry) => entry.story.id.length));
  const lines = [
    `${record.status.toUpperCase()}  ${record.reason === '' ? `${record.project}: ${record.feature}` : record.reason}`,
    ...record.stories.map((entry) => {
      const facts = [
        entry.commit === null ? undefined : entry.commit.slice(0, 10),
        entry.attempts.length === 0
          ? undefined
          : `${entry.attempts.length} attempt${entry.attempts.length === 1 ? '' : 's'}`,
        entry.attempts.length === 0
          ? undefined
          : `${storySpending(entry).usage.outputTokens} tokens out`,
        entry.status === 'passed' ? undefined : entry.reason,
      ].filter((fact) => fact !== undefined && fact !== '');
      return `  ${entry.story.id.padEnd(width)}  ${entry.status.padEnd(9)} ${entry.story.title}${facts.length === 0 ? '' : ` · ${facts.join(' · ')}`}`;
    }),
    ...(record.standstill === null || record.standstill === undefined
      ? []
      : [
          `  ${record.standstill.kind} since ${record.standstill.since}${record.standstill.until === null ? '' : `, next try ${record.standstill.until}`}: ${record.standstill.reason}`,
        ]),
    `  branch  ${record.publishedBranch ?? `${record.branch} (nothing committed yet)`}`,
    `  calls   ${spending.modelCalls} model calls, ${spending.repeatedModelCalls} repeated; ${spending.usage.inputTokens} tokens in, ${spending.usage.outputTokens} out; cost ${formatUsd(toUsd(spending.costMicroUsd))}; ${seconds.toFixed(1)} s`,
    `  run     ${record.runId}  (codetether ralph report ${record.runId})`,
    ...noteLines(record.notes),
    ...redBase(record),
  ];
  return `${lines.join('\n')}\n`;
}

/** Why nothing began: what the red checks of the untouched base printed last. */
function redBase({ failure, baseline }: RunRecord): string[] {
  if (failure?.code !== 'ERR_BASELINE_RED') return [];
  return (baseline?.evidence ?? []).filter(isRed).flatMap(({ check, command }) => {
    const tail = baseline?.tails?.[check] ?? '';
    const lines = tail === '' ? ['(it printed nothing)'] : tail.split('\n');
    return [`  last lines of ${check} (${command}):`, ...lines.map((line) => `    ${line}`)];
  });
}

function dependencies(ids: readonly string[]): string {
  return ids.length === 0 ? '' : ` (after ${ids.join(', ')})`;
}

function limitLines(options: RalphOptions): string[] {
  const lines: string[] = [];
  if (options.parallel > 1) lines.push(`  parallel    ${options.parallel} stories at once`);
  if (!isUnlimited(options.budget)) lines.push(`  budget      ${describeBudget(options.budget)}`);
  if (options.until !== null) lines.push(`  until       ${options.until}`);
  return lines;
}
