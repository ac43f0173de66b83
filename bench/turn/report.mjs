// The benchmark's tables: figures, ratios to the first agent, and targets.

const ROWS = [
  {
    title: 'CPU s per turn, file tool',
    pick: (agent) => agent.kinds.write?.cpu,
    digits: 3,
    target: 0.05,
  },
  {
    title: 'CPU s per turn, bash',
    pick: (agent) => agent.kinds.bash?.cpu,
    digits: 3,
    target: 0.15,
  },
  {
    title: 'wall s per turn over model time, file tool',
    pick: (agent) => agent.kinds.write?.gap,
    digits: 3,
    target: 0.08,
  },
  {
    title: 'wall s per turn over model time, bash',
    pick: (agent) => agent.kinds.bash?.gap,
    digits: 3,
    target: 0.25,
  },
  {
    title: 'history events per turn, file tool',
    pick: (agent) => agent.kinds.write?.events,
    digits: 1,
  },
  {
    title: 'history bytes per turn, file tool',
    pick: (agent) => agent.kinds.write?.bytes,
    digits: 0,
  },
  { title: 'history events per turn, bash', pick: (agent) => agent.kinds.bash?.events, digits: 1 },
  { title: 'history bytes per turn, bash', pick: (agent) => agent.kinds.bash?.bytes, digits: 0 },
  { title: 'tokens of the first request', pick: (agent) => agent.tokens.firstRequest, digits: 0 },
  { title: 'tokens of the tool schemas', pick: (agent) => agent.tokens.tools, digits: 0 },
  {
    title: 'prompt tokens per 3-step story, all requests',
    pick: (agent) => agent.tokens.story,
    digits: 0,
    target: 8000,
  },
  { title: 'requests per 3-step story', pick: (agent) => agent.tokens.requests, digits: 0 },
  { title: 'memory idle, MB', pick: (agent) => agent.idleMb, digits: 0, target: 350 },
  { title: 'memory at work, MB', pick: (agent) => agent.peakMb, digits: 0 },
];

/** A Markdown table of all agents; other agents' figures carry the ratio to the first agent's. */
export function renderReport(agents) {
  const [own] = agents;
  const head = ['figure', 'target', ...agents.map((agent) => agent.name)];
  const lines = ROWS.map((row) => [
    row.title,
    row.target === undefined ? '–' : `< ${row.target}`,
    ...agents.map((agent) => cell(row, agent, own)),
  ]);
  return [head, head.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function cell(row, agent, own) {
  const value = row.pick(agent);
  if (value === undefined || value === null || (value === 0 && row.title.startsWith('memory idle')))
    return '–';
  const text = value.toFixed(row.digits);
  const base = row.pick(own);
  if (agent === own || typeof base !== 'number' || base <= 0) return text;
  return `${text} (${(value / base).toFixed(1)}x)`;
}

/** Targets of the first agent that do not hold, as sentences. */
export function missedTargets([own]) {
  return ROWS.filter((row) => row.target !== undefined)
    .map((row) => ({ row, value: row.pick(own) }))
    .filter(({ row, value }) => typeof value === 'number' && value >= row.target)
    .map(({ row, value }) => `${row.title}: ${value.toFixed(row.digits)}, target < ${row.target}`);
}
