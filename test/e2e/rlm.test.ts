import { describe, expect, it } from 'vitest';
import { askRlm, inputFolder, isRoot, js } from '../support/rlm-project.js';
import type { ModelTask, ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task));

/** The root works off `cells`; a question is answered by `answer`. */
function answering(
  cells: readonly string[],
  answer: (prompt: string) => string = () => 'yes',
): void {
  script = (task) =>
    isRoot(task)
      ? js(cells[task.turn] ?? 'FINAL("no more cells")')
      : { content: answer(task.prompt) };
}

const LOG = Array.from(
  { length: 20_000 },
  (_, index) =>
    `2026-03-01T00:${String(Math.floor(index / 400) % 60).padStart(2, '0')}:00 ${index % 5000 === 4321 ? 'ERROR' : 'INFO'} request ${index} user=${index % 7}`,
).join('\n');

/** Asks about {@link LOG}, in a folder of its own, by code. */
function askLog(...words: readonly string[]): ReturnType<typeof askRlm> {
  const folder = inputFolder({ 'app.log': LOG });
  return askRlm(scripted.project, folder, ...words, '-f', 'app.log', '--no-direct');
}

describe('a question over an input', () => {
  it('is answered by code alone where code can, with quotations byte for byte', async () => {
    answering([
      'const found = grep("ERROR"); print(found.length)',
      'FINAL("The first error is request 4321", {evidence: [found[0]]})',
    ]);
    const { code, document } = await askLog('Which error came first?');
    expect([code, document.status, document.answer]).toEqual([
      0,
      'answered',
      'The first error is request 4321',
    ]);
    expect(document).toMatchObject({
      content_type: 'logs',
      route: 'repl',
      iterations: 2,
      sub_queries: 0,
      calls: 2,
    });
    const [span] = document.evidence;
    expect(Buffer.from(LOG).subarray(span?.start, span?.end).toString()).toBe(span?.quote);
    expect(span).toMatchObject({ line: 4322, source: 'app.log' });
  });

  it('asks models about pieces side by side', async () => {
    answering(
      [
        'const parts = chunks(20);\nconst answers = [];\nfor (const part of parts) {\n  const answer = await llm_query("Count: " + part.index);\n  answers.push(Number(answer));\n}\nprint(answers.join())',
        'FINAL(String(answers.reduce((a, b) => a + b, 0)))',
      ],
      (prompt) => /Count: (\d+)/.exec(prompt)?.[1] ?? '?',
    );
    const { code, document } = await askLog('How many?');
    expect([code, document.answer, document.sub_queries]).toEqual([0, '190', 20]);
    expect(document.totals).toMatchObject({ model_calls: 22, repeated_model_calls: 0 });
  });

  it('takes one call for an input that fits', async () => {
    script = () => ({ content: 'Two.' });
    const folder = inputFolder({ 'a.txt': 'one\ntwo\n' });
    const { code, document } = await askRlm(
      scripted.project,
      folder,
      'How many lines?',
      '-f',
      'a.txt',
    );
    expect([code, document.answer, document.route, document.calls]).toEqual([
      0,
      'Two.',
      'direct',
      1,
    ]);
  });

  it('has a question answered by a REPL of its own, one level down', async () => {
    script = (task) => {
      if (!isRoot(task)) return { content: 'plain' };
      if (task.prompt.startsWith('Question: Sub'))
        return js('FINAL("sub saw " + context.length + " bytes and " + (await llm_query("x")))');
      return js(
        task.turn === 0
          ? 'const a = await rlm_query("Sub", {context: slice(0, 1000)}); print(a)'
          : 'FINAL(a)',
      );
    };
    const { code, document } = await askLog('Deep?');
    expect([code, document.answer, document.depth]).toEqual([0, 'sub saw 1000 bytes and plain', 1]);
  });
});

describe('a session', () => {
  it('keeps input and variables: a second question sends none of the input through the model', async () => {
    answering(['var total = count("INFO"); print(total)', 'FINAL(String(total))']);
    const folder = inputFolder({ 'app.log': LOG });
    const first = await askRlm(
      scripted.project,
      folder,
      'How many?',
      '-f',
      'app.log',
      '--session',
      'log',
    );
    const from = scripted.model.requests.length;
    answering(['FINAL(String(total / 2))']);
    const second = await askRlm(scripted.project, folder, 'And half of it?', '--session', 'log');
    expect([first.document.answer, second.document.answer]).toEqual(['19996', '9998']);
    expect([first.code, second.code]).toEqual([0, 0]);
    const [request] = scripted.model.requests.slice(from);
    expect(request?.task.prompt).toContain('How many?\n  19996');
    expect(second.document).toMatchObject({ calls: 1, iterations: 1 });
  });

  it('takes no second input, and no name that is none', async () => {
    answering(['FINAL(head(1))']);
    const folder = inputFolder({ 'app.log': LOG });
    await askRlm(scripted.project, folder, 'First?', '-f', 'app.log', '--session', 'other');
    const again = await scripted.project.run(
      folder,
      'rlm',
      'Q',
      '-f',
      'app.log',
      '--session',
      'other',
    );
    const named = await scripted.project.run(
      folder,
      'rlm',
      'Q',
      '-f',
      'app.log',
      '--session',
      '../x',
    );
    expect([again.code, named.code]).toEqual([2, 2]);
    expect(again.stderr).toContain('the session has its input already');
  });
});

