import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  NO_DEFINITIONS,
  type Definitions,
} from '../../../../src/domain/definitions/definitions.js';
import { parsePermissionRule } from '../../../../src/domain/definitions/permission.js';
import { toolDesk, type ExecuteToolInput, type ToolDesk } from '../../../support/tool-desk.js';
import { toolRegistry } from '../../../support/tool-registry.js';

type Effect = 'allow' | 'ask' | 'deny';

/** Definitions with one set of rules. */
function ruled(
  lists: Partial<Record<Effect, readonly string[]>>,
  otherwise: Effect = 'allow',
): Definitions {
  const rules = (['allow', 'ask', 'deny'] as const).flatMap((effect) =>
    (lists[effect] ?? []).map((text) => {
      const rule = parsePermissionRule(text, effect);
      if ('problem' in rule) throw new Error(rule.problem);
      return rule;
    }),
  );
  return {
    ...NO_DEFINITIONS,
    permissions: [{ source: '/repo/codetether.toml', rules, otherwise }],
  };
}

async function call(
  desk: ToolDesk,
  [name, args]: readonly [string, object],
  { changes = {}, ...definitions }: Definitions & { readonly changes?: Partial<ExecuteToolInput> },
) {
  const ref = await desk.blobs.put(JSON.stringify(definitions));
  const input = await desk.input([[name, JSON.stringify(args)]], { definitions: ref, ...changes });
  const result = await desk.run(input);
  return { ...result, text: await desk.blobs.getText(result.ref) };
}

const FILES = { 'a.txt': 'one\n', 'secrets/key.txt': 'one hidden\n', 'sub/b.txt': 'one bee\n' };

