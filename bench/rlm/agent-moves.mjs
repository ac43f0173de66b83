// The fixed strategies as tool calls of a coding agent: grep what can be found, read what has to be judged in pieces, keep notes in a file,
// count with bash. What it does next follows from the messages in its window alone; what was cut from them is lost to it.
import { ABSENT } from './tasks.mjs';

const INPUT = 'input.txt';
/** Its notes: a line "id label" for each line that it judged. Removed by the command that counts. */
const NOTES = 'labels.tmp';
/** Lines of one look: in a window of 8,192 tokens some six looks fit beside the tools. */
const FOUND_AT_ONCE = 25;
const LINES_AT_ONCE = 40;
/** As others ask about every n-th piece of a large input. */
const MOST_LOOKS = 30;
/** Questions by vote are read so often, as others ask so often. */
const READINGS = 3;

const KINDS = { N2: 'state', A1: 'topic', A2: 'topic', P1: 'topic' };

/** What the agent says next: text, and calls of tools; none = its answer. `reader` labels what it sees. */
export function nextMove(given, messages, reader) {
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  const said = last < 0 ? null : messages[last];
  const seen = messages
    .slice(last + 1)
    .filter(({ role }) => role === 'tool')
    .map(({ content }) => textOf(content))
    .join('\n');
  if (given.type in KINDS) return judging(given, { said, seen, reader });
  return FINDERS[given.type](given, said === null ? null : seen);
}

/** Notes for itself when its conversation is shortened: where it stands is in the last turn, which stays. */
export const SUMMARY =
  'Done: looks before the last one are judged, their labels are in labels.tmp. Known: the input is input.txt. Failed: nothing. Next: go on behind the last look.';

function textOf(content) {
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('\n');
}

const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const answer = (content) => ({ content, calls: [] });
const bash = (command) => ({ name: 'bash', arguments: { command } });
const call = (name, given) => ({ content: '', calls: [{ name, arguments: given }] });
const grep = (pattern) => call('grep', { pattern, path: INPUT });

/** The last line that a command printed for it to say. */
function printed(text) {
  const found = /^answer:(.*)$/m.exec(text)?.[1].trim();
  return found === '' ? 'none' : (found ?? ABSENT);
}

/** One command that prints the answer. */
const byCommand = (commandOf) => (given, seen) =>
  seen === null ? call('bash', { command: commandOf(given) }) : answer(printed(seen));

function findValue({ key }, seen) {
  if (seen === null) return grep(`${key} has the value`);
  return answer(new RegExp(`${key} has the value (v\\d+)`).exec(seen)?.[1] ?? ABSENT);
}

