import { visibleLine, type Check } from '../../domain/index.js';
import type { ProofRunPlan } from '../../runs/index.js';

const NAME_WIDTH = 10;

/** What a proof is about to do, and how base and head were found. */
export function proofPlanScreen({ input, sandbox }: ProofRunPlan): string {
  const { base, head, checks, setup } = input;
  const commands = setup.steps.map(({ command }) => command).join('; ');
  const rows: readonly (readonly [string, string])[] = [
    ['base', `${base.name} (${base.commit.slice(0, 10)})`],
    ['head', `${head.name} (${head.commit.slice(0, 10)})`],
    ...checks.map((check) => ['check', checkWords(check)] as const),
    ['set-up', commands === '' ? 'none' : commands],
    ['canaries', input.canaries],
    ['sandbox', `${sandbox.level}${sandbox.reason === '' ? '' : `: ${sandbox.reason}`}`],
    ...input.notes.map((note) => ['note', note] as const),
  ];
  return [
    `proof in ${visibleLine(input.repository)}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(NAME_WIDTH)}${visibleLine(text)}`),
  ].join('\n');
}

function checkWords({ name, command, timeoutMs, source }: Check): string {
  const title = name === command ? '' : `${name}: `;
  const found = source === 'detected' ? ', detected' : '';
  return `${title}${command} (at most ${limit(timeoutMs)}${found})`;
}

function limit(timeoutMs: number): string {
  return timeoutMs < 60_000 ? `${timeoutMs / 1000} s` : `${Math.round(timeoutMs / 60_000)} min`;
}
