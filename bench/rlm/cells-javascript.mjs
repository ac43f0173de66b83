// The fixed strategies as cells of our REPL: probe, cut, ask, vote, finish.

/** Two cells for a task. `plan`: alone = asks nobody, flat = asks models, split = asks REPLs of their own, `levels` deep. */
export function javascriptCells(given) {
  if (given.type in FIGURES) return FIGURES[given.type];
  const make = given.type === 'SUB' ? subCell : PROGRAMS[given.type];
  const probe =
    given.type === 'X1'
      ? `print((await llm_query("QUOTE\\n" + grep(${text(given.key)}).map((line) => line.text).join("\\n"))))`
      : 'print(head(2))';
  return [given.plan === 'alone' ? 'print(head(2))' : probe, make(given)];
}

const text = JSON.stringify;

/** Labels of the lines of pieces, by vote. */
function asking({ plan, levels = 0 }, kind, readings) {
  if (plan === 'alone') return 'const labelsOf = async () => ({});';
  const ask =
    plan === 'split' && levels > 0
      ? `rlm_query(${text(subQuestion(kind, levels))}.replace("READINGS", ${readings}), {context: piece})`
      : `llm_query("LABEL ${kind} reading " + reading + "\\n" + piece)`;
  const each = plan === 'split' && levels > 0 ? 1 : readings;
  return `const labelsOf = async (pieces) => {
  const asked = pieces.flatMap((piece) => Array.from({length: ${each}}, (_, reading) => ${ask}));
  const votes = {};
  for (const reply of await Promise.all(asked))
    for (const [, id, label] of String(reply).matchAll(/\\b([0-9a-f]{8})=(\\w+)/g)) {
      votes[id] = votes[id] || {};
      votes[id][label] = (votes[id][label] || 0) + 1;
    }
  return Object.fromEntries(Object.keys(votes).map((id) => [id, Object.entries(votes[id]).sort((a, b) => b[1] - a[1])[0][0]]));
};
const inPieces = (found, size = 25) => Array.from({length: Math.ceil(found.length / size)}, (_, at) => found.slice(at * size, (at + 1) * size).join("\\n"));`;
}

function subQuestion(kind, levels, want = 'labels') {
  const given = { type: 'SUB', form: 'js', plan: 'split', kind, want, levels: levels - 1 };
  return `BENCH ${text({ ...given, readings: 'READINGS' }).replace('"READINGS"', 'READINGS')} Say the ${kind} of each line.`;
}

function subCell({ kind, want, levels, readings }) {
  if (want === 'counts')
    return `${counting({ plan: 'split', levels })}
FINAL(Object.entries(counts).map(([label, count]) => label + " " + count).join("\\n"));`;
  return `${asking({ plan: 'split', levels }, kind, readings)}
const found = lines().filter((line) => line !== "");
const labels = await labelsOf(${levels > 0 ? 'inPieces(found, Math.ceil(found.length / 2))' : 'inPieces(found)'});
FINAL(Object.entries(labels).map(([id, label]) => id + "=" + label).join(" "));`;
}

/** Counts of topics over the whole input, at most 200 pieces of it. */
function counting({ plan, levels = 0 }) {
  if (plan === 'alone') return 'const counts = {billing: 1};';
  if (plan === 'split' && levels > 0)
    return `const parts = chunks(Math.max(${levels > 1 ? 2 : 4}, Math.ceil(context.length / 200000)));
const replies = await Promise.all(parts.map((part) => rlm_query(${text(subQuestion('topic', levels, 'counts'))}.replace("READINGS", 1), {context: part.text})));
const counts = {};
for (const reply of replies) for (const [, label, count] of String(reply).matchAll(/^(\\w+) (\\d+)$/gm)) counts[label] = (counts[label] || 0) + Number(count);`;
  return `const all = chunks();
const step = Math.max(1, Math.ceil(all.length / 200));
const replies = await Promise.all(all.filter((_, index) => index % step === 0).map((part) => llm_query("LABEL topic reading 0\\n" + part.text)));
const counts = {};
for (const reply of replies) for (const [, label] of reply.matchAll(/\\b[0-9a-f]{8}=(\\w+)/g)) counts[label] = (counts[label] || 0) + 1;`;
}

const valueCell = ({ key }) =>
  `const found = grep(${text(`${key} has the value`)});
const value = found.length === 0 ? null : /has the value (v\\d+)/.exec(found[0].text)[1];
FINAL(value === null ? "NOT IN THE INPUT" : value, value === null ? {} : {evidence: [found[0]]});`;

