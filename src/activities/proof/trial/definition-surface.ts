import {
  isArtefactPath,
  surfaceOf,
  type BaseFacts,
  type RestoreMode,
  type SurfaceChange,
  type SurfaceKind,
} from '../../../domain/index.js';
import {
  createGit,
  type ChangedFile,
  type TreeDiff,
  type TreeEntry,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import { substitute, type StoryTree, type Substitution } from '../story-tree.js';
import { hasValues, movesNames, restoreText } from './manifest-text.js';
import { listFiles, readTexts, writeTexts } from './tree-files.js';

/** What a story changed of the definition of its checks, and the trees to try its product in. */
export interface DefinitionSurface {
  readonly difference: readonly SurfaceChange[];
  /** True when anything of it differs from the base that a person approved, in this story or in earlier ones. */
  readonly isMoved: boolean;
  /** True when that is more than tests, data and scripts: something that decides how checks look. */
  readonly isConfigured: boolean;
  /** Tests, scripts and data that earlier stories of the run changed; put back as well. */
  readonly earlier: readonly string[];
  /** The story's tree with the base's definitions, additions removed. */
  readonly asBase: string;
  /** The same with what the story added to the configuration. */
  readonly asOwn: string;
  /** The story's tree with the tests as on the base, and nothing else. */
  readonly withBaseTests: string;
  /** The same with the scripts that are the check itself; what they run is the story's. */
  readonly withBaseRunner: string;
  /** True when the other trees also have files of the base that may be the product's: data, scripts, what was found or linked. */
  readonly mayHoldProduct: boolean;
}

/** A story between the base that it was made on and the one that a person approved. */
export interface ComparedStory extends StoryTree {
  /** From the approved base to the story's tree; the same as `diff` for the first story of a run. */
  readonly sinceApproved: TreeDiff;
  readonly facts: BaseFacts;
}

/** Kinds whose whole text is what a person approved, whatever earlier stories made of it; of structured configuration the values are. */
const APPROVED_KINDS: ReadonlySet<SurfaceKind> = new Set(['test', 'data', 'script']);

/** Kinds that may as well be the product. */
const PRODUCT_KINDS: ReadonlySet<SurfaceKind> = new Set([
  'data',
  'script',
  'shadow',
  'link',
  'looked-up',
  'executable',
]);

/** Compares a story's tree with its base. */
export async function findSurface(
  lane: WorkspaceFolders,
  { tree, diff, sinceApproved, facts }: ComparedStory,
): Promise<DefinitionSurface> {
  const byPath = new Map(diff.files.map((file) => [file.path, file]));
  const candidates = surfaceOf(diff.files.map(toModes), facts);
  const approved = new Map(sinceApproved.files.map((file) => [file.path, file]));
  const moved = surfaceOf(sinceApproved.files.map(toModes), facts);
  const earlier = moved.filter(
    ({ path, kind, change }) =>
      change !== 'added' &&
      !byPath.has(path) &&
      (APPROVED_KINDS.has(kind) || (change === 'changed' && hasValues({ path }))),
  );
  const parts = await Promise.all(
    candidates.map(async (change): Promise<SurfacePart> => {
      const file = byPath.get(change.path);
      const first = approved.get(change.path)?.before ?? null;
      if (file === undefined) return {};
      const before = APPROVED_KINDS.has(change.kind) ? (first ?? file.before) : file.before;
      const own = { ...file, before };
      const back = { file: own, entry: before };
      if (isRunner(change, facts)) return { change, ...everywhere(change, back) };
      if (isOpen(change, facts)) return { change, asBase: back };
      return partOf(lane, { change, file: own, first });
    }),
  );
  const kept = await Promise.all(
    earlier.map((change) => keptPart(lane, { change, facts, file: approved.get(change.path) })),
  );
  const pick = (side: Side): Promise<string> =>
    substitute(
      lane,
      tree,
      [...parts, ...kept].flatMap((part) => part[side] ?? []),
    );
  const [asBase, asOwn, withBaseTests, withBaseRunner] = [
    await pick('asBase'),
    await pick('asOwn'),
    await pick('withBaseTests'),
    await pick('withBaseRunner'),
  ];
  return {
    difference: parts.flatMap(({ change }) => change ?? []),
    isMoved: moved.length > 0,
    isConfigured: moved.some(({ kind }) => !APPROVED_KINDS.has(kind)),
    earlier: earlier.map(({ path }) => path),
    asBase,
    asOwn,
    withBaseTests,
    withBaseRunner,
    mayHoldProduct: [...candidates, ...earlier].some(({ kind }) => PRODUCT_KINDS.has(kind)),
  };
}

interface EarlierChange {
  readonly change: SurfaceChange;
  readonly facts: BaseFacts;
  readonly file: ChangedFile | undefined;
}

/** What earlier stories changed and this one did not, as a person approved it. */
async function keptPart(
  lane: WorkspaceFolders,
  { change, facts, file }: EarlierChange,
): Promise<SurfacePart> {
  if (file === undefined) return {};
  const back = { file, entry: file.before };
  if (change.kind === 'test' || isRunner(change, facts)) return everywhere(change, back);
  // an earlier story may have needed its own: it was proven with it
  if (isOpen(change, facts)) return { asBase: back };
  if (APPROVED_KINDS.has(change.kind)) return { asBase: back, asOwn: back };
  // keys that earlier stories added stay: they were proven with them
  const { asOwn } = await valuesOf(lane, { change, file, first: null });
  return asOwn === undefined ? {} : { asBase: asOwn, asOwn };
}

/** A changed file by its modes alone. */
export function toModes({
  path,
  before,
  after,
}: ChangedFile): Parameters<typeof surfaceOf>[0][number] {
  return { path, before: before?.mode ?? null, after: after?.mode ?? null };
}

/** What one file brings; without `change` it belongs to the product after all. */
interface SurfacePart {
  readonly change?: SurfaceChange;
  readonly asBase?: Substitution;
  readonly asOwn?: Substitution;
  readonly withBaseTests?: Substitution;
  readonly withBaseRunner?: Substitution;
}

type Side = keyof Omit<SurfacePart, 'change'>;

/** A script that a check's command or recipe names, and not one that is run by it. */
function isRunner(change: SurfaceChange, facts: BaseFacts): boolean {
  const { path, kind } = change;
  return kind === 'script' && facts.subjects?.has(path) !== true && !isOpen(change, facts);
}

/** A script that starts tests or is started: the base's version first, then the story's own, and canaries. */
function isOpen({ path, kind }: SurfaceChange, { open }: BaseFacts): boolean {
  return kind === 'script' && open?.has(path) === true;
}

/** Tests and runners of the base in each tree; canaries are tried with the runner of the story. */
function everywhere({ kind }: SurfaceChange, back: Substitution): SurfacePart {
  const all = { asBase: back, asOwn: back, withBaseRunner: back };
  return kind === 'test' ? { ...all, withBaseTests: back } : all;
}

interface Candidate {
  readonly change: SurfaceChange;
  readonly file: ChangedFile;
  /** What a person approved at this path; null = nothing, or the same as `file.before`. */
  readonly first: TreeEntry | null;
}

/** Kinds that are put back or taken away whatever else is tried, by what is put back for each purpose. */
const SIDES: Readonly<Partial<Record<SurfaceKind, readonly Side[]>>> = {
  executable: ['asBase'],
  'looked-up': ['asBase', 'asOwn'],
  script: ['asBase', 'asOwn'],
  shadow: ['asBase', 'asOwn'],
  link: ['asBase', 'asOwn'],
  artefact: ['asBase', 'asOwn'],
  resolution: [],
};

async function partOf(lane: WorkspaceFolders, candidate: Candidate): Promise<SurfacePart> {
  const { change, file } = candidate;
  const back = { file, entry: file.before };
  // the mode decides whether it is started; the text is the product's
  if (change.kind === 'executable' && file.before !== null && file.after !== null)
    return { change, asBase: { file, entry: { ...file.after, mode: file.before.mode } } };
  const sides = SIDES[change.kind] ?? sidesOf(change);
  if (sides === 'values') return valuesOf(lane, candidate);
  return { change, ...Object.fromEntries(sides.map((side) => [side, back])) };
}

type Sides = readonly Side[] | 'values';

/** Tests, data and configuration: what the story added stays in its own configuration, what existed does not change there. */
function sidesOf({ kind, change, path }: SurfaceChange): Sides {
  const isAdded = change === 'added';
  if (kind === 'test' && !isAdded) return ['asBase', 'asOwn', 'withBaseTests', 'withBaseRunner'];
  if (kind === 'test' || kind === 'data') return isAdded ? ['asBase'] : ['asBase', 'asOwn'];
  if (kind === 'manifest' && change === 'changed') return 'values';
  if (kind === 'configuration' && change === 'changed')
    return hasValues({ path }) ? 'values' : ['asBase'];
  return isAdded ? ['asBase'] : ['asBase', 'asOwn'];
}

/** Structured files are put back value by value; what is no plain file on both sides as a whole. */
async function valuesOf(
  lane: WorkspaceFolders,
  { change, file, first }: Candidate,
): Promise<SurfacePart> {
  const { before, after } = file;
  const back = { file, entry: before };
  if (!isPlain(before) || !isPlain(after)) return { change, asBase: back, asOwn: back };
  const git = createGit({ gitDir: lane.gitDir });
  const earliest = isPlain(first) ? first : before;
  const texts = await readTexts(git, [before.object, after.object, earliest.object]);
  const [base, story] = [texts.get(before.object), texts.get(after.object)];
  if (base === undefined || story === undefined) return { change, asBase: back, asOwn: back };
  const pair = { path: change.path, base, story, approved: texts.get(earliest.object) ?? base };
  const strict = await restored(lane, { pair, file, mode: 'strict' });
  const lenient = await restored(lane, { pair, file, mode: 'lenient' });
  if (strict === undefined && lenient === undefined)
    return movesNames(pair) ? { change: { ...change, kind: 'resolution' } } : {};
  return {
    change,
    ...(strict === undefined ? {} : { asBase: strict }),
    ...(lenient === undefined ? {} : { asOwn: lenient }),
  };
}

interface Restoration {
  readonly pair: Parameters<typeof restoreText>[0] & { readonly approved: string };
  readonly file: ChangedFile;
  readonly mode: RestoreMode;
}

async function restored(
  lane: WorkspaceFolders,
  { pair, file, mode }: Restoration,
): Promise<Substitution | undefined> {
  const own = restoreText(pair, mode);
  // what earlier stories changed is as a person approved it; what they added stays
  const text = restoreText({ ...pair, base: pair.approved, story: own }, 'lenient');
  if (text === pair.story) return undefined;
  const [object] = await writeTexts(lane, [text]);
  const fileMode = file.before?.mode ?? '100644';
  return object === undefined ? undefined : { file, entry: { mode: fileMode, object } };
}

function isPlain(entry: TreeEntry | null): entry is TreeEntry {
  return entry !== null && entry.mode.startsWith('100');
}

/** Files that a story brings and that tools believe without looking at the sources. */
export async function findArtefacts(
  lane: WorkspaceFolders,
  base: string,
  diff: TreeDiff,
): Promise<string[]> {
  if (!diff.files.some(({ path, after }) => after !== null && isArtefactPath(path))) return [];
  const files = await listFiles(createGit({ gitDir: lane.gitDir }), base);
  const nothing = new Set<string>();
  const facts = { folders: nothing, scripts: nothing, reads: nothing, misses: nothing };
  return surfaceOf(diff.files.map(toModes), { ...facts, files: new Set(files.keys()) })
    .filter(({ kind, change }) => kind === 'artefact' && change !== 'removed')
    .map(({ path }) => path);
}
