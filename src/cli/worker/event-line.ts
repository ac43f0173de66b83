import { visibleLine } from '../../domain/index.js';
import type { LinkEvent } from '../../platform-link/index.js';

const OUTPUT_CHARACTERS = 160;

/** An event for people, one line. Pure. */
export function eventLine(event: LinkEvent): string {
  const task = 'task' in event && event.task !== undefined ? `${event.task}  ` : '';
  return visibleLine(`${task}${wordsOf(event)}`);
}

function wordsOf(event: LinkEvent): string {
  switch (event.kind) {
    case 'registered':
      return `registered at ${event.server} as ${event.workerId}`;
    case 'connected':
      return event.held === 0
        ? 'connected, waiting for tasks'
        : `connected, holding ${tasksOf(event.held)}`;
    case 'disconnected':
      return `disconnected: ${event.reason}; again in ${(event.pauseMs / 1000).toFixed(1)} s`;
    case 'resynchronised':
      return `events were missed (${event.reason}); asked for everything anew`;
    case 'unregistered':
      return 'unregistered';
    case 'trouble':
      return `trouble [${event.code}]: ${event.reason}`;
    default:
      return taskWords(event);
  }
}

type AboutTask = Exclude<
  LinkEvent,
  {
    readonly kind:
      | 'registered'
      | 'connected'
      | 'disconnected'
      | 'resynchronised'
      | 'unregistered'
      | 'trouble';
  }
>;

function taskWords(event: AboutTask): string {
  switch (event.kind) {
    case 'claimed':
      return `claimed: ${event.title}`;
    case 'skipped':
      return `left to others: ${event.reason}`;
    case 'refused':
      return `not given to us: ${event.reason}`;
    case 'working':
      return `run ${event.run}`;
    case 'output':
      return `| ${event.text.slice(0, OUTPUT_CHARACTERS)}`;
    case 'cancelling':
      return 'cancelled on the platform; stopping';
    case 'lost':
      return `not ours any more: ${event.reason}`;
    case 'ended':
    case 'released':
      return `${event.kind}: ${event.status}`;
  }
}

/** An event for programs: snake case, with its time. Pure. */
export function eventDocument(event: LinkEvent, at: string): Record<string, unknown> {
  const fields = Object.entries(event).map(([name, value]): [string, unknown] => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value ?? null,
  ]);
  return { at, ...Object.fromEntries(fields) };
}

/** `1 task`, `3 tasks`. */
export function tasksOf(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}
