import {
  isSetupInput,
  setupRelevantPart,
  type SetupStep,
  type WorkspaceSetup,
} from '../../../domain/index.js';
import { sha256, workspaceGit, type Git, type WorkspaceFolders } from '../../../platform/index.js';

/** What one set-up was made for: the same key needs no second one. */
export async function setupKey(
  lane: WorkspaceFolders,
  setup: WorkspaceSetup,
  tree: string,
): Promise<string> {
  const git = workspaceGit(lane);
  const files = await listFiles(git, tree);
  const wanted = new Set(setup.steps.flatMap((step) => inputsOf(step, files)));
  const inputs: (readonly [path: string, content: string])[] = [];
  for (const [path, object] of files) {
    if (!wanted.has(path)) continue;
    const isManifest = path.endsWith('package.json');
    inputs.push([path, isManifest ? await relevantPart(git, path, object) : object]);
  }
  const steps = setup.steps.map(({ command, folder }) => ({ command, folder }));
  return sha256(JSON.stringify({ version: 1, steps, copy: setup.copy, inputs }));
}

/** Lock files that the step names; else whatever may decide about an installation, and files that the command names. */
function inputsOf(step: SetupStep, files: ReadonlyMap<string, string>): string[] {
  if (step.lockFiles.length > 0) return step.lockFiles;
  const words = step.command.split(/[\s'"`;|&<>()=]+/).map((word) => word.replace(/^\.\//, ''));
  const named = words.map((word) => (step.folder === '.' ? word : `${step.folder}/${word}`));
  return [...files.keys()].filter((path) => isSetupInput(path) || named.includes(path));
}

async function listFiles(git: Git, tree: string): Promise<ReadonlyMap<string, string>> {
  const answer = await git.run(['ls-tree', '-r', '-z', tree]);
  const files = new Map<string, string>();
  for (const line of answer.stdout.toString('utf8').split('\0')) {
    const tab = line.indexOf('\t');
    if (tab > 0) files.set(line.slice(tab + 1), line.slice(0, tab).split(' ')[2] ?? '');
  }
  return files;
}

async function relevantPart(git: Git, path: string, object: string): Promise<string> {
  const text = (await git.run(['cat-file', 'blob', object])).stdout.toString('utf8');
  return sha256(setupRelevantPart(path, text));
}