describe('an answer', () => {
  it('that does not fit its schema is sent back once; its JSON is in the document', async () => {
    const folder = inputFolder({
      'app.log': LOG,
      'schema.json':
        '{"type":"object","properties":{"count":{"type":"number"}},"required":["count"]}',
    });
    answering(['head(1); FINAL({count: "many"})', 'FINAL({count: count("ERROR")})']);
    const { code, document } = await askRlm(
      scripted.project,
      folder,
      'How many errors?',
      '-f',
      'app.log',
      '--schema',
      'schema.json',
      '--no-direct',
    );
    expect([code, document.value, document.iterations]).toEqual([0, { count: 4 }, 2]);
  });

  it('on nothing, in the first message, is sent back once', async () => {
    answering(['FINAL("42")', 'FINAL("42")']);
    const { code, document } = await askLog('What?');
    expect([code, document.answer, document.iterations]).toEqual([0, '42', 2]);
  });

  it('that quotes what is not there loses the quotation, and says so', async () => {
    const final = 'head(1); FINAL("x", {evidence: ["nobody wrote this", "request 17 "]})';
    answering([final, final]);
    const { document } = await askLog('What?');
    expect(document.reason).toBe('answered; 1 quotations are not in the input');
    expect(document.evidence.map(({ quote }) => quote)).toEqual(['request 17']);
  });

  it('that never comes is "exhausted" with exit 1 and with what was seen, and retry goes on with what was found', async () => {
    answering(['var seen = grep("ERROR").length; print(seen)', 'print("still looking")']);
    const first = await askLog('What?', '--max-iterations', '2');
    expect([first.code, first.document.status, first.document.answer]).toEqual([
      1,
      'exhausted',
      null,
    ]);
    expect(first.document.evidence.map(({ line }) => line)).toEqual([4322, 9322, 14_322, 19_322]);
    for (const { quote, start, end } of first.document.evidence)
      expect(Buffer.from(LOG).subarray(start, end).toString()).toBe(quote);
    answering(['FINAL("seen " + seen)']);
    const again = await askRlm(scripted.project, inputFolder({}), 'retry', first.document.run_id);
    expect([again.code, again.document.answer, again.document.run_id]).toEqual([
      0,
      'seen 4',
      first.document.run_id,
    ]);
    expect(again.document.totals.model_calls).toBe(3);
  });
});

describe('what a model says', () => {
  it.each([
    ['prose', 'I think the answer is FINAL("7").'],
    ['nothing', ''],
    ['Python', '```python\nfor line in lines:\n    print(line)\n```'],
  ])('%s costs a message, and it is told', async (_name, content) => {
    let asked = 0;
    script = () => {
      asked += 1;
      return asked === 1 ? { content } : js('FINAL(String(count("ERROR")))');
    };
    const { code, document } = await askLog('How many?');
    expect([code, document.answer, document.iterations]).toEqual([0, '4', 2]);
  });

  it('again and again nothing that runs ends the question early', async () => {
    script = () => ({ content: 'Let me think about it.' });
    const { code, document } = await askLog('How many?');
    expect([code, document.status, document.iterations]).toEqual([1, 'exhausted', 4]);
  });

  it('may be bare commands, one a line, or tool calls', async () => {
    script = ({ turn }) =>
      [
        { content: 'Let me look.\nhead(2)\ngrep("ERROR")' },
        { calls: [{ name: 'context_count', arguments: { pattern: 'ERROR' } }] },
      ][turn] ?? {
        calls: [{ name: 'final', arguments: { answer: 'four', evidence: ['ERROR request 4321'] } }],
      };
    const { code, document } = await askLog('How many?');
    expect([code, document.answer, document.evidence.length]).toEqual([0, 'four', 1]);
  });
});

describe('a budget', () => {
  it('is never overrun: what it does not cover fails in the code, which can say what it has', async () => {
    answering([
      'const ends = await map("Label this", {chunks: 40}); const good = ends.filter((end) => typeof end === "string"); print(good.length, ends.find((end) => end instanceof BudgetError)?.code)',
      'FINAL(good.length + " of 40")',
    ]);
    const { code, document } = await askLog('Label', '--max-calls', '12');
    expect([code, document.answer, document.totals.model_calls]).toEqual([0, '10 of 40', 12]);
  });
});
