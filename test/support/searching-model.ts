import { js } from './rlm-project.js';
import type { ModelTask, ScriptedReply } from './scripted-model.js';

/** Words that say nothing about what is asked. */
const EMPTY_WORDS = 'the and was were what which that this does did for with from how has had have';

/**
 * A model that knows nothing and has one way to search: the line that holds most of the words of the question, of those that do not ask it.
 * It looks first and answers then, with the line as its quotation.
 */
export function searchingModel({ prompt, turn }: ModelTask): ScriptedReply {
  const question = /^Question: (.*)/.exec(prompt)?.[1] ?? '';
  return js(
    turn === 0
      ? `const asked = ${JSON.stringify(question)};
const empty = new Set(${JSON.stringify(EMPTY_WORDS)}.split(" "));
const words = [...new Set(asked.toLowerCase().match(/[a-z0-9]{3,}/g))].filter((word) => !empty.has(word));
const found = grep(words.join("|"), {flags: "i", limit: 10000});
const score = ({text}) => text.includes(asked) ? 0 : words.filter((word) => text.toLowerCase().includes(word)).length;
const best = found.reduce((one, other) => score(other) > score(one) ? other : one, found[0]);
print(best)`
      : 'FINAL("It was said: " + best.text, {evidence: [best]})',
  );
}
