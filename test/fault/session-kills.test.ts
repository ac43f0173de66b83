import { describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { killWhileOpen, random } from '../support/kill-random.js';
import { documentOf } from '../support/session-project.js';
import { endedRun } from '../support/ended-run.js';
import { settledAndRepeated, type Kill } from '../support/settled-calls.js';
import { useScriptedProject } from '../support/scripted-project.js';

const KILLS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261129);
const STEPS = 8;

/** Eight files, one a turn; the second prompt writes eight more. */
const scripted = useScriptedProject(({ turn }) => {
  const step = turn % (STEPS + 1);
  const which = turn > STEPS ? 'second' : 'first';
  if (step === STEPS) return { content: `${which} is done` };
  const given = { path: `${which}-${step}.txt`, content: `${step}\n` };
  return { calls: [{ name: 'write_file', arguments: given }] };
}, 60);

describe('a prompt that is killed', () => {
  it.each([['worker'], ['temporal'], ['worker and temporal']])(
    'by SIGKILL of %s goes on: no settled call repeated, every file there, the next prompt behind it',
    async (role) => {
      const { project, model } = scripted;
      const next = random(SEED + role.length);
      let done = 0;
      while (done < KILLS) {
        const repository = project.repository({ stories: [] });
        const from = model.requests.length;
        const kills: Kill[] = [];
        let id = '';
        for (const words of [
          ['--agent', 'build', 'first'],
          ['-c', 'second'],
        ]) {
          const sent = await project.run(repository, 'run', ...words, '--detach', '--json');
          id = documentOf<{ session_id: string }>(sent).session_id;
          kills.push(
            ...(await killWhileOpen(project.home, id, {
              roles: role.split(' and '),
              model,
              pause: () => 200 + next() * 1200,
              most: KILLS - done,
            })),
          );
          await endedRun(project.home, id);
        }
        done += Math.max(1, kills.length);
        const shown = documentOf<{ branch: string; prompts: { answer: string; status: string }[] }>(
          await project.run(repository, 'session', 'show', id, '--json'),
        );
        expect(shown.prompts.map(({ status, answer }) => [status, answer])).toEqual([
          ['unverified', 'first is done'],
          ['unverified', 'second is done'],
        ]);
        const files = project.git(repository, 'ls-tree', '--name-only', shown.branch).split('\n');
        expect(files.filter((name) => /^(?:first|second)-\d\.txt$/.test(name)).length).toBe(
          2 * STEPS,
        );
        const requests = model.requests.slice(from);
        expect(settledAndRepeated(requests, kills, ({ turn }) => `turn ${turn}`)).toEqual([]);
      }
    },
  );
});
