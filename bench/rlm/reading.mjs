// What a reader of some lines answers. With `see` and `labelOf` that never err it gives the truth of a task.
import { ABSENT } from './tasks.mjs';
import { LABELS } from './labels.mjs';

/** The answer to a task from the lines of `text`; `reader` says which lines are seen and what they are about. */
export function answerFrom(given, text, reader) {
  const lines = text.split('\n').filter((line) => line !== '' && reader.see(line));
  return READERS[given.type](given, lines, reader);
}

/** Lines that a reader of a part would note down for the question; A1 is noted as counts. */
export function notesFrom(given, text, reader) {
  const lines = text.split('\n').filter((line) => line !== '' && reader.see(line));
  if (given.type === 'A1') return `counts ${JSON.stringify(topics(lines, reader))}`;
  const kind = given.type === 'N2' ? 'state' : 'topic';
  const isLabelled = ['N2', 'A2', 'P1'].includes(given.type);
  return lines
    .filter((line) => MATTERS[given.type](given, line))
    .map((line) => (isLabelled ? `${line} [${labelAt(line, kind, reader)}]` : line))
    .join('\n');
}

const MATTERS = {
  N1: hasKey,
  N2: hasKey,
  A2: ({ user }, line) => line.includes(` ${user} `),
  P1: (_, line) => / p1\d /.test(line),
  H1: hasKey,
  L1: (_, line) => line.includes(' ERROR '),
  C1: ({ name }, line) => line.includes(name),
  D1: hasKey,
  X1: hasKey,
};

function hasKey({ key }, line) {
  return line.includes(key);
}

const READERS = {
  N1: valueOf,
  D1: valueOf,
  X1: valueOf,
  N2({ key }, lines, reader) {
    return lines
      .filter((line) => line.includes(`${key} opens with `))
      .filter((line) => labelAt(line, 'state', reader) === 'current')
      .map((line) => /opens with (v\d+)/.exec(line)[1])
      .join(' ');
  },
  A1(_, lines, reader) {
    const counts = topics(lines, reader);
    return LABELS.topic.reduce((best, label) => (counts[label] > counts[best] ? label : best));
  },
  A2({ user, label }, lines, reader) {
    const own = lines.filter((line) => line.includes(` ${user} `));
    return String(own.filter((line) => labelAt(line, 'topic', reader) === label).length);
  },
  P1({ first, second }, lines, reader) {
    const counts = {};
    for (const line of lines) {
      const user = / (p1\d) /.exec(line)?.[1];
      if (user === undefined) continue;
      const label = labelAt(line, 'topic', reader);
      counts[user] = { ...counts[user], [label]: (counts[user]?.[label] ?? 0) + 1 };
    }
    const of = (label) =>
      Object.keys(counts).filter(
        (user) => Object.entries(counts[user]).toSorted((a, b) => b[1] - a[1])[0][0] === label,
      );
    return of(first)
      .flatMap((left) => of(second).map((right) => `${left}-${right}`))
      .join(' ');
  },
  H1({ key }, lines) {
    let at = key;
    for (let hop = 0; hop < 10; hop += 1) {
      const next = found(lines, `${at} is kept at (key-\\w+)`);
      if (next === null) break;
      at = next;
    }
    return valueOf({ key: at }, lines);
  },
  L1(_, lines) {
    const causes = lines.flatMap((line) => /^\S+ ERROR .*(cause-\w+)/.exec(line)?.[1] ?? []);
    const [first] = causes;
    return first === undefined
      ? ABSENT
      : `${first} ${causes.filter((cause) => cause === first).length}`;
  },
  C1({ name }, lines) {
    const call = new RegExp(`^function (\\w+)\\(x\\) \\{ return ${name}\\(`);
    return lines.flatMap((line) => call.exec(line)?.[1] ?? []).join(' ');
  },
};

function valueOf({ key }, lines) {
  return found(lines, `${key} has the value (v\\d+)`) ?? ABSENT;
}

function found(lines, pattern) {
  const wanted = new RegExp(pattern);
  return lines.flatMap((line) => wanted.exec(line)?.[1] ?? [])[0] ?? null;
}

function topics(lines, reader) {
  const counts = Object.fromEntries(LABELS.topic.map((label) => [label, 0]));
  const add = (label, count) => {
    if (label in counts) counts[label] += count;
  };
  for (const line of lines) {
    if (line.startsWith('counts '))
      for (const [label, count] of Object.entries(JSON.parse(line.slice(7)))) add(label, count);
    else if (line.startsWith('#')) add(labelAt(line, 'topic', reader), 1);
  }
  return counts;
}

/** The label that a note says, else what the reader thinks. */
function labelAt(line, kind, reader) {
  return / \[(\w+)\]$/.exec(line)?.[1] ?? reader.labelOf(kind, line.slice(1, 9));
}