describe('a call under rules', () => {
  it('is not carried out when a rule denies it, and names the rule and its file', async () => {
    const desk = await toolDesk(FILES);
    const definitions = ruled({ deny: ['edit(a.txt)'] });
    const {
      text,
      isError,
      ruled: note,
    } = await call(desk, ['write_file', { path: 'sub/../a.txt', content: 'new' }], definitions);
    expect(isError).toBe(true);
    expect(text).toContain('denied by the rule edit(a.txt) in /repo/codetether.toml');
    expect(note).toEqual({ effect: 'deny', rule: 'edit(a.txt) in /repo/codetether.toml' });
    expect(await readFile(join(desk.workspace.root, 'a.txt'), 'utf8')).toBe('one\n');
  });

  it.each([
    ['bash', { command: 'cd sub && touch ../made' }, 'bash(touch)'],
    ['shell', { command: 'touch made' }, 'bash'],
    ['use_tool', { name: 'bash', arguments: { command: 'touch made' } }, 'bash(touch)'],
    [
      'use_tool',
      {
        name: 'apply_patch',
        arguments: { patch: '*** Begin Patch\n*** Add File: made\n+x\n*** End Patch' },
      },
      'edit(made)',
    ],
    ['apply_patch', { patch: '--- /dev/null\n+++ b/made\n@@ -0,0 +1 @@\n+x\n' }, 'edit(made)'],
    ['multiedit', { edits: [{ path: 'made', old_string: '', new_string: 'x' }] }, 'edit(made)'],
  ])('%s %j changes nothing under deny %s', async (name, args, text) => {
    const desk = await toolDesk(FILES);
    const result = await call(desk, [name, args], ruled({ deny: [text] }));
    expect(result.ruled?.effect).toBe('deny');
    expect(existsSync(join(desk.workspace.root, 'made'))).toBe(false);
  });

  it('is looked at inside of a batch, call by call', async () => {
    const desk = await toolDesk(FILES);
    const calls = [
      { tool: 'write_file', args: { path: 'made', content: 'x' } },
      { tool: 'use_tool', args: { name: 'bash', arguments: { command: 'touch other' } } },
      { tool: 'read_file', args: { path: 'a.txt' } },
    ];
    const definitions = ruled({ deny: ['write_file', 'bash(touch)'] });
    const { text, innerRuled, isError } = await call(desk, ['batch', { calls }], definitions);
    expect(isError).toBe(false);
    expect(text).toContain('1 of 3 calls succeeded; failed: 1, 2.');
    expect(innerRuled?.map(({ rule }) => rule)).toEqual([
      'write_file in /repo/codetether.toml',
      'bash(touch) in /repo/codetether.toml',
    ]);
    expect(existsSync(join(desk.workspace.root, 'made'))).toBe(false);
    expect(existsSync(join(desk.workspace.root, 'other'))).toBe(false);
  });

  it('needs a yes for this very call, which a person can see whole', async () => {
    const desk = await toolDesk(FILES);
    const definitions = ruled({ ask: ['bash(touch)'] });
    const args = { command: 'touch made' };
    const asked = await call(desk, ['bash', args], definitions);
    expect(asked.ruled).toEqual({
      effect: 'ask',
      rule: 'bash(touch) in /repo/codetether.toml',
      call: 'bash {"command":"touch made"}',
    });
    expect(existsSync(join(desk.workspace.root, 'made'))).toBe(false);
    const registry = await toolRegistry();
    const digest = (command: string): string =>
      registry.digestOf({ id: 'x', name: 'bash', arguments: JSON.stringify({ command }) });
    const other = await call(desk, ['bash', args], {
      ...definitions,
      changes: { approved: digest('touch other') },
    });
    expect(other.ruled?.effect).toBe('ask');
    const approved = await call(desk, ['bash', args], {
      ...definitions,
      changes: { approved: digest('touch made') },
    });
    expect(approved.ruled).toBeUndefined();
    expect(existsSync(join(desk.workspace.root, 'made'))).toBe(true);
  });

  it('cannot be said yes to when it is too long to be looked at, or lies in a batch', async () => {
    const desk = await toolDesk(FILES);
    const definitions = ruled({ ask: ['bash'] });
    const long = await call(desk, ['bash', { command: `echo ${'x'.repeat(800)}` }], definitions);
    expect(long.ruled).toEqual({ effect: 'ask', rule: 'bash in /repo/codetether.toml' });
    const calls = [{ tool: 'bash', args: { command: 'ls' } }];
    const inner = await call(desk, ['batch', { calls }], definitions);
    expect(inner.text).toContain('Call it by itself: then somebody is asked.');
  });

  it('is not approved by what denies it', async () => {
    const desk = await toolDesk(FILES);
    const registry = await toolRegistry();
    const args = { command: 'touch made' };
    const digest = registry.digestOf({ id: 'x', name: 'bash', arguments: JSON.stringify(args) });
    const definitions = ruled({ ask: ['bash'], deny: ['bash(touch)'] });
    const result = await call(desk, ['bash', args], {
      ...definitions,
      changes: { approved: digest },
    });
    expect(result.ruled?.effect).toBe('deny');
  });

  it('shows no search what may not be read', async () => {
    const desk = await toolDesk(FILES);
    const definitions = ruled({ deny: ['read(secrets/**)'] });
    const found = await call(desk, ['grep', { pattern: 'one' }], definitions);
    expect(found.text).toContain('a.txt');
    expect(found.text).toContain('sub/b.txt');
    expect(found.text).not.toContain('secrets');
    const listed = await call(desk, ['glob', { pattern: '**/*.txt' }], definitions);
    expect(listed.text).not.toContain('secrets');
    const direct = await call(desk, ['grep', { pattern: 'one', path: 'secrets' }], definitions);
    expect(direct.ruled?.effect).toBe('deny');
    const read = await call(desk, ['read', { path: './secrets//key.txt' }], definitions);
    expect(read.ruled?.effect).toBe('deny');
  });

  it('does not get past a rule by a link to a folder', async () => {
    const desk = await toolDesk(FILES);
    await call(desk, ['bash', { command: 'ln -s secrets plain' }], NO_DEFINITIONS);
    const definitions = ruled({ deny: ['read(secrets/**)'] });
    const read = await call(desk, ['read_file', { path: 'plain/key.txt' }], definitions);
    expect(read.ruled?.effect).toBe('deny');
    expect(read.text).not.toContain('hidden');
  });

  it('may only read while a plan is made', async () => {
    const desk = await toolDesk(FILES);
    const changes = { isPlanning: true };
    const written = await call(desk, ['write_file', { path: 'made', content: 'x' }], {
      ...NO_DEFINITIONS,
      changes,
    });
    expect(written.text).toBe(
      'write_file: not run, you are making a plan and may only read. Call plan_exit with the plan first.',
    );
    const calls = [{ tool: 'bash', args: { command: 'touch made' } }];
    const batch = await call(desk, ['batch', { calls }], { ...NO_DEFINITIONS, changes });
    expect(batch.isError).toBe(true);
    expect(existsSync(join(desk.workspace.root, 'made'))).toBe(false);
    const read = await call(desk, ['read_file', { path: 'a.txt' }], { ...NO_DEFINITIONS, changes });
    expect(read.isError).toBe(false);
  });

  it('is read back from the journal with its rule', async () => {
    const desk = await toolDesk(FILES);
    const ref = await desk.blobs.put(JSON.stringify(ruled({ deny: ['bash'] })));
    const input = await desk.input([['bash', '{"command":"ls"}']], { definitions: ref });
    const first = await desk.run(input);
    expect(await desk.run(input)).toEqual(first);
  });
});
