/** A prompt of our server. */
export interface ServedPrompt {
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly {
    readonly name: string;
    readonly description: string;
    readonly required: boolean;
  }[];
  readonly text: (input: Readonly<Record<string, string>>) => string;
}

const LONGEST = 2000;
const named = (text: string | undefined, fallback: string): string =>
  text === undefined || text.trim() === '' ? fallback : text.slice(0, LONGEST);

/** The prompts by the names of the platform. */
export const PROMPTS: readonly ServedPrompt[] = [
  {
    name: 'code_review',
    description: 'Review files, or what was changed last.',
    arguments: [
      {
        name: 'path',
        description: 'file or folder; default: what git shows as changed',
        required: false,
      },
    ],
    text: ({ path }) =>
      `Review ${named(path, 'what was changed last (run_command: git diff HEAD)')}. Read the code with read_file and grep_search before you judge it. Report defects first, each with file, line, why it is wrong and how to mend it; then risks; then what is unclear. Leave style out where a formatter decides it.`,
  },
  {
    name: 'explain_code',
    description: 'Explain a file or a folder.',
    arguments: [{ name: 'path', description: 'file or folder', required: true }],
    text: ({ path }) =>
      `Explain ${named(path, 'this folder')} to somebody who is new to it. Read it with read_file, list_directory and grep_search. Say what it is for, how its parts work together, where to begin reading, and what is surprising. Name files and lines.`,
  },
];
