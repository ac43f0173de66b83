import type { RemoteTaskInput } from '../../contracts/index.js';
import { markdownCode, markdownText, shortLine, type TaskRequest } from '../../domain/index.js';
import { startOptions } from '../start-options.js';

const TITLE_LIMIT = 160;

/** How the workflow of a task is started: once, whatever became of it. */
export function taskStart(
  {
    taskQueue,
    hasSearchAttributes,
  }: { readonly taskQueue: string; readonly hasSearchAttributes: boolean },
  { taskId, skill, owner, place, message }: TaskRequest,
) {
  const words = message.parts.find((part) => part.kind === 'text');
  const title = shortLine(words?.kind === 'text' ? words.text : `a task (${skill})`, TITLE_LIMIT);
  const input: RemoteTaskInput = { taskId, skill, title, hasSearchAttributes };
  return {
    ...startOptions({
      workflowId: `task/${taskId}`,
      taskQueue,
      input: { ...input, runId: taskId, project: 'tasks' },
      kind: 'task',
      place: placeName(place),
      about: title,
      model: null,
      details: [
        `**task** ${markdownCode(taskId)}`,
        `**skill** ${skill}`,
        `**from** ${markdownText(owner)}`,
      ],
    }),
    args: [input] as [RemoteTaskInput],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
  } as const;
}

function placeName(place: TaskRequest['place']): string {
  if (place === undefined) return '';
  if (place.kind === 'workspace') return place.name;
  return place.url;
}
