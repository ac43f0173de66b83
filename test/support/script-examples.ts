import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One of the scripts in `examples/scripts`, with what it comes to on a double. */
export interface ScriptExample {
  readonly name: string;
  readonly args: unknown;
  /** What it returns. */
  readonly value: unknown;
  /** Agents that it asks. */
  readonly agents: number;
  /** Files that its agents write. */
  readonly files: readonly string[];
}

const FOLDER = join(process.cwd(), 'examples', 'scripts');

/** The texts of all examples by name. */
export function exampleTexts(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(FOLDER)
      .filter((file) => file.endsWith('.js'))
      .map((file) => [file.slice(0, -'.js'.length), readFileSync(join(FOLDER, file), 'utf8')]),
  );
}

/** What agents say, by the first line of what they are asked; the others say that they did it. */
const SAID: readonly (readonly [RegExp, object])[] = [
  [/^List the source files/, { files: ['src/a.ts', 'src/b.ts', 'src/a.ts'] }],
  [/^Change the file src\/a/, { changed: true, summary: 'a header' }],
  [/^Change the file src\/b/, { changed: false, summary: 'it has one' }],
  [
    /^Review \S+ for wrong/,
    {
      findings: [
        { file: 'src/a.ts', title: 'off by one', detail: 'the last is lost' },
        { file: 'src/b.ts', title: 'no check', detail: 'null gets through' },
      ],
    },
  ],
  [/^Review \S+ for input/, { findings: [] }],
  [
    /^Review \S+ for behaviour/,
    { findings: [{ file: 'src/c.ts', title: 'untested', detail: 'no test' }] },
  ],
  [/^Try to refute .* no check$/, { real: false, why: 'its caller checks' }],
  [/^Try to refute /, { real: true, why: 'seen' }],
  [/^Which answers /, { winner: 'B', why: 'shorter' }],
  [/^Look up for Oslo/, { value: '1.7 m', source: 'memory' }],
  [/^Check this for Oslo/, { holds: false, problem: 'that is the region' }],
  [/^Correct this for Oslo/, { value: '0.7 m', source: 'the city' }],
  [/^Look up for (Rome|Lima)/, { value: 'many', source: 'a book' }],
  [/^Check this for (Rome|Lima)/, { holds: true }],
  [
    /^Round 1: /,
    {
      passes: false,
      failures: ['src/a', 'src/a', 'src/b'].map((area, at) => ({ area, message: `no ${at}` })),
    },
  ],
  [/^Round 2: /, { passes: true, failures: [] }],
  [/^Voter [13],/, { choice: 'yes', reason: 'it is there' }],
  [/^Voter [24],/, { choice: 'no', reason: 'half of it' }],
  [/^Break the tie/, { choice: 'no', reason: 'it has to be whole' }],
  [
    /^Survey the packages/,
    {
      packages: [
        { name: 'app', path: 'packages/app', dependsOn: ['core'] },
        { name: 'core', path: 'packages/core', dependsOn: [] },
      ],
    },
  ],
  [/^Check app after the step "Begin"/, { ok: false, problems: ['one import is old'] }],
  [/^Check (core|app) after/, { ok: true, problems: [] }],
  [/^Split this question/, { parts: ['who calls?', 'who answers?'] }],
  [
    /^Look into this: who calls/,
    {
      claims: [
        { claim: 'The CLI calls', source: 'src/cli.ts:1' },
        { claim: 'A queue waits', source: 'src/queue.ts:1' },
      ],
    },
  ],
  [
    /^Look into this: who answers/,
    {
      claims: [
        { claim: 'a queue waits', source: 'src/queue.ts:1' },
        { claim: 'a dog answers', source: 'none' },
      ],
    },
  ],
  [/^Doubt this claim: a dog/, { stands: false, note: 'no' }],
  [/^Doubt this claim/, { stands: true }],
  [/^Judge the result of try 1 at this: hard/, { good: false, missing: 'the edge cases' }],
  [/^Judge the result/, { good: true, missing: '' }],
];

