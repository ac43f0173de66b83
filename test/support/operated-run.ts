import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runningPids } from './kill-random.js';
import { Operator } from './operator.js';
import type { RalphProject, RunDocument } from './ralph-project.js';
import { bash, done, write, type ModelTask, type ScriptedReply } from './scripted-model.js';

/** Long enough for an attempt to hear of a pause: it beats every five seconds. */
const command = (trace: string): string =>
  [
    'echo start >> .starts',
    'exec 9> .only-one; flock --nonblock 9 || echo two >> .two',
    `echo half >> ${trace}`,
    'sleep 9',
    `echo whole >> ${trace}`,
  ].join('\n');

/** One long command, which must run alone and leave its lines exactly once, then a file and the end. */
export function longStory(task: ModelTask): ScriptedReply {
  if (task.turn === 0) return bash(command('trace.log'));
  if (task.turn === 1) return write('feature-1.txt', 'ok\n');
  return done();
}

/** The same with files of the story's own, for stories side by side. */
export function longStories(task: ModelTask): ScriptedReply {
  if (task.turn === 0) return bash(command(`${task.story}.log`));
  if (task.turn === 1) return write(`feature-${task.story}.txt`, 'ok\n');
  return done();
}

const GIVE_UP_MS = 100_000;

/** Waits until `look` gives something. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
): Promise<Value> {
  const deadline = Date.now() + GIVE_UP_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`never came true: ${what}`);
    await delay(50);
  }
}

/** A run with one attempt for each story, in the middle of their long commands, and somebody at Temporal. */
export class OperatedRun {
  readonly project: RalphProject;
  readonly operator: Operator;
  readonly folder: string;
  readonly runId: string;
  readonly rootId: string;

  private constructor(
    project: RalphProject,
    operator: Operator,
    run: { readonly folder: string; readonly runId: string; readonly rootId: string },
  ) {
    this.project = project;
    this.operator = operator;
    this.folder = run.folder;
    this.runId = run.runId;
    this.rootId = run.rootId;
  }

  /** Starts it and waits until its command runs, or those of all its stories, each in a lane of its own. */
  static async start(
    project: RalphProject,
    stories: readonly string[] = ['US-001'],
  ): Promise<OperatedRun> {
    const folder = project.repository({
      stories: stories.map((id) => ({ id })),
      files: { '.gitignore': '.starts\n.only-one\n.two\n' },
    });
    const flags = ['--max-attempts', '1', '--parallel', `${stories.length}`];
    const { document } = await project.ralph(folder, '--detach', ...flags);
    const { run_id: runId, workflow_id: rootId } = document as RunDocument & {
      workflow_id: string;
    };
    const operator = await Operator.at(project.home);
    const run = new OperatedRun(project, operator, { folder, runId, rootId });
    await until('the commands run', async () =>
      stories.every((_, index) => run.inLane('.starts', index + 1).length > 0),
    );
    return run;
  }

  get storyId(): string {
    return `${this.rootId}/${this.runId}/US-001/1`;
  }

  get agentId(): string {
    return `${this.storyId}/agent`;
  }

  /** Id of the command's activity. */
  async commandId(): Promise<string> {
    return until('the command is pending', () =>
      this.operator.pending(this.agentId, 'executeTool'),
    );
  }

  /** How often the command began. */
  starts(): number {
    return this.inLane('.starts').length;
  }

  /** Lines of an ignored file of the lane. */
  inLane(name: string, lane = 1): string[] {
    const workspaces = join(this.project.home, 'workspaces');
    if (!existsSync(workspaces)) return [];
    const file = join(this.laneOf(workspaces, lane), name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  private laneOf(workspaces: string, number: number): string {
    for (const repository of readdirSync(workspaces)) {
      const lane = join(workspaces, repository, this.runId, `lane-${number}`, 'tree');
      if (existsSync(lane)) return lane;
    }
    return workspaces;
  }

  /** SIGKILL of the worker; gives back when another one polls. */
  async killWorker(): Promise<void> {
    const [pid = 0] = await runningPids(this.project.home, ['worker']);
    process.kill(pid, 'SIGKILL');
    await until('another worker works', async () => {
      const [next] = await runningPids(this.project.home, ['worker']);
      return next !== undefined && next !== pid;
    });
  }

  /** `runs show --json`. */
  async show(): Promise<RunDocument & { readonly standstill: { readonly reason: string } | null }> {
    const { stdout } = await this.project.run(this.folder, 'runs', 'show', this.runId, '--json');
    return JSON.parse(stdout) as RunDocument & { readonly standstill: { readonly reason: string } };
  }

  /** The line of this run in `runs list`. */
  async listed(): Promise<string> {
    const { stdout } = await this.project.run(this.folder, 'runs', 'list');
    return stdout.split('\n').find((line) => line.includes(this.runId)) ?? '';
  }

  resume(): ReturnType<RalphProject['run']> {
    return this.project.run(this.folder, 'runs', 'resume', this.runId);
  }

  /** Waits for the end and gives it. */
  async end(): Promise<RunDocument> {
    await this.operator.close();
    const { stdout } = await this.project.run(this.folder, 'attach', this.runId, '--json');
    return JSON.parse(stdout) as RunDocument;
  }

  /** What must hold at the end of every run, whatever an operator did: what the command left, and who was there beside it. */
  outcome(document: RunDocument): object {
    return {
      status: document.status,
      trace: this.project.git(this.folder, 'show', `${document.branch}:trace.log`).split('\n'),
      besides: this.inLane('.two'),
    };
  }
}
