import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RalphProject, type RunDocument } from '../support/ralph-project.js';
import { done, startScriptedModel, write, type ScriptedModel } from '../support/scripted-model.js';
import { isToolchainUsable } from '../support/toolchain.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/prd/', import.meta.url));

const RUST = {
  'Cargo.toml': '[package]\nname = "scratch"\nversion = "0.1.0"\nedition = "2021"\n',
  'Cargo.lock': '# generated\nversion = 3\n\n[[package]]\nname = "scratch"\nversion = "0.1.0"\n',
  'src/lib.rs': 'pub fn one() -> i32 {\n    1\n}\n',
  '.gitignore': 'target\n',
};
const NODE = {
  'package.json': '{ "name": "scratch", "version": "1.0.0", "type": "module" }\n',
  'src/index.js': 'export const one = 1;\n',
};

let model: ScriptedModel;
let project: RalphProject;

beforeAll(async () => {
  model = await startScriptedModel((task) =>
    task.turn === 0 ? write('notes/story.md', `${task.story} is done\n`) : done(),
  );
  project = new RalphProject(model.baseUrl);
});
afterAll(async () => {
  await project.close();
  await model.stop();
});

describe('a PRD that another tool’s author wrote', () => {
  it.for([
    ['codetether-unused-code.json', RUST, 'build=cargo check --offline'],
    ['codetether-missing-features.json', RUST, 'build=cargo check --offline'],
    ['snarktank-example.json', NODE, 'test=node --check src/index.js'],
    ['ralph-tui-sample.json', NODE, 'test=node --check src/index.js'],
    ['ralph-tui-conflict.json', NODE, 'test=node --check src/index.js'],
  ] as const)(
    '%s: one story runs and passes, and nothing else of the file changes',
    async ([name, files, check], context) => {
      context.skip(files === RUST && !isToolchainUsable('cargo'), 'cargo does not work here');
      const before = readFileSync(join(FIXTURES, name), 'utf8').replaceAll(
        '"passes": true',
        '"passes": false',
      );
      const folder = project.repository({ stories: [{ id: 'US-001' }], files });
      writeFileSync(join(folder, 'prd.json'), before);
      const { code, document } = await project.ralph(
        folder,
        '--check',
        check,
        '--max-iterations',
        '1',
      );
      const passed = passedOf(document);
      expect([code, passed.length, document.totals.model_calls]).toEqual([1, 1, 2]);
      const after = readFileSync(join(folder, 'prd.json'), 'utf8');
      expect(changedLines(before, after)).toEqual([expect.stringContaining('"passes": true')]);
      const again = await project.run(folder, 'ralph', 'validate', '--json');
      expect(JSON.parse(again.stdout)).toMatchObject({ passed: 1 });
    },
  );
});

function passedOf(document: RunDocument): RunDocument['stories'] {
  return document.stories.filter((story) => story.status === 'passed');
}

/** Lines that only the second text has; a comma that came behind a last field does not count. */
function changedLines(before: string, after: string): string[] {
  const known = new Set(before.split('\n').map(withoutComma));
  return after.split('\n').filter((line) => !known.has(withoutComma(line)) || isTick(line));
}

const withoutComma = (line: string): string => line.replace(/,\s*$/, '');
const isTick = (line: string): boolean => line.includes('"passes": true');
