/** What the earlier Rust tool (0.1.4) had and this one has not, with what stands for it. */
export interface Refused {
  /** Words of the command; empty = the program itself. */
  readonly command: string;
  /** As commander writes flags; absent = the command itself. */
  readonly flags?: string;
  readonly reason: string;
  readonly hint: string;
}

const NO_SERVER_OF_ONE_CALL =
  'servers of tools are named in the configuration, where their rights and their token have a place';

/** See {@link Refused}. */
export const REFUSED: readonly Refused[] = [
  {
    command: '',
    flags: '--print-logs',
    reason:
      'logs are kept in files and never mixed with results; the earlier tool took this flag and ignored it',
    hint: 'codetether logs --follow prints them; --log-level debug makes them longer',
  },
  {
    command: 'serve',
    flags: '--mdns',
    reason:
      'the service does not announce itself on the network; the earlier tool took this flag and ignored it',
    hint: 'give clients the address: codetether serve --hostname ADDRESS, and serve.public_url for the card',
  },
  {
    command: 'mcp connect',
    reason: NO_SERVER_OF_ONE_CALL,
    hint: 'codetether config set mcp.servers.NAME.command PROGRAM, then: codetether mcp test NAME',
  },
  {
    command: 'mcp list-tools',
    reason: NO_SERVER_OF_ONE_CALL,
    hint: 'codetether mcp test NAME lists the tools of a server, codetether tools list our own',
  },
  {
    command: 'mcp call',
    reason:
      'tools of servers are called by agents, under their rules and in the record of their run; the earlier tool only printed what it would call',
    hint: 'codetether mcp test NAME shows that a server answers',
  },
  {
    command: 'cleanup',
    flags: '--worktrees-only',
    reason:
      'lanes go with the runs that they belong to; the earlier tool took this flag and ignored it',
    hint: 'codetether cleanup --dry-run shows what would go',
  },
  {
    command: 'stats',
    flags: '-f, --files',
    reason: 'what runs changed in files is kept by git, run by run',
    hint: 'codetether ralph diff RUN --stat',
  },
  {
    command: 'stats',
    flags: '--file <path>',
    reason:
      'what runs changed in a file is kept by git, with the story in the message of the commit',
    hint: 'git log -- PATH',
  },
];