const FINDERS = {
  N1: findValue,
  D1: findValue,
  // the line that says what to do comes into its window, as it comes into that of the one that writes code
  X1: ({ key }, seen) => (seen === null ? grep(key) : findValue({ key }, seen)),
  H1({ key }, seen) {
    const next = seen === null ? key : /is kept at (key-\w+)/.exec(seen)?.[1];
    if (next !== undefined) return grep(`${next} (is kept at|has the value)`);
    return answer(/has the value (v\d+)/.exec(seen)?.[1] ?? ABSENT);
  },
  L1: byCommand(
    () =>
      `grep -E '^[^ ]+ ERROR ' ${INPUT} | grep -oE 'cause-[0-9a-z]+' | awk 'NR == 1 {first = $0} $0 == first {n++} END {print "answer: " first, n}'`,
  ),
  C1: byCommand(
    ({ name }) =>
      `grep -oE ${quoted(`^function [A-Za-z0-9_]+\\(x\\) \\{ return ${name}\\(`)} ${INPUT} | awk '{sub(/\\(.*/, "", $2); names = names " " $2} END {print "answer:" names}'`,
  ),
};

/** Looks at piece after piece, notes labels, and counts at the end. */
function judging(given, { said, seen, reader }) {
  const source = SOURCES[given.type](given);
  if (said === null) return { content: 'How many lines?', calls: [bash(source.size)] };
  const text = textOf(said.content ?? '');
  if (text.startsWith(ALL_SEEN)) return answer(printed(seen));
  const at = placeIn(text);
  const next = at === null ? beginning(given, seen) : behind(at);
  const notes = at === null ? '' : notesOf(given, seen, reader);
  if (next === null) return { content: `${ALL_SEEN}.`, calls: [bash(`${notes}${source.end}`)] };
  const { piece, pieces, reading, readings, lines } = next;
  const content = `Piece ${piece} of ${pieces} in ${lines} lines, reading ${reading} of ${readings}.`;
  return { content, calls: source.look(next, notes) };
}

const ALL_SEEN = 'All pieces are judged';

/** Where its last message says that it is; null = it has not begun to look. */
function placeIn(text) {
  const found = /^Piece (\d+) of (\d+) in (\d+) lines, reading (\d+) of (\d+)/.exec(text);
  if (found === null) return null;
  const [piece, pieces, lines, reading, readings] = found.slice(1).map(Number);
  return { piece, pieces, lines, reading, readings };
}

function beginning({ type }, seen) {
  const lines = Number(/^\s*(\d+)/.exec(seen)?.[1] ?? 0);
  const atOnce = type === 'A1' ? LINES_AT_ONCE : FOUND_AT_ONCE;
  const pieces = Math.min(MOST_LOOKS, Math.max(1, Math.ceil(lines / atOnce)));
  return { piece: 1, pieces, lines, reading: 1, readings: type === 'A1' ? 1 : READINGS };
}

function behind({ piece, reading, ...plan }) {
  if (piece < plan.pieces) return { ...plan, piece: piece + 1, reading };
  return reading < plan.readings ? { ...plan, piece: 1, reading: reading + 1 } : null;
}

/** Writes down what it thinks of the lines that it was just shown; empty where it was shown none. */
function notesOf({ type }, seen, reader) {
  const labels = [...seen.matchAll(/(?:^|\t)#([0-9a-f]{8}) /gm)].map(
    ([, id]) => `${id} ${reader.labelOf(KINDS[type], id)}`,
  );
  return labels.length === 0 ? '' : `cat >> ${NOTES} <<'E'\n${labels.join('\n')}\nE\n`;
}

/** The label that most readings gave, a line "id label" for each line of the input. */
const VOTE = `sort ${NOTES} | uniq -c | sort -k2,2 -k1,1nr | awk '$2 != last {last = $2; print $2, $3}' > voted.tmp`;
const LABEL_OF = `awk 'NR == FNR {label[$1] = $2; next} {id = substr($1, 2)}`;
const MOST = `sort | uniq -c | sort -k2,2 -k1,1nr | awk '$2 != last {last = $2; print $2, $3}'`;
const CLEAN = `rm -f ${NOTES} voted.tmp`;

const SOURCES = {
  N2: ({ key }) =>
    judged(
      `grep -F ${quoted(`${key} opens with`)} ${INPUT}`,
      `${LABEL_OF} label[id] == "current" {codes = codes " " $NF} END {print "answer:" codes}' voted.tmp -`,
    ),
  A2: ({ user, label }) =>
    judged(
      `grep -F ${quoted(` ${user} `)} ${INPUT}`,
      `${LABEL_OF} label[id] == "${label}" {n++} END {print "answer: " n + 0}' voted.tmp -`,
    ),
  P1: ({ first, second }) =>
    judged(
      `grep -E ' p1[0-9] ' ${INPUT}`,
      `${LABEL_OF} id in label {print $3, label[id]}' voted.tmp - | ${MOST} | awk '$2 == "${first}" {a[++n] = $1} $2 == "${second}" {b[++m] = $1} END {for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) text = text " " a[i] "-" b[j]; print "answer:" text}'`,
    ),
  A1: () => ({
    size: `wc -l < ${INPUT}`,
    // every n-th piece where there are many
    look({ piece, pieces, lines }, notes) {
      const offset = Math.floor(((piece - 1) * lines) / pieces) + 1;
      const read = { name: 'read_file', arguments: { path: INPUT, offset, limit: LINES_AT_ONCE } };
      return notes === '' ? [read] : [bash(notes), read];
    },
    end: `awk '{n[$2]++} END {for (label in n) print n[label], label}' ${NOTES} | sort -rn | awk 'NR == 1 {print "answer: " $2}'\n${CLEAN}`,
  }),
};

/** Lines that a search finds, shown in pieces; `count` makes an answer of them and of what most readings said. */
function judged(find, count) {
  return {
    size: `${find} | wc -l`,
    look({ piece }, notes) {
      const from = (piece - 1) * FOUND_AT_ONCE;
      return [bash(`${notes}${find} | sed -n '${from + 1},${from + FOUND_AT_ONCE}p'`)];
    },
    end: `${VOTE}\n${find} | ${count}\n${CLEAN}`,
  };
}
