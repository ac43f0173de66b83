import { z } from 'zod';
import { changeOf, showChanges } from '../files/change-diff.js';
import { refusePlan, type FilePlan } from '../file-plan.js';
import { applyOnce } from '../files/redo-log.js';
import { createWorkingFiles, type WorkingFiles } from '../files/working-files.js';
import { defineTool, type ToolContext, type ToolOutput } from '../tool.js';
import type { PatchedFile } from './patch-files.js';
import { isUnified, parseUnified } from './unified-parse.js';
import { planUnified } from './unified-plan.js';
import { isV4a, parseV4a } from './v4a-parse.js';
import { planOperation } from './v4a-plan.js';

const MAX_PATCH_CHARACTERS = 1024 * 1024;
/** Files of a patch, and places in them; a model writes a few. */
const MAX_FILES = 200;
const MAX_HUNKS = 2000;
const MAX_SHOWN_FILES = 50;

const parameters = z.object({
  patch: z.string().min(1).describe('"*** Begin Patch" form, or unified diff'),
  dry_run: z.boolean().optional().describe('only say whether it fits'),
});

/** Applies a patch to files: all of it or nothing. */
export const applyPatchTool = defineTool({
  name: 'apply_patch',
  aliases: ['patch'],
  description:
    'Apply a patch to one or more files: adds, updates, moves and deletes; all of it or nothing.',
  parameters,
  isDeferred: true,
  execution: 'local',
  access: 'write',
  subjects: ({ patch }) => patchedPaths(patch),
  title: (input) =>
    `apply_patch: ${firstFile(input.patch)}${input.dry_run === true ? ' (dry run)' : ''}`,
  execute: (input, context): Promise<ToolOutput> =>
    applyOnce(context, () => planPatch(input, context)),
});

/** Every path that the patch reads or writes, as its parser sees them; null for what cannot be read as a patch. */
function patchedPaths(patch: string): string[] | null {
  const steps = readPatch(patch);
  if (typeof steps === 'string') return null;
  return [...new Set(steps.flatMap(({ paths }) => paths))];
}

/** The first name in a patch, for people. */
function firstFile(patch: string): string {
  const found = /^(?:\*\*\* (?:Add|Update|Delete) File:|\+\+\+ |--- )(.{1,200})$/m.exec(
    patch.slice(0, 4000),
  );
  return found?.[1]?.trim() ?? '?';
}

/** What is done to one file, and the paths that it touches. */
interface Step {
  readonly paths: readonly string[];
  readonly plan: (files: WorkingFiles) => Promise<PatchedFile>;
}

async function planPatch(
  input: z.infer<typeof parameters>,
  context: ToolContext,
): Promise<FilePlan> {
  const steps = readPatch(input.patch);
  if (typeof steps === 'string') return refusePlan(`${steps}\nNothing was changed.`);
  const files = createWorkingFiles(context);
  const lines: string[] = [];
  for (const step of steps) {
    const patched = await step.plan(files);
    if (patched.kind === 'refused')
      return refusePlan(
        `${patched.reason}\nNo file was changed: the whole patch is applied or nothing.`,
      );
    const excess = files.excess();
    if (excess !== undefined) return refusePlan(`${excess} No file was changed.`);
    lines.push(patched.line);
  }
  const finished = files.finish();
  if (finished.kind === 'refused') return refusePlan(`${finished.reason} No file was changed.`);
  const { changes, seen, progress } = finished;
  const list = lines.slice(0, MAX_SHOWN_FILES).join('\n');
  const more = lines.length > MAX_SHOWN_FILES ? `\n(${lines.length - MAX_SHOWN_FILES} more)` : '';
  if (input.dry_run === true) {
    const diff = showChanges(files.all().flatMap((working) => changeOf(working) ?? []));
    const text = `Dry run: the patch fits, nothing was written.\n${list}${more}\n${diff}`;
    return { changes: [], output: { text, isError: false } };
  }
  const head = changes.length === 0 ? 'Nothing was changed:' : 'Applied the patch:';
  return { changes, output: { text: `${head}\n${list}${more}`, isError: false, seen, progress } };
}

/** What is to be done file by file, or a sentence for the model about what is wrong with the patch. */
function readPatch(patch: string): Step[] | string {
  if (patch.length > MAX_PATCH_CHARACTERS)
    return `The patch has ${patch.length} characters; at most ${MAX_PATCH_CHARACTERS} in one call. Split it.`;
  const hunks = patch.split('\n@@').length - 1;
  if (hunks > MAX_HUNKS)
    return `The patch has ${hunks} places; at most ${MAX_HUNKS} in one call. Split it.`;
  const steps = readSteps(patch);
  if (typeof steps === 'string' || steps.length <= MAX_FILES) return steps;
  return `The patch names ${steps.length} files; at most ${MAX_FILES} in one call. Split it.`;
}

function readSteps(patch: string): Step[] | string {
  if (isV4a(patch)) {
    const parsed = parseV4a(patch);
    if (parsed.kind === 'malformed') return parsed.reason;
    return parsed.operations.map((operation) => ({
      paths:
        operation.kind === 'update' && operation.to !== undefined
          ? [operation.path, operation.to]
          : [operation.path],
      plan: (files) => planOperation(files, operation),
    }));
  }
  if (!isUnified(patch)) return NO_PATCH;
  const parsed = parseUnified(patch);
  if (parsed.kind === 'malformed') return parsed.reason;
  return parsed.files.map((file) => ({
    paths: [file.from, file.to].filter((path) => path !== undefined),
    plan: (files) => planUnified(files, file),
  }));
}

const NO_PATCH = [
  'This is no patch. Write it like this, with a space before each line that stays:',
  '*** Begin Patch',
  '*** Update File: src/a.ts',
  '@@ function near()',
  ' a line that stays',
  '-a line that goes',
  '+a line that comes',
  '*** Add File: src/b.ts',
  '+first line',
  '*** Delete File: src/c.ts',
  '*** End Patch',
].join('\n');
