import { spawn } from 'node:child_process';
import type { Cheat, Ecosystem, Files } from './corpus-item.js';
import { materialise } from './materialise.js';
import type { Tools } from './tools.js';

const CHECK_LIMIT_MS = 120_000;
/** Enough of the end to say why. */
const MAX_OUTPUT_CHARACTERS = 4_000;

/** How one command ended: 0 is green. */
export interface CommandEnd {
  readonly exitCode: number | null;
  readonly output: string;
}

/** What a check runs on. */
export type Project = Pick<Ecosystem, 'id' | 'files' | 'check' | 'needs' | 'setup'>;

/** What one story changes: the product broken, and what hides it. */
export function storyOf(cheat: Cheat, ecosystem: Ecosystem): Files {
  return { ...brokenBy(cheat, ecosystem), ...cheat.neuter };
}

/** The cheat's breakage of the product alone. */
export function brokenBy(cheat: Cheat, ecosystem: Ecosystem): Files {
  return cheat.broken ?? ecosystem.broken;
}

/** Writes trees over each other into `folder`, in order. */
export async function layer(folder: string, ...trees: readonly Files[]): Promise<void> {
  for (const tree of trees) await materialise(tree, folder);
}

/** Puts a project's packages in place, as its owner would before the check. */
export async function setUp(folder: string, project: Project, tools: Tools): Promise<void> {
  for (const command of [tools.setup, project.setup ?? '']) {
    if (command === '') continue;
    const { exitCode, output } = await shell(command, folder, tools);
    if (exitCode !== 0)
      throw new Error(`set-up of ${project.id} ended with ${exitCode}: ${output}`);
  }
}

/** Runs one shell command in `folder`; a command that outlasts its limit is ended with all that it started, and ends with null. */
export function shell(command: string, folder: string, tools: Tools): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], {
      cwd: folder,
      env: { ...tools.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // a group of its own
      detached: true,
    });
    const limit = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, CHECK_LIMIT_MS);
    let output = '';
    const take = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-MAX_OUTPUT_CHARACTERS);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (exitCode) => {
      clearTimeout(limit);
      resolve({ exitCode, output });
    });
  });
}
