import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askRlm, inputFolder, isRoot, js } from '../support/rlm-project.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task));

/** The code of a question, message by message; those of REPLs below it begin with another question. */
function code(question: string, cells: readonly string[]): typeof script {
  return (task) =>
    task.prompt.startsWith(`Question: ${question}\n`)
      ? js(cells[task.turn] ?? 'FINAL("no more cells")')
      : js(
          'try { await tool.grep({pattern: "x"}); FINAL("read") } catch (error) { FINAL(error.name) }',
        );
}

/** A cell that says how each call ended. */
const outcomes = (calls: string): string =>
  `const ends = await Promise.allSettled([${calls}]);
FINAL(ends.map(({reason, value}) => reason ? reason.name : value.length < 200 ? value.trim() : "long " + (value.length < 200000)).join(" | "))`;

describe('code that is passed tools', () => {
  it('reads files of the folder in which it was asked, once each, and nothing outside of it', async () => {
    const folder = inputFolder({
      'names.txt': 'alpha\nbeta\n',
      'src/alpha.js': 'function alpha() {}\n',
      'large.txt': 'y'.repeat(3_000_000),
    });
    symlinkSync('/etc', join(folder, 'outside'));
    script = code('Q', [
      outcomes(
        [
          'tool.grep({pattern: "function alpha"})',
          'tool.glob({pattern: "*.txt"})',
          'tool.read_file({path: "../secret"})',
          'tool.read_file({path: "outside/hostname"})',
          'tool.read_file({path: "/etc/hostname"})',
          'tool.read_file({path: "large.txt"})',
          'tool.write_file({path: "x", content: "x"})',
          'tool.bash({command: "id"})',
          'tool.list_dir({})',
        ].join(', '),
      ),
    ]);
    const tools = 'grep,read_file,glob';
    const asked = await askRlm(scripted.project, folder, 'Q', '-f', 'names.txt', '--tools', tools);
    expect([asked.code, asked.stderr.includes('ERR_')]).toEqual([0, false]);
    const ends = asked.document.answer?.split(' | ') ?? [];
    expect(ends.map((end) => end.split('\n').toSorted().join(' '))).toEqual([
      'src/alpha.js:1:function alpha() {}',
      'large.txt names.txt',
      ...Array(3).fill('ToolError'),
      'long true',
      ...Array(3).fill('DeniedError'),
    ]);
    expect(asked.document).toMatchObject({ route: 'repl', tool_calls: 6, sub_queries: 0 });
    expect(asked.document.totals.model_calls).toBe(1);
    const shown = await scripted.project.run(folder, 'rlm', 'show', asked.document.run_id);
    expect(shown.stdout).toContain('tool 0: src/alpha.js:1:function alpha() {}');
    expect(shown.stdout).toContain('0 questions, 6 tool calls, depth 0');
  });

  it('passes on what it says, and nothing by itself', async () => {
    const folder = inputFolder({ 'a.txt': 'x marks it\n' });
    script = code('Q', [
      'const told = await Promise.all([rlm_query("below"), rlm_query("below", {tools: ["grep"]}), rlm_query("below", {tools: ["glob"]}).catch((error) => error.name)]); FINAL(told.join())',
    ]);
    const { document } = await askRlm(
      scripted.project,
      folder,
      'Q',
      '-f',
      'a.txt',
      '--tools',
      'grep',
    );
    expect([document.answer, document.depth]).toEqual(['DeniedError,read,DeniedError', 1]);
    expect(document).toMatchObject({ tool_calls: 1 });
  });

  it('without any is refused each, and goes on; names that are none are refused before', async () => {
    const folder = inputFolder({ 'a.txt': 'x\n' });
    // who was refused everything has not looked at anything: it is sent back once
    const cell = outcomes('tool.grep({pattern: "x"})');
    script = code('Q', [cell.replaceAll('ends', 'first'), cell]);
    const { document } = await askRlm(scripted.project, folder, 'Q', '-f', 'a.txt', '--no-direct');
    expect([document.answer, document.status]).toEqual(['DeniedError', 'answered']);
    expect(document.totals.model_calls).toBe(2);
    const from = scripted.model.requests.length;
    const refused = await scripted.project.run(
      folder,
      'rlm',
      'Q',
      '-f',
      'a.txt',
      '--tools',
      'grep,write_file',
    );
    expect([refused.code, refused.stderr.includes('"write_file" is no tool')]).toEqual([2, true]);
    expect(scripted.model.requests.length).toBe(from);
  });

  it('of an agent reads the lane of that agent, and has no more than it', async () => {
    script = (task) => {
      if (isRoot(task)) return js('FINAL(String(await tool.read_file({path: "feature-1.txt"})))');
      return (
        [
          write('feature-1.txt', 'ok\n'),
          {
            calls: [
              {
                name: 'rlm',
                arguments: { question: 'Q', text: 'a text', tools: ['read_file'] },
              },
              { name: 'rlm', arguments: { question: 'Q', text: 'a text', tools: ['bash'] } },
            ],
          },
        ][task.turn] ?? done()
      );
    };
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const { document } = await scripted.project.ralph(folder);
    expect(document.stories[0]?.status).toBe('passed');
    const last = scripted.model.requests.at(-1)?.task.heard ?? '';
    expect(last).toContain('ok');
    expect(last).toContain('rlm: bash cannot be passed to code, which may read: ');
  });
});
