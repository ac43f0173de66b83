import { describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { killWhileOpen, random } from '../support/kill-random.js';
import { askDeepQuestion, deepOutcome, deepScript } from '../support/rlm-deep-question.js';
import { settledAndRepeated, type Kill } from '../support/settled-calls.js';
import { useScriptedProject } from '../support/scripted-project.js';

const KILLS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261128);

const scripted = useScriptedProject(deepScript, 60);
const start = (): Promise<string> => askDeepQuestion(scripted.project);
const outcome = (runId: string): Promise<object> => deepOutcome(scripted.project, runId);

describe('a question of ten messages and two levels', () => {
  it.each([['worker'], ['temporal'], ['worker and temporal']])(
    'under SIGKILL of %s: no settled call repeated, the same answer, the state that its journal leads to',
    async (role) => {
      const undisturbed = await outcome(await start());
      expect(undisturbed).toMatchObject({
        status: 'passed',
        iterations: 10,
        toolCalls: 3,
        depth: 2,
      });
      const next = random(SEED + role.length);
      let done = 0;
      let runs = 0;
      while (done < KILLS) {
        const from = scripted.model.requests.length;
        const runId = await start();
        runs += 1;
        const kills: Kill[] = await killWhileOpen(scripted.project.home, runId, {
          roles: role.split(' and '),
          model: scripted.model,
          pause: () => 200 + next() * 1200,
          most: KILLS - done,
        });
        done += kills.length;
        expect(await outcome(runId)).toEqual(undisturbed);
        const requests = scripted.model.requests.slice(from);
        expect(
          settledAndRepeated(
            requests,
            kills,
            ({ prompt, turn }) => `${prompt.slice(0, 40)} turn ${turn}`,
          ),
        ).toEqual([]);
      }
      process.stdout.write(`${role}: ${done} kills in ${runs} runs\n`);
    },
  );
});