const PROGRAMS = {
  N1: valueCell,
  D1: valueCell,
  X1: valueCell,
  N2: (given) => `${asking(given, 'state', 3)}
const found = grep(${text(`${given.key} opens with`)}).map((line) => line.text);
const labels = await labelsOf([found.join("\\n")]);
const open = found.filter((line) => ${given.plan === 'alone' ? 'true' : 'labels[line.slice(1, 9)] === "current"'});
FINAL(open.map((line) => /opens with (v\\d+)/.exec(line)[1]).join(" "));`,
  A1: (given) => `${counting(given)}
FINAL(Object.entries(counts).sort((a, b) => b[1] - a[1])[0][0]);`,
  A2: (given) => `${asking(given, 'topic', 3)}
const found = grep(${text(` ${given.user} `)}, {limit: 500}).map((line) => line.text);
const labels = await labelsOf(${given.plan === 'alone' ? '[]' : 'inPieces(found)'});
FINAL(String(${given.plan === 'alone' ? 'Math.round(found.length / 4)' : `found.filter((line) => labels[line.slice(1, 9)] === ${text(given.label)}).length`}));`,
  P1: (given) => `${asking(given, 'topic', 3)}
const found = grep(" p1\\\\d ", {limit: 500}).map((line) => line.text);
const labels = await labelsOf(${given.plan === 'alone' ? '[]' : 'inPieces(found)'});
const counts = {};
for (const line of found) {
  const user = / (p1\\d) /.exec(line)[1], label = labels[line.slice(1, 9)] || "billing";
  counts[user] = counts[user] || {};
  counts[user][label] = (counts[user][label] || 0) + 1;
}
const of = (label) => Object.keys(counts).filter((user) => Object.entries(counts[user]).sort((a, b) => b[1] - a[1])[0][0] === label);
FINAL(of(${text(given.first)}).flatMap((left) => of(${text(given.second)}).map((right) => left + "-" + right)).join(" "));`,
  H1: ({ key }) => `let at = ${text(key)}, value = null;
for (let hop = 0; hop < 10; hop += 1) {
  const next = grep(at + " is kept at key-");
  if (next.length === 0) break;
  at = /is kept at (key-\\w+)/.exec(next[0].text)[1];
}
const end = grep(at + " has the value");
FINAL(end.length === 0 ? "NOT IN THE INPUT" : /has the value (v\\d+)/.exec(end[0].text)[1]);`,
  L1: () => `const causes = grep("^\\\\S+ ERROR ", {limit: 1000}).map((line) => /cause-\\w+/.exec(line.text)[0]);
FINAL(causes[0] + " " + causes.filter((cause) => cause === causes[0]).length);`,
  C1: ({ name }) => `const found = grep(${text(`\\b${name}\\(`)}).flatMap((line) => {
  const call = /^function (\\w+)\\(x\\) \\{ return (\\w+)\\(/.exec(line.text);
  return call !== null && call[2] === ${text(name)} ? [call[1]] : [];
});
FINAL(found.join(" "));`,
};

const LONG = '"x".repeat(3900)';

/** Cells of the figures that are no tasks. */
const FIGURES = {
  LOOP: [
    'print(head(2))',
    `const answers = [];
for (let index = 0; index < 50; index += 1) {
  const answer = await llm_query("Say yes. " + index);
  answers.push(answer);
}
FINAL(answers.length + " answers")`,
  ],
  WAVES: [
    'print(head(2))',
    `let said = 0;
for (let wave = 0; wave < 5; wave += 1)
  said += (await Promise.all(Array.from({length: 10}, (_, index) => llm_query("Say yes. " + wave + " " + index + " " + said)))).length;
FINAL(said + " answers")`,
  ],
  SPEND: [
    'print(head(2))',
    `const ends = await Promise.allSettled(Array.from({length: 100}, (_, index) => llm_query("Say yes. " + index + ${LONG}, {max_tokens: 50})));
FINAL(ends.filter(({status}) => status === "fulfilled").length + " answers")`,
  ],
  SCAN: [
    'print(head(2))',
    'print(1)',
    'print(2)',
    'print(count("nothing like this"))',
    'print(count("key-[0-9a-f]+ has the value"))',
    'FINAL(String(count("has the value")))',
  ],
  COMMON: [
    'print(head(2))',
    'print(grep("INFO"))',
    'print(grep("INFO", {limit: 100000}))',
    'FINAL(String(count("INFO")))',
  ],
};
