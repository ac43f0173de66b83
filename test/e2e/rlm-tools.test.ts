import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRoot, js } from '../support/rlm-project.js';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task));
const calls = (name: string, args: object): ScriptedReply => ({
  calls: [{ name, arguments: args as Readonly<Record<string, unknown>> }],
});

describe('an agent', () => {
  it('asks over a file that is too large to read, and over its own past; its story passes its proof', async () => {
    script = (task) => {
      if (isRoot(task))
        return task.prompt.startsWith('Question: How many')
          ? js('FINAL(String(count("ERROR")))')
          : js(
              'const found = grep("the password is [a-z]+"); FINAL(found[0].text.match(/password is ([a-z]+)/)[1])',
            );
      return (
        [
          bash('echo the password is swordfish'),
          calls('rlm', { question: 'How many errors are there?', files: ['big.log'] }),
          calls('recall', { question: 'What was the password?' }),
          write('feature-1.txt', 'ok\n'),
        ][task.turn] ?? done()
      );
    };
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    writeFileSync(join(folder, 'big.log'), 'INFO fine\nERROR bad\n'.repeat(5000));
    scripted.project.git(folder, 'add', 'big.log');
    scripted.project.git(folder, 'commit', '-qm', 'log');
    const from = scripted.model.requests.length;
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    // five turns of the story's agent, and one of each that answered
    expect(document.totals).toMatchObject({ model_calls: 7, repeated_model_calls: 0 });
    expect(scripted.model.requests.slice(from).filter(({ task }) => isRoot(task)).length).toBe(2);
  });

  it('is told why a question cannot be asked', async () => {
    script = ({ turn }) =>
      [
        calls('rlm', { question: 'Q', files: ['../../etc/passwd'] }),
        calls('rlm', { question: 'Q', files: ['gone.log'] }),
        write('feature-1.txt', 'ok\n'),
      ][turn] ?? done();
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status, document.totals.model_calls]).toEqual([
      0,
      'passed',
      4,
    ]);
  });
});
