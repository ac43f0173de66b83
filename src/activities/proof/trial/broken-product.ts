import {
  failAtOnce,
  failOnLoad,
  isShellPath,
  languageOf,
  sabotage,
  showsToken,
  tokenOf,
  type CanaryVerdict,
  type ParsedSource,
} from '../../../domain/index.js';
import { createGit, findFunctions } from '../../../platform/index.js';
import { CANARY_ENV, runOnce, type SingleRun, type ToolCheck } from './check-control.js';
import type { TrialBench } from './side-lanes.js';
import type { TaskEnd } from './side-by-side.js';
import { readTexts, rewrite, type TreeFile } from './tree-files.js';

const FUNCTIONS_LIMIT = 60;

/** A file of the product on both sides. */
export interface ProductFile {
  readonly path: string;
  readonly before: TreeFile;
  /** The tree that holds `before`. */
  readonly baseTree: string;
  readonly after: TreeFile;
}

/** Where a file of the product is broken. */
export interface BrokenTrees {
  readonly storyTree: string;
  /** The story's tree with the base's tests and runners, in which is counted how often the product is named. */
  readonly runnerTree: string;
  readonly product: ProductFile;
}

/**
 * Breaks a file of the product, on the base and in the story's files: a check that noticed it there has to notice it here. Only functions that both versions have are broken, each with a token of its own, so that one that was moved away is no accusation
 * and one that is replaced under the tests is seen beside others that are not.
 */
export async function tryBrokenProduct(
  bench: TrialBench,
  { check }: ToolCheck,
  { storyTree, runnerTree, product }: BrokenTrees,
): Promise<TaskEnd<CanaryVerdict[]>> {
  const run = async (tree: string, file: TreeFile, text: string): Promise<SingleRun | undefined> =>
    runOnce(bench, {
      check,
      tree: await rewrite(bench.lane, tree, [{ file, text }]),
      extraEnv: CANARY_ENV,
    });
  const broken = await breakBoth(bench, product);
  if (broken === undefined) return { result: [], isCertain: true };
  const control = await run(product.baseTree, product.before, broken.base(broken.tokens));
  if (control === undefined || !control.isRed) return { result: [], isCertain: false };
  const tryStory = async (tokens: Tokens): Promise<SingleRun | undefined> =>
    run(storyTree, product.after, broken.story(tokens));
  const trial = { bench, product, runnerTree };
  const is = await compare(trial, { control, tokens: broken.tokens, tryStory });
  const isHeard = [...broken.tokens.values()].some((token) => showsToken(control.output, token));
  return {
    result: [{ check: check.name, kind: 'broken-product', ...is, files: [product.path] }],
    isCertain: is.is === 'noticed' && isHeard,
  };
}

/** Token of each function by its name; of the whole file by the empty name. */
type Tokens = ReadonlyMap<string, string>;

interface Comparison {
  readonly control: SingleRun;
  readonly tokens: Tokens;
  readonly tryStory: (tokens: Tokens) => Promise<SingleRun | undefined>;
}

interface ProductTrial {
  readonly bench: TrialBench;
  readonly product: ProductFile;
  readonly runnerTree: string;
}

async function compare(
  trial: ProductTrial,
  { control, tokens, tryStory }: Comparison,
): Promise<Pick<CanaryVerdict, 'is' | 'durationMs'>> {
  const story = await tryStory(tokens);
  if (story === undefined) return { is: 'not-run' };
  const { durationMs } = story;
  const heard = [...tokens].filter(([, token]) => showsToken(control.output, token));
  // a check that prints no messages can only be red or green
  const unheard = (heard.length === 0 ? [...tokens] : heard).filter(
    ([, token]) => !story.isRed || (heard.length > 0 && !showsToken(story.output, token)),
  );
  if (unheard.length === 0) return { is: 'noticed', durationMs };
  // another function may have failed before it: alone it has to be noticed
  const alone = story.isRed ? await tryStory(new Map(unheard)) : story;
  if (alone === undefined) return { is: 'not-run' };
  if (alone.isRed) return { is: 'noticed', durationMs };
  const names = unheard.map(([name]) => name);
  return (await isUsedLess(trial, names))
    ? { is: 'not-run' }
    : { is: 'unheard', durationMs: durationMs + (story.isRed ? alone.durationMs : 0) };
}

