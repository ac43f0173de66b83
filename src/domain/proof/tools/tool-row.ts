/** What a check tool is for; it decides which canaries tell whether it still looks. */
export type ToolKind = 'test' | 'lint' | 'types' | 'recipe';

/** Languages in which canaries can be planted. */
export type Language =
  | 'javascript'
  | 'typescript'
  | 'python'
  | 'go'
  | 'rust'
  | 'cpp'
  | 'java'
  | 'ruby'
  | 'php';

/** One tool that checks run: how it is started, which files decide what it does, and how its output is counted. */
export interface ToolRow {
  /** Name in evidence. */
  readonly tool: string;
  readonly kind: ToolKind;
  readonly languages: readonly Language[];
  /** Matches a command line or a line of a recipe that starts the tool. */
  readonly starts: RegExp;
  /** Files that are tests, their helpers or their data, by path. */
  readonly tests?: readonly RegExp[];
  /** Files that configure the tool, by path. */
  readonly configuration?: readonly RegExp[];
  /** Files that a tool makes and believes later; never taken from a story. */
  readonly artefacts?: readonly RegExp[];
  /** Passed tests in what the tool printed, `tap` = results of Test Anything Protocol; absent = it prints no number. */
  readonly count?: CountRule | 'tap';
  /** Variables that make it print what {@link count} needs; set in runs of the engine's own only. */
  readonly countingEnv?: Readonly<Record<string, string>>;
}

/** Adds up the passed tests of one output, line by line. A number is the first group of a pattern; without a group a match is 1. */
export interface CountRule {
  /** Lines that tell how many tests there were. No such line in an output = unknown, never 0. */
  readonly summary: RegExp;
  /** In a summary: tests that passed. */
  readonly passed: RegExp;
  /** To be subtracted: tests that are in `passed` and did not pass. */
  readonly minus?: { readonly line: RegExp; readonly number: RegExp };
  /** Without a summary: lines that say that there were no tests, unless another tells that tests ran uncounted. */
  readonly none?: { readonly line: RegExp; readonly unless: RegExp };
}
