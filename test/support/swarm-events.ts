import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RalphProject } from './ralph-project.js';

/** Types of the events that a run wrote, in the order of its file; with the subtask where one has it. */
export function eventTypes({ home }: RalphProject, run: string): string[] {
  const folder = join(home, 'events');
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.includes(run),
  );
  if (file === undefined) throw new Error(`no events of run ${run} in ${folder}`);
  return readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { type, story } = JSON.parse(line) as { type: string; story?: string };
      return `${type} ${story ?? ''}`.trim();
    });
}
