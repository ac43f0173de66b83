import { describe, expect, it } from 'vitest';
import { isRoot } from '../support/rlm-project.js';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { searchingModel } from '../support/searching-model.js';

/** Small enough that a dozen turns fill it. */
const WINDOW = 16_000;
const FILLING_TURNS = 30;
const MOST_CALLS = 3;

const SERVICES =
  'plum quince medlar sloe damson cherry apricot peach lemon orange lime fig date olive walnut hazel almond pecan cashew pine'.split(
    ' ',
  );
const PROPERTIES = ['staging port', 'owner code', 'retry limit', 'shard key'];

/** Twenty facts: where each stands, and what is asked for it later. */
const FACTS = SERVICES.map((service, index) => {
  const property = PROPERTIES[index % PROPERTIES.length] ?? '';
  const value = `v${(index * 7919 + 104_729) % 100_003}`;
  return {
    value,
    line: `The ${property} of service ${service} is ${value}, as of today.`,
    question: `What is the ${property} of the service ${service}?`,
  };
});

/** Lines like those of a build: they say nothing, in many words. */
const noise = (turn: number): string =>
  Array.from(
    { length: 24 },
    (_, line) =>
      `[step ${turn}.${line}] compiled module-${turn}-${line} of the service in ${line + 3} ms, port of entry unchanged, owner none`,
  ).join('\n');

/** A fact is in the output of a command, or in what the agent says itself. */
function plant(turn: number): ScriptedReply {
  const fact = FACTS[turn]?.line ?? '';
  const [before, after] = [noise(turn), noise(turn + 100)];
  const isSaid = turn % 4 === 3;
  const shown = bash(`cat <<'END'\n${isSaid ? before : `${before}\n${fact}\n${after}`}\nEND`);
  return isSaid ? { ...shown, content: `I note it.\n${fact}\nNow the next one.` } : shown;
}

function script(task: ModelTask): ScriptedReply {
  if (isRoot(task)) return searchingModel(task);
  if (isShortening(task)) return { content: 'Done: looked at services.' };
  // its conversation is shortened, so it does not tell its turns; a call that is sent again is the same one
  return agent(new Set(requestsOfAgent().map(({ digest }) => digest)).size - 1);
}

function agent(turn: number): ScriptedReply {
  if (turn < FACTS.length) return plant(turn);
  if (turn < FACTS.length + FILLING_TURNS) return bash(`cat <<'END'\n${noise(turn)}\nEND`);
  const question = FACTS[turn - FACTS.length - FILLING_TURNS]?.question;
  if (question !== undefined) return { calls: [{ name: 'recall', arguments: { question } }] };
  return turn === 2 * FACTS.length + FILLING_TURNS ? write('feature-1.txt', 'ok\n') : done();
}

const scripted = useScriptedProject(script, 0, WINDOW);

const isShortening = ({ prompt }: ModelTask): boolean => prompt.startsWith("The agent's task:");

const requestsOfAgent = () =>
  scripted.model.requests.filter(({ task }) => task.story === 'US-001' && !isShortening(task));

describe('an agent whose conversation was shortened again and again', () => {
  it('recalls twenty of twenty facts that it is no longer shown, each with its quotation, in at most three calls', async () => {
    const { project, model } = scripted;
    const folder = project.repository({ stories: [{ id: 'US-001' }] });
    const { code, document } = await project.ralph(folder, '--max-turns', '100');
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    const agentRequests = requestsOfAgent();
    const shortenings = model.requests.filter(({ task }) => isShortening(task));
    expect(shortenings.length).toBeGreaterThan(1);
    const first = agentRequests[FACTS.length + FILLING_TURNS];
    expect(FACTS.filter(({ value }) => first?.shown.includes(value))).toEqual([]);
    const recalled = FACTS.map(({ question, line, value }, index) => {
      const calls = model.requests.filter(
        ({ task }) => isRoot(task) && task.prompt.startsWith(`Question: ${question}\n`),
      ).length;
      const heard = agentRequests[FACTS.length + FILLING_TURNS + index + 1]?.task.heard ?? '';
      const [answer = '', quotes = ''] = heard.split('found byte for byte:\n');
      return {
        value,
        isAnswered: answer.includes(value),
        isQuoted: /^line \d+: (?:.*\] )?(.*)$/.exec(quotes.trim())?.[1] === line,
        isCheap: calls > 0 && calls <= MOST_CALLS,
      };
    });
    expect(recalled).toEqual(
      FACTS.map(({ value }) => ({ value, isAnswered: true, isQuoted: true, isCheap: true })),
    );
  });
});
