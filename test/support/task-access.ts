import { loadConfig } from '../../src/config/index.js';
import { openTasks, type OpenTasks } from '../../src/runs/index.js';
import { describeEndpoint } from '../../src/service/ensure.js';
import type { TaskService } from '../../src/client/index.js';
import type { TaskUpdate, TaskView } from '../../src/domain/index.js';
import type { RalphProject } from './ralph-project.js';

/** Connects to the service of a project as a program of its machine does; the service is started where it does not run. */
export async function openProjectTasks(project: RalphProject): Promise<OpenTasks> {
  const environment = { ...process.env, CODETETHER_HOME: project.home };
  const config = await loadConfig({
    project: project.root,
    configFile: project.config,
    environment,
  });
  await project.run(project.root, 'up');
  const endpoint = describeEndpoint(config.home, null);
  return openTasks(config, { ...endpoint, tasksUrl: null, wasStarted: false });
}

/** A message of words, and further parts. */
export function words(text: string, ...more: TaskView['history'][number]['parts']) {
  const messageId = `message-${Math.random().toString(36).slice(2)}`;
  return { messageId, role: 'user' as const, parts: [{ kind: 'text' as const, text }, ...more] };
}

/** All updates of a task until it has ended, or until one satisfies `until`. */
export async function updatesOf(
  tasks: TaskService,
  { owner, taskId }: { readonly owner: string; readonly taskId: string },
  until: (update: TaskUpdate) => boolean = () => false,
): Promise<TaskUpdate[]> {
  const caller = { name: owner };
  const updates: TaskUpdate[] = [];
  const stop = new AbortController();
  for await (const event of tasks.follow(caller, { taskId, cursor: 0, signal: stop.signal })) {
    if (event.kind === 'gap') continue;
    updates.push(event.update);
    if (until(event.update)) break;
  }
  stop.abort();
  return updates;
}
