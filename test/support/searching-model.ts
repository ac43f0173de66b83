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

/**
 * A model that looks for a first fault in one way: from the last line that tells of a failure it takes the names of files, looks for the
 * first failure that names one of them, and goes on from there until it comes to nothing earlier. It knows nothing of the run.
 */
export function tracingModel({ turn }: ModelTask): ScriptedReply {
  return js(
    turn === 0
      ? `const isFault = /fail|error|cannot|denied|timeout|exit [1-9]/i;
const faults = grep(isFault, {limit: 10000}).filter(({text}) => /^\\d{4}-/.test(text));
const namesIn = ({text}) => (text.match(/[\\w-]+\\.(?:lock|db|json|toml|conf|js|ts)\\b/g) ?? []);
let first = faults.findLast((line) => namesIn(line).length > 0);
const names = new Set(first ? namesIn(first) : []);
for (let before; before !== first;) {
  before = first;
  first = faults.find((line) => namesIn(line).some((name) => names.has(name))) ?? first;
  namesIn(first).forEach((name) => names.add(name));
}
const said = [...names].flatMap((name) => grep(name.replace(".", "[.]"), {limit: 10000})).find(({text}) => !/^(\\d{4}-|===)/.test(text));
print(faults.length, first, said)`
      : 'FINAL("It began with: " + first.text, {evidence: [first, said]})',
  );
}
