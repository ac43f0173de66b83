/** What of a call a pattern of a permission is compared with. */
export type CallSubject = 'command' | 'path' | 'host' | 'name' | 'none';

/** A tool as rules of people name it. */
export interface NamedTool {
  readonly name: string;
  /** Names of several tools at once. */
  readonly groups: readonly string[];
  readonly subject: CallSubject;
  /** Names that models and other agents' files use for it. */
  readonly others?: readonly string[];
}

/**
 * Tools that are built in, for whoever may not ask the registry: rules are checked before a run begins, where no tool is loaded. A test
 * holds it against the registry.
 */
export const NAMED_TOOLS: readonly NamedTool[] = [
  { name: 'a2a', groups: ['a2a'], subject: 'name' },
  { name: 'agent', groups: ['orchestration'], subject: 'none' },
  {
    name: 'apply_patch',
    groups: ['files', 'edit'],
    subject: 'path',
    others: ['patch'],
  },
  {
    name: 'bash',
    groups: ['run'],
    subject: 'command',
    others: ['shell', 'exec_command'],
  },
  // what is typed into a program that runs may be a command in parts: what forbids a part of bash forbids it whole
  { name: 'bash_input', groups: ['run', 'bash'], subject: 'command', others: ['write_stdin'] },
  { name: 'bash_kill', groups: ['run'], subject: 'none', others: ['KillShell', 'KillBash'] },
  { name: 'bash_output', groups: ['run'], subject: 'none', others: ['BashOutput', 'read_output'] },
  {
    name: 'batch',
    groups: ['run'],
    subject: 'none',
    others: ['parallel', 'multi_tool_use.parallel'],
  },
  {
    name: 'codesearch',
    groups: ['search', 'read'],
    subject: 'path',
    others: ['code_search', 'search_code', 'semantic_search'],
  },
  {
    name: 'confirm_edit',
    groups: ['files', 'edit'],
    subject: 'path',
    others: ['confirm_multiedit'],
  },
  { name: 'edit', groups: ['files', 'edit'], subject: 'path' },
  { name: 'glob', groups: ['search', 'read'], subject: 'path' },
  { name: 'grep', groups: ['search', 'read'], subject: 'path' },
  {
    name: 'list_dir',
    groups: ['files', 'read'],
    subject: 'path',
    others: ['list', 'ls'],
  },
  {
    name: 'lsp',
    groups: ['lsp', 'read'],
    subject: 'path',
    others: ['language_server', 'code_intelligence'],
  },
  // which files it changes nobody knows beforehand: what forbids a part of them forbids it
  {
    name: 'lsp_rename',
    groups: ['lsp', 'edit'],
    subject: 'path',
    others: ['rename_symbol', 'rename'],
  },
  {
    name: 'multiedit',
    groups: ['files', 'edit'],
    subject: 'path',
    others: ['multi_edit'],
  },
  { name: 'plan_enter', groups: ['orchestration'], subject: 'none' },
  { name: 'plan_exit', groups: ['orchestration'], subject: 'none' },
  { name: 'prd', groups: ['orchestration', 'edit'], subject: 'path' },
  {
    name: 'question',
    groups: ['orchestration'],
    subject: 'none',
    others: ['ask', 'ask_user', 'AskUserQuestion'],
  },
  { name: 'ralph', groups: ['orchestration'], subject: 'path' },
  {
    name: 'read_file',
    groups: ['files', 'read'],
    subject: 'path',
    others: ['read'],
  },
  { name: 'recall', groups: ['orchestration'], subject: 'none' },
  { name: 'rlm', groups: ['orchestration'], subject: 'none' },
  { name: 'script', groups: ['orchestration'], subject: 'none' },
  { name: 'skill', groups: ['orchestration'], subject: 'name' },
  { name: 'story_done', groups: ['orchestration'], subject: 'none' },
  { name: 'swarm', groups: ['orchestration'], subject: 'none' },
  // other agents' files name it `Agent`
  { name: 'task', groups: ['orchestration', 'agent'], subject: 'name' },
  {
    name: 'todo_read',
    groups: ['orchestration'],
    subject: 'none',
    others: ['todoread'],
  },
  {
    name: 'todo_write',
    groups: ['orchestration'],
    subject: 'none',
    others: ['todowrite'],
  },
  { name: 'undo', groups: ['files', 'edit'], subject: 'path' },
  { name: 'use_tool', groups: ['bridge'], subject: 'none' },
  {
    name: 'webfetch',
    groups: ['web'],
    subject: 'host',
    others: ['web_fetch', 'fetch'],
  },
  {
    name: 'websearch',
    groups: ['web'],
    subject: 'none',
    others: ['web_search'],
  },
  {
    name: 'write_file',
    groups: ['files', 'edit'],
    subject: 'path',
    others: ['write'],
  },
];

const GROUPS: ReadonlySet<string> = new Set([
  ...NAMED_TOOLS.flatMap(({ groups }) => groups),
  'mcp',
]);
const BY_NAME = new Map(NAMED_TOOLS.map((tool) => [tool.name, tool]));
const CANONICAL = new Map(
  NAMED_TOOLS.flatMap((tool) =>
    [tool.name, ...(tool.others ?? [])].map((name) => [plainName(name), tool.name] as const),
  ),
);

/** The tool of this very name; undefined for one of a server. */
export function namedTool(name: string): NamedTool | undefined {
  return BY_NAME.get(name);
}

/** The name of the tool that somebody calls so, in any spelling (`WebFetch`, `web_fetch`); undefined = there is none. Pure. */
export function canonicalTool(name: string): string | undefined {
  return CANONICAL.get(plainName(name));
}

/** The group of tools that somebody calls so; undefined = there is none. Pure. */
export function toolGroup(name: string): string | undefined {
  const lower = name.toLowerCase();
  return GROUPS.has(lower) ? lower : undefined;
}

/** The groups that a tool belongs to; those of servers are one. Pure. */
export function groupsOf(name: string): readonly string[] {
  const isOfServers = name === 'mcp' || name.startsWith('mcp__');
  return BY_NAME.get(name)?.groups ?? (isOfServers ? ['mcp'] : []);
}

/** The tools of a group, in the order of the table. Pure. */
export function toolsOfGroup(group: string): string[] {
  return NAMED_TOOLS.filter(({ groups }) => groups.includes(group)).map(({ name }) => name);
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}
