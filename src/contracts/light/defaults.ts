/** The one table of defaults that people can change; printed by `--help` (design.md section 10). */
export const DEFAULTS = {
  model: 'moonshotai/kimi-k2.5',
  /** Attempts at one story before it counts as failed. */
  maxAttempts: 3,
  canaries: 'auto',
  /** Model turns of one agent before it is stopped. */
  maxTurns: 60,
  /** Tool calls of one turn; more are answered with a note. */
  maxCallsPerTurn: 25,
  /** Input and output tokens of one agent before it is stopped. */
  maxTotalTokens: 4_000_000,
  /** Stories worked on at once. */
  parallel: 1,
  maxParallel: 16,
  /** Agents below one agent of a run, and levels of them. */
  maxTasks: 20,
  taskDepth: 1,
  /** Questions of one agent over its own past. */
  maxRecalls: 20,
  /** Subtasks of a tool call `swarm` worked on at once. */
  parallelTasks: 8,
  /** Subtasks of one swarm. */
  maxSubagents: 100,
  /** Rows of one table, and the most subtasks that one swarm may have. */
  maxRows: 1000,
  /** Most subtasks that one swarm may work on at once. */
  mostParallelSubtasks: 64,
  /** Subtasks of one swarm worked on at once. */
  maxParallelSubtasks: 16,
  /** Agents of a script at work at once. */
  maxParallelScript: 20,
  /** Model turns of one subtask. */
  maxSteps: 100,
  /** Working time of one subtask, in seconds; waits for a provider or a person do not count. */
  subtaskTimeoutSeconds: 300,
  /** Agents above which a swarm wants a yes. */
  confirmAboveAgents: 25,
  /** Messages of the model that answers a question over an input. */
  rlmIterations: 20,
  /** REPLs below the one that a person asked. */
  rlmDepth: 1,
  /** Questions that one REPL asks models at once. */
  rlmParallel: 50,
  /** Model calls of one question over an input. */
  rlmCalls: 1000,
  /** How long a run waits for a network, a provider or Vault that does not answer, in hours. */
  waitLimitHours: 12,
  /** How long an agent waits for the answer to a question, in minutes. */
  questionWaitMinutes: 10,
  /** What becomes of a question that nobody answers: its story is set aside. */
  unattended: 'park',
  /** Time limit of one check, in minutes. */
  checkTimeoutMinutes: 15,
  /** Time limit of one set-up command, in minutes. */
  setupTimeoutMinutes: 15,
  /** Context window assumed for a model that nobody knows, in tokens. */
  contextWindow: 128_000,
  /** Free disk space below which nothing is started, in bytes. */
  minFreeBytes: 2 * 1024 ** 3,
  /** Days that Temporal keeps the history of ended workflows. */
  retentionDays: 90,
  /** Root runs that one embedded service works on at once; more are refused with a message. */
  maxOpenRuns: 20,
} as const;

/** Tools of agents that only read, in the order in which every request lists them. */
export const READING_TOOLS: readonly string[] = [
  'glob',
  'grep',
  'list_dir',
  'read_file',
  'todo_read',
  'todo_write',
  'use_tool',
];

/** Tools that the code of a question over an input may be passed: they read files, and nothing else. */
export const HOST_TOOLS: readonly string[] = ['glob', 'grep', 'list_dir', 'read_file'];

/** Tools of the agent that answers a question over an input, which stand for the functions of its REPL. */
export const REPL_TOOLS: readonly string[] = [
  'repl',
  'context_head',
  'context_tail',
  'context_grep',
  'context_count',
  'context_lines',
  'final',
];

/** Tools of the build agent, in the order in which every request lists them. */
export const BUILD_TOOLS: readonly string[] = [
  'bash',
  'edit',
  'glob',
  'grep',
  'list_dir',
  'read_file',
  'recall',
  'rlm',
  'story_done',
  'swarm',
  'task',
  'todo_read',
  'todo_write',
  'use_tool',
  'write_file',
];
