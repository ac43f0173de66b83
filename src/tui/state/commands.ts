/** A command of the screen. */
export interface ScreenCommand {
  readonly name: string;
  /** What may stand behind it, for people; empty = nothing. */
  readonly given: string;
  readonly about: string;
}

/** All commands, in the order in which they are listed. */
export const COMMANDS: readonly ScreenCommand[] = [
  { name: 'help', given: '', about: 'commands and keys' },
  { name: 'sessions', given: '', about: 'the sessions of this repository' },
  { name: 'resume', given: '[ID]', about: 'go on with a session; without an id with the latest' },
  { name: 'new', given: '', about: 'the next message begins a new session' },
  { name: 'model', given: '[PROVIDER/MODEL]', about: 'the model of the messages from now on' },
  { name: 'agent', given: '[NAME]', about: 'who answers in the next new session: chat, build, …' },
  {
    name: 'say',
    given: 'TEXT',
    about: 'tell the agent that is at work, before its next model call',
  },
  { name: 'cost', given: '', about: 'tokens and cost of this session' },
  { name: 'diff', given: '', about: 'what the session changed' },
  { name: 'undo', given: '', about: 'take the last message back, with its files' },
  { name: 'editor', given: '', about: 'write the message in $VISUAL or $EDITOR' },
  { name: 'export', given: '[FILE]', about: 'the session as one Markdown file' },
  { name: 'theme', given: '[dark|light|none]', about: 'colours' },
  { name: 'ralph', given: '[FLAGS]', about: 'start codetether ralph run, and follow it' },
  { name: 'swarm', given: 'TASK', about: 'start codetether swarm, and follow it' },
  { name: 'rlm', given: '"QUESTION" -f FILE', about: 'start codetether rlm, and follow it' },
  {
    name: 'script',
    given: 'NAME [JSON]',
    about: 'start codetether script run, with JSON as its args, and follow it',
  },
  { name: 'view', given: '', about: 'show or hide the board of the run that is followed' },
  { name: 'quit', given: '', about: 'leave; what is at work goes on' },
];

/** What was typed, as a command. */
export interface CommandCall {
  readonly name: string;
  /** Everything behind the name, without blanks around it. */
  readonly given: string;
}

/** The command that a text is; undefined for a message. Pure. */
export function commandOf(text: string): CommandCall | undefined {
  const found = /^\/([a-z][a-z-]{0,30})(?:\s([\s\S]*))?$/.exec(text.trim());
  if (found?.[1] === undefined) return undefined;
  return { name: found[1], given: (found[2] ?? '').trim() };
}

/** What a person said, without the files and outputs that went along. Pure. */
export function spokenPart(prompt: string): string {
  const end = /\n\n<(?:file name|command line)="/.exec(prompt)?.index;
  return prompt.slice(0, end);
}

/** The command of the shell that a text is; undefined for every other text. Pure. */
export function shellOf(text: string): string | undefined {
  const trimmed = text.trim();
  return trimmed.startsWith('!') && trimmed.length > 1 ? trimmed.slice(1).trim() : undefined;
}

/** Files that a message names with `@`, in order, each once; a trailing mark of punctuation does not belong to the name. Pure. */
export function filesIn(text: string): readonly string[] {
  const found = [...text.matchAll(/(?:^|\s)@([^\s@]{1,400})/g)].map(([, path = '']) =>
    path.replace(/[,.;:!?)]$/, ''),
  );
  return [...new Set(found)].filter((path) => path !== '');
}