/** An honest change may leave a function unused: then fewer files name it, and that it is not missed says nothing. */
async function isUsedLess(
  { bench, product, runnerTree }: ProductTrial,
  names: readonly string[],
): Promise<boolean> {
  const stem = (product.path.split('/').at(-1) ?? '').replace(/\.\w+$/, '');
  const patterns = names
    .map((name) => (name === '' ? stem : name))
    .filter((name) => /^[\w-]+$/.test(name))
    .flatMap((name) => ['-e', name]);
  if (patterns.length === 0) return false;
  const git = createGit({ gitDir: bench.lane.gitDir });
  const mentions = async (tree: string): Promise<number> => {
    const pathspec = ['--', '.', `:(exclude,literal)${product.path}`];
    const options = ['grep', '-I', '-h', '-w', '-F', '-o', ...patterns, tree, ...pathspec];
    const answer = await git.run(options, { accept: [1] });
    return answer.stdout.toString('latin1').split('\n').length;
  };
  return (await mentions(runnerTree)) < (await mentions(product.baseTree));
}

interface BrokenSides {
  readonly tokens: Tokens;
  readonly base: (tokens: Tokens) => string;
  readonly story: (tokens: Tokens) => string;
}

async function breakBoth(
  bench: TrialBench,
  product: ProductFile,
): Promise<BrokenSides | undefined> {
  if (isShellPath(product.path)) return breakShell(bench, product);
  const sources = await parseBoth(bench, product);
  if (sources === undefined) return undefined;
  const [base, story] = sources;
  const secret = bench.secrets(`broken-product\n${product.path}`);
  const common = commonNames(base, story);
  // nothing that both have: then the file as a whole
  if (common.length === 0) {
    const token = tokenOf(secret, 0);
    const [baseText, storyText] = [failOnLoad(base, token), failOnLoad(story, token)];
    if (baseText === undefined || storyText === undefined) return undefined;
    return { tokens: new Map([['', token]]), base: () => baseText, story: () => storyText };
  }
  const tokens = new Map(common.map((name, at) => [name, tokenOf(secret, at)]));
  return {
    tokens,
    base: (chosen) => sabotage(base, chosen) ?? base.text,
    story: (chosen) => sabotage(story, chosen) ?? story.text,
  };
}

/** A shell script fails as a whole, whether it is run or read into another. */
async function breakShell(
  { lane, secrets }: TrialBench,
  { path, before, after }: ProductFile,
): Promise<BrokenSides | undefined> {
  const texts = await readTexts(createGit({ gitDir: lane.gitDir }), [before.object, after.object]);
  const [base, story] = [texts.get(before.object), texts.get(after.object)];
  if (base === undefined || story === undefined) return undefined;
  const token = tokenOf(secrets(`broken-product\n${path}`), 0);
  return {
    tokens: new Map([['', token]]),
    base: () => failAtOnce(base, token),
    story: () => failAtOnce(story, token),
  };
}

async function parseBoth(
  { lane }: TrialBench,
  { path, before, after }: ProductFile,
): Promise<[ParsedSource, ParsedSource] | undefined> {
  const language = languageOf(path);
  if (language === undefined) return undefined;
  const git = createGit({ gitDir: lane.gitDir });
  const texts = await readTexts(git, [before.object, after.object]);
  const [base, story] = [texts.get(before.object), texts.get(after.object)];
  if (base === undefined || story === undefined) return undefined;
  const parse = async (text: string): Promise<ParsedSource> => ({
    path,
    language,
    text,
    functions: await findFunctions(language, text),
  });
  return [await parse(base), await parse(story)];
}

function commonNames(base: ParsedSource, story: ParsedSource): string[] {
  const other = new Set(story.functions.map(({ name }) => name));
  const names = new Set(base.functions.map(({ name }) => name).filter((name) => other.has(name)));
  return [...names].sort().slice(0, FUNCTIONS_LIMIT);
}
