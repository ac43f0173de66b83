// The same strategies as Python for the libraries that the benchmark is run beside.

const text = JSON.stringify;

/** What each library calls its parts. */
const FORMS = {
  rlms: {
    fence: 'repl',
    begin: `text = context if isinstance(context, str) else "\\n".join(map(str, context))
lines = re.findall(r".+", text)
ask_many = lambda prompts: llm_query_batched(prompts)
ask_one = llm_query`,
    finish: (value) => `answer["content"] = ${value}\nanswer["ready"] = True`,
  },
  minrlm: {
    fence: 'python',
    begin: `text = input_0
lines = re.findall(r".+", input_0)
ask_many = lambda prompts: sub_llm_batch([(prompt, "") for prompt in prompts])
ask_one = lambda prompt: sub_llm(prompt, "")`,
    finish: (value) => `FINAL(str(${value}))`,
  },
};

/** What the root says in this turn. minrlm takes what it says first for a program, the other wants a look before. */
export function pythonCells(given, turn) {
  const form = FORMS[given.form];
  const fenced = (code) => `\`\`\`${form.fence}\n${code}\n\`\`\``;
  if (given.form === 'rlms' && turn === 0) return fenced('print(str(context)[:200])');
  // the rest of the work comes a message later, so that what was printed is read
  if (given.type === 'COMMON' && turn === (given.form === 'rlms' ? 1 : 0))
    return fenced(
      `import re\n${form.begin}\nprint("\\n".join(line for line in lines if "INFO" in line))`,
    );
  const program = PROGRAMS[given.type](given);
  return fenced(`import re\n${form.begin}\n${LABELS}\n${program}\n${form.finish('result')}`);
}

const LABELS = `def labels_of(kind, pieces, readings):
    asked = ["LABEL %s reading %d\\n%s" % (kind, r, "\\n".join(p)) for p in pieces for r in range(readings)]
    votes = {}
    for reply in (ask_many(asked) if asked else []):
        for one, label in re.findall(r"([0-9a-f]{8})=(\\w+)", str(reply)):
            votes.setdefault(one, {}).setdefault(label, 0)
            votes[one][label] += 1
    return {one: max(found, key=found.get) for one, found in votes.items()}
def in_pieces(found, size=25):
    return [found[at:at + size] for at in range(0, len(found), size)]`;

const valueProgram = ({ key }) =>
  `found = re.findall(${text(`${key} has the value (v\\d+)`)}, text)
result = found[0] if found else "NOT IN THE INPUT"`;

const PROGRAMS = {
  N1: valueProgram,
  D1: valueProgram,
  X1: (
    given,
  ) => `echo = ask_many(["QUOTE\\n" + "\\n".join(line for line in lines if ${text(given.key)} in line)])
print(echo)
${valueProgram(given)}`,
  LOOP: () => `said = [ask_one("Say yes. %d" % index) for index in range(50)]
result = "%d answers" % len(said)`,
  SPEND: () => `said = ask_many(["Say yes. %d" % index + "x" * 3900 for index in range(100)])
result = "%d answers" % len(said)`,
  COMMON: () => `result = sum(1 for line in lines if "INFO" in line)`,
  N2: ({ key }) => `found = [line for line in lines if ${text(`${key} opens with`)} in line]
labels = labels_of("state", [found], 3)
result = " ".join(re.findall(r"opens with (v\\d+)", line)[0] for line in found if labels.get(line[1:9]) == "current")`,
  A1: () => `pieces = in_pieces(lines, 100)
step = max(1, -(-len(pieces) // 200))
labels = labels_of("topic", pieces[::step], 1)
counts = {}
for label in labels.values():
    counts[label] = counts.get(label, 0) + 1
result = max(counts, key=counts.get)`,
  A2: ({ user, label }) => `found = [line for line in lines if ${text(` ${user} `)} in line]
labels = labels_of("topic", in_pieces(found), 3)
result = sum(1 for line in found if labels.get(line[1:9]) == ${text(label)})`,
  P1: ({ first, second }) => `found = [line for line in lines if re.search(r" p1\\d ", line)]
labels = labels_of("topic", in_pieces(found), 3)
counts = {}
for line in found:
    user = re.search(r" (p1\\d) ", line).group(1)
    label = labels.get(line[1:9], "billing")
    counts.setdefault(user, {}).setdefault(label, 0)
    counts[user][label] += 1
main = {user: max(found, key=found.get) for user, found in counts.items()}
result = " ".join(a + "-" + b for a in main for b in main if main[a] == ${text(first)} and main[b] == ${text(second)})`,
  H1: ({ key }) => `at = ${text(key)}
for hop in range(10):
    step = re.findall(at + r" is kept at (key-\\w+)", text)
    if not step:
        break
    at = step[0]
found = re.findall(at + r" has the value (v\\d+)", text)
result = found[0] if found else "NOT IN THE INPUT"`,
  L1: () => `causes = [re.search(r"cause-\\w+", line).group(0) for line in lines if re.match(r"\\S+ ERROR ", line)]
result = "%s %d" % (causes[0], causes.count(causes[0]))`,
  C1: ({ name }) =>
    `result = " ".join(re.findall(${text(`function (\\w+)\\(x\\) \\{ return ${name}\\(`)}, text))`,
};
