import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import {
  exampleAnswer,
  exampleFile,
  exampleTexts,
  SCRIPT_EXAMPLES,
} from '../support/script-examples.js';
import type { SwarmDocument } from '../support/swarm-project.js';

/** What an agent of a script was asked: the text below the heading of its prompt. */
const askedOf = (prompt: string): string => /^# a\d+\n\n([^]+)$/m.exec(prompt)?.[1] ?? '';

function answer({ prompt, turn }: ModelTask): ScriptedReply {
  const asked = askedOf(prompt);
  const file = exampleFile(asked);
  if (file !== undefined && turn === 0) return write(file, `${file}\n`);
  const said = exampleAnswer(asked);
  return { content: typeof said === 'string' ? said : JSON.stringify(said) };
}

const scripted = useScriptedProject(answer, 20);

/** A repository with all of the scripts. */
function repository(): string {
  const folder = scripted.project.repository({ stories: [] });
  const place = join(folder, '.codetether', 'scripts');
  mkdirSync(place, { recursive: true });
  for (const [name, text] of Object.entries(exampleTexts()))
    writeFileSync(join(place, `${name}.js`), text);
  return folder;
}

describe('the scripts in examples/, on a double', () => {
  it.concurrent.each(SCRIPT_EXAMPLES)(
    '$name returns what its agents came to, and their files land',
    async ({ name, args, value, agents, files }) => {
      const folder = repository();
      const given = ['--args', JSON.stringify(args), '--no-checks', '--json'];
      const result = await scripted.project.run(folder, 'script', 'run', name, ...given);
      const { code, stdout, stderr } = result;
      if (stdout === '') throw new Error(`no document (exit ${code})\n${stderr}`);
      const document = JSON.parse(stdout) as SwarmDocument;
      expect([code, document.status, document.finished, document.subtasks.length]).toEqual([
        0,
        'passed',
        true,
        agents,
      ]);
      expect(JSON.parse(document.answer ?? 'null')).toEqual(value);
      if (files.length === 0) return;
      const tree = ['ls-tree', '-r', '--name-only', document.branch ?? ''];
      expect(scripted.project.git(folder, ...tree).split('\n')).toEqual(
        expect.arrayContaining([...files]),
      );
    },
  );
});
