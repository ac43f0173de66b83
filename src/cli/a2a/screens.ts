import {
  partsText,
  visibleLine,
  type RemoteArtifact,
  type RemoteTask,
} from '../../domain/index.js';
import type { AgentEvent, AgentTaskPage, ShownCard } from '../../upkeep/index.js';
import { formatTable } from '../output.js';

const MOST_TEXT = 64 * 1024;
const LINE = 200;

/** A card for people. Pure. */
export function cardScreen(card: ShownCard): string {
  const { name, version, description, interfaces, skills, extensions, streaming, push } = card;
  const can = [streaming ? 'streams' : 'does not stream', push ? 'pushes' : 'does not push'];
  return [
    `${name} ${version}`.trim(),
    ...(description === '' ? [] : [description]),
    can.join(', '),
    formatTable(interfaces.map((one) => [one.transport, one.version, one.url])),
    ...(extensions.length === 0 ? [] : [`extensions: ${extensions.join(', ')}`]),
    ...(skills.length === 0
      ? ['no skills']
      : [
          formatTable([
            ['SKILL', 'NAME', 'WHAT'],
            ...skills.map((one) => [one.id, one.name, one.description]),
          ]),
        ]),
  ].join('\n');
}

/** A task for people. Pure. */
export function taskScreen(task: RemoteTask): string {
  const head = task.taskId === '' ? 'answer' : `task ${line(task.taskId)}: ${task.state}`;
  const context = task.contextId === '' ? '' : ` (context ${line(task.contextId)})`;
  return [`${head}${context}`, cut(partsText(task.said)), ...task.artifacts.map(artifactScreen)]
    .filter((part) => part !== '')
    .join('\n');
}

function artifactScreen({ artifactId, name, parts }: RemoteArtifact): string {
  return `--- ${line(name || artifactId)}\n${cut(partsText(parts))}`;
}

function cut(text: string): string {
  if (text.length <= MOST_TEXT) return text;
  return `${text.slice(0, MOST_TEXT)}\n[… ${text.length - MOST_TEXT} characters more: --json shows them …]`;
}

function line(text: string): string {
  return visibleLine(text).slice(0, LINE);
}

/** Tasks for people. Pure. */
export function listScreen({ tasks, total, nextPageToken }: AgentTaskPage): string {
  if (tasks.length === 0) return 'no tasks';
  const rows = tasks.map((task) => [
    line(task.taskId),
    task.state,
    line(task.at),
    line(task.contextId),
    line(partsText(task.said)),
  ]);
  const more = nextPageToken === '' ? [] : [`more: --page-token ${line(nextPageToken)}`];
  return [
    formatTable([['TASK', 'STATE', 'SINCE', 'CONTEXT', 'SAYS'], ...rows]),
    `${tasks.length} of ${total}`,
    ...more,
  ].join('\n');
}

/** One event for people; undefined = nothing to show. Pure. */
export function eventLine(event: AgentEvent): string | undefined {
  const number = event.seq === undefined ? '' : `${event.seq} `;
  switch (event.kind) {
    case 'task':
      return `${number}task ${line(event.task.taskId)}: ${event.task.state} ${line(partsText(event.task.said))}`.trim();
    case 'status':
      return `${number}${event.state} ${line(partsText(event.said))}`.trim();
    case 'artifact':
      return `${number}artifact ${line(event.artifact.name || event.artifact.artifactId)}`;
    case 'message':
      return `${number}${event.message.role}: ${line(partsText(event.message.parts))}`;
  }
}

/** A task as a document. */
export function taskDocument(task: RemoteTask): Record<string, unknown> {
  return {
    task_id: task.taskId,
    context_id: task.contextId,
    state: task.state,
    text: partsText(task.said),
    at: task.at,
    artifacts: task.artifacts.map(artifactDocument),
    history: task.history.map(({ role, parts }) => ({ role, parts })),
  };
}

function artifactDocument({ artifactId, name, description, parts }: RemoteArtifact) {
  return { artifact_id: artifactId, name, description, parts };
}

/** An event as a document of one line. */
export function eventDocument(event: AgentEvent): Record<string, unknown> {
  const seq = event.seq ?? null;
  switch (event.kind) {
    case 'task':
      return { seq, kind: event.kind, task: taskDocument(event.task) };
    case 'status': {
      const { taskId, state, said, at } = event;
      return { seq, kind: event.kind, task_id: taskId, state, text: partsText(said), at };
    }
    case 'artifact': {
      const { taskId, artifact, isAppended } = event;
      const document = artifactDocument(artifact);
      return { seq, kind: event.kind, task_id: taskId, artifact: document, append: isAppended };
    }
    case 'message':
      return { seq, kind: event.kind, message: event.message };
  }
}