/** What an agent says when it is asked this: a value for its schema, or a text. */
export function exampleAnswer(prompt: string): unknown {
  const asked = firstLine(prompt);
  return SAID.find(([pattern]) => pattern.test(asked))?.[1] ?? `did ${asked}`;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

/** The file that an agent writes when it is asked this; undefined = none. */
export function exampleFile(prompt: string): string | undefined {
  const asked = firstLine(prompt);
  const named =
    /^Change the file (src\/a\S*):/.exec(asked)?.[1] ?? /^Write the report (\S+)/.exec(asked)?.[1];
  if (named !== undefined) return named;
  const migrated = /^(Begin|Finish) the migration of (\w+)/.exec(asked);
  if (migrated !== null)
    return `packages/${migrated[2] ?? ''}/${(migrated[1] ?? '').toLowerCase()}.txt`;
  const slug = /^(Mend|Try \d+ at)\b/.test(asked)
    ? asked.replaceAll(/\W+/g, '-').slice(0, 40)
    : undefined;
  return slug === undefined ? undefined : `made/${slug}.txt`;
}

const REVIEWED = [
  { file: 'src/a.ts', title: 'off by one', side: 'bugs' },
  { file: 'src/c.ts', title: 'untested', side: 'tests' },
];
const MENDED = [
  'made/Mend-this-in-src-a-ts-off-by-one.txt',
  'made/Mend-this-in-src-c-ts-untested.txt',
];
const NOTES = 'did Write notes for readers about what has changed since the last tag.';

/** All of them. */
export const SCRIPT_EXAMPLES: readonly ScriptExample[] = [
  {
    name: 'map-files',
    args: { task: 'Put a header' },
    value: {
      changed: ['src/a.ts'],
      failed: [],
      results: [
        { file: 'src/a.ts', changed: true, summary: 'a header' },
        { file: 'src/b.ts', changed: false, summary: 'it has one' },
      ],
    },
    agents: 3,
    files: ['src/a.ts'],
  },
  {
    name: 'review-fix',
    args: { target: 'src' },
    value: REVIEWED.map((one) => ({
      ...one,
      fixed: true,
      note: `did Mend this in ${one.file}: ${one.title}`,
    })),
    agents: 8,
    files: MENDED,
  },
  {
    name: 'tournament',
    args: { brief: 'A name', entrants: 3 },
    value: {
      winner: {
        way: 'with the fewest parts',
        text: 'did Answer this brief with the fewest parts: A name',
        why: 'shorter',
      },
      rounds: [
        ['for someone who has never seen this', 'with the fewest parts'],
        ['with the fewest parts'],
      ],
    },
    agents: 5,
    files: [],
  },
  {
    name: 'rows',
    args: {
      rows: ['Rome', 'Oslo', 'Lima'].map((name) => ({ name })),
      question: 'How many live there?',
    },
    value: [
      { name: 'Rome', value: 'many', source: 'a book' },
      { name: 'Oslo', value: '0.7 m', source: 'the city' },
      { name: 'Lima', value: 'many', source: 'a book' },
    ],
    agents: 7,
    files: [],
  },
  {
    name: 'until-green',
    args: { command: 'npm test' },
    value: { green: true, rounds: 2, history: [3, 0] },
    agents: 4,
    files: ['a', 'b'].map((area) => `made/Mend-src-${area}-in-round-1-so-that-npm-test-p.txt`),
  },
  {
    name: 'ship-check',
    args: { parts: ['src'] },
    value: { parts: [{ part: 'src', findings: 2 }], notes: NOTES },
    agents: 9,
    files: MENDED,
  },
  {
    name: 'vote',
    args: { question: 'Is it documented?', voters: 4 },
    value: {
      winner: 'no',
      tally: [
        { choice: 'yes', votes: 2 },
        { choice: 'no', votes: 2 },
      ],
      voters: 4,
      reasons: ['half of it', 'half of it'],
    },
    agents: 5,
    files: [],
  },
  {
    name: 'migrate',
    args: { goal: 'v2' },
    value: {
      goal: 'v2',
      migrated: 2,
      results: ['core', 'app'].map((name) => ({ name, ok: true, problems: [] })),
    },
    agents: 7,
    files: ['packages/core/begin.txt', 'packages/app/begin.txt', 'packages/app/finish.txt'],
  },
  {
    name: 'research',
    args: { question: 'Who talks?', out: 'docs/who.md' },
    value: { question: 'Who talks?', report: 'docs/who.md', parts: 2, claims: 3, stood: 2 },
    agents: 7,
    files: ['docs/who.md'],
  },
  {
    name: 'escalate',
    args: { tasks: ['easy', 'hard'] },
    value: {
      solved: 2,
      tries: 3,
      results: [
        { task: 'easy', solved: true, tries: 1, result: 'did Try 1 at this: easy' },
        { task: 'hard', solved: true, tries: 2, result: 'did Try 2 at this: hard' },
      ],
    },
    agents: 6,
    files: [
      'made/Try-1-at-this-easy.txt',
      'made/Try-1-at-this-hard.txt',
      'made/Try-2-at-this-hard.txt',
    ],
  },
];
