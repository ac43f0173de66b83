import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePrd } from '../../../../src/domain/prd/json/json-prd.js';
import { toolDesk, type ToolDesk } from '../../../support/tool-desk.js';

const STORIES = [
  {
    id: 'US-001',
    title: 'Say hello',
    description: 'It says hello.',
    acceptance_criteria: ['hello is printed'],
    depends_on: [],
  },
];

async function call(desk: ToolDesk, args: object) {
  const input = await desk.input([['prd', JSON.stringify(args)]]);
  const result = await desk.run(input);
  return { ...result, text: await desk.blobs.getText(result.ref) };
}

describe('prd', () => {
  it('says what to find out first', async () => {
    const { text, isError } = await call(await toolDesk(), { action: 'analyze' });
    expect(isError).toBe(false);
    expect(text).toContain('Find these out');
  });

  it('makes a PRD of stories, which it takes for valid itself', async () => {
    const desk = await toolDesk();
    const input = {
      action: 'generate',
      project: 'p',
      feature: 'f',
      stories: STORIES,
      quality_checks: { test: 'true' },
    };
    const { text, isError } = await call(desk, input);
    expect(isError).toBe(false);
    expect(parsePrd(JSON.parse(text), 'x')).toMatchObject({
      project: 'p',
      feature: 'f',
      stories: [{ id: 'US-001', title: 'Say hello' }],
      qualityChecks: [{ name: 'test', command: 'true' }],
    });
    const checked = await call(desk, { action: 'validate', prd_json: text });
    expect(checked.text).toBe('Valid: p, f: 1 stories, 1 checks.');
  });

  it.each([
    ['no JSON', '{'],
    ['no PRD', '[1]'],
    [
      'a circle',
      JSON.stringify({
        project: 'p',
        feature: 'f',
        user_stories: [{ ...STORIES[0], depends_on: ['US-001'] }],
      }),
    ],
  ])('answers %s with what is wrong, and writes nothing', async (_name, text) => {
    const desk = await toolDesk();
    expect((await call(desk, { action: 'validate', prd_json: text })).isError).toBe(true);
    const saved = await call(desk, { action: 'save', prd_json: text });
    expect(saved.isError).toBe(true);
    expect(saved.text).toContain('Nothing was written.');
    expect(existsSync(join(desk.workspace.root, 'prd.json'))).toBe(false);
  });

  it('writes what is valid once, and over no file that was not read', async () => {
    const desk = await toolDesk({ 'old.json': '{}\n' });
    const saved = await call(desk, {
      action: 'save',
      stories: STORIES,
      prd_path: 'plans/prd.json',
    });
    expect(saved.text).toContain('Created plans/prd.json');
    const written = await readFile(join(desk.workspace.root, 'plans/prd.json'), 'utf8');
    expect(parsePrd(JSON.parse(written), 'x').stories).toHaveLength(1);
    const over = await call(desk, { action: 'save', stories: STORIES, prd_path: 'old.json' });
    expect(over.isError).toBe(true);
    expect(await readFile(join(desk.workspace.root, 'old.json'), 'utf8')).toBe('{}\n');
    const checked = await call(desk, { action: 'validate', prd_path: 'plans/prd.json' });
    expect(checked.isError).toBe(false);
  });

  it('says of a path what is wrong with it', async () => {
    const desk = await toolDesk();
    expect((await call(desk, { action: 'validate' })).text).toBe('prd.json: no such file.');
    expect((await call(desk, { action: 'validate', prd_path: '../x' })).text).toContain(
      'outside the workspace',
    );
    expect((await call(desk, { action: 'save', stories: STORIES, prd_path: '../x' })).isError).toBe(
      true,
    );
  });
});
