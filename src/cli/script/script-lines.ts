import type { PlannedScript } from '../../runs/index.js';

/** What is about to run, and how far it may go. */
export function scriptLines({ script, input }: PlannedScript): string {
  const { options, branch, hasFiles, checks, notes } = input;
  const { budget } = options;
  const limits = [
    `${input.script?.mostAgents ?? 0} agents`,
    `${options.parallel} at once`,
    ...(budget.tokens === null ? [] : [`${budget.tokens} tokens`]),
  ];
  return [
    `${script.meta.name}: ${script.meta.description}`,
    `  file      ${script.path}`,
    `  limits    ${limits.join(', ')}`,
    ...(hasFiles
      ? [
          `  branch    ${branch}`,
          `  checks    ${checks.map(({ name }) => name).join(', ') || 'none'}`,
        ]
      : []),
    ...notes.map((note) => `  note      ${note}`),
  ].join('\n');
}
