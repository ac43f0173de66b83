import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_DEFINITIONS } from '../../../../src/domain/definitions/definitions.js';
import type { Hook, HookEvent } from '../../../../src/domain/definitions/hook.js';
import { toolDesk, type ToolDesk } from '../../../support/tool-desk.js';

function hook(event: HookEvent, command: string, fields: Partial<Hook> = {}): Hook {
  return { event, command, timeoutS: 20, source: '/me/config.toml', ...fields };
}

async function call(
  desk: ToolDesk,
  [name, args]: readonly [string, object],
  hooks: readonly Hook[],
) {
  const definitions = await desk.blobs.put(JSON.stringify({ ...NO_DEFINITIONS, hooks }));
  const input = await desk.input([[name, JSON.stringify(args)]], { definitions });
  const result = await desk.run(input);
  const again = await desk.run(input);
  expect(again).toEqual(result);
  return { ...result, text: await desk.blobs.getText(result.ref) };
}

const read = (desk: ToolDesk, path: string): Promise<string> =>
  readFile(join(desk.workspace.root, path), 'utf8');

describe('hooks of tools', () => {
  it('run once before and behind the call, in order, and read it as JSON', async () => {
    const desk = await toolDesk({ 'a.txt': 'one\n' });
    const result = await call(
      desk,
      ['read_file', { path: 'a.txt' }],
      [
        hook('pre_tool', 'cat >> before.json; echo >> before.json'),
        hook('post_tool', 'cat >> behind.json'),
      ],
    );
    expect(result.text).toBe('1\tone');
    expect(result.hooks?.map(({ event, outcome }) => [event, outcome])).toEqual([
      ['pre_tool', 'passed'],
      ['post_tool', 'passed'],
    ]);
    const before: unknown = JSON.parse(await read(desk, 'before.json'));
    expect(before).toEqual({
      hook_event_name: 'pre_tool',
      cwd: '.',
      tool_name: 'read_file',
      run_id: 'run-1',
      tool_input: { path: 'a.txt' },
    });
    const behind: unknown = JSON.parse(await read(desk, 'behind.json'));
    expect(behind).toMatchObject({ tool_response: { text: '1\tone', is_error: false } });
  });

  it('have the calls of a batch made one after the other: what they change is put back with no other call', async () => {
    const desk = await toolDesk({ 'a.txt': 'one\n', 'b.txt': 'two\n' });
    const calls = ['a.txt', 'b.txt', 'a.txt'].map((path) => ({
      tool: 'read_file',
      args: { path },
    }));
    const result = await call(
      desk,
      ['batch', { calls }],
      [
        hook('pre_tool', 'echo begin >> log', { matcher: 'read_file' }),
        hook('post_tool', 'echo end >> log', { matcher: 'read_file' }),
      ],
    );
    expect(result.text).toContain('3 of 3 calls succeeded');
    expect(await read(desk, 'log')).toBe('begin\nend\n'.repeat(3));
  });

  it('deny a call by exit 2, with what they say for the model; those behind do not run', async () => {
    const desk = await toolDesk();
    const result = await call(
      desk,
      ['write_file', { path: 'made', content: 'x' }],
      [hook('pre_tool', 'echo no >&2; echo out; exit 2'), hook('pre_tool', 'touch second')],
    );
    expect(result).toMatchObject({ isError: true, ruled: { effect: 'deny' } });
    expect(result.text).toBe('write_file: not run, a hook denied it: no');
    expect(result.hooks).toHaveLength(1);
    expect(existsSync(join(desk.workspace.root, 'made'))).toBe(false);
    expect(existsSync(join(desk.workspace.root, 'second'))).toBe(false);
  });

  it('that fail in another way, or take too long, are a warning only', async () => {
    const desk = await toolDesk();
    const result = await call(
      desk,
      ['write_file', { path: 'made', content: 'x' }],
      [hook('pre_tool', 'echo broken >&2; exit 1'), hook('pre_tool', 'sleep 30', { timeoutS: 1 })],
    );
    expect(result.isError).toBe(false);
    expect(result.hooks).toMatchObject([
      { outcome: 'failed', said: 'broken' },
      { outcome: 'failed', said: 'its time was up' },
    ]);
    expect(await read(desk, 'made')).toBe('x');
  });

  it('behind a call add what they write, and may object to what it did', async () => {
    const desk = await toolDesk();
    const formatted = await call(
      desk,
      ['write_file', { path: 'made', content: 'x' }],
      [hook('post_tool', 'printf y >> made; echo formatted')],
    );
    expect(formatted.text).toContain('\n[hook] formatted');
    expect(await read(desk, 'made')).toBe('xy');
    const refused = await call(
      desk,
      ['bash', { command: 'echo hi' }],
      [hook('post_tool', 'echo wrong style >&2; exit 2')],
    );
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain('\n[hook] A hook objects: wrong style');
  });

  it.each([
    ['bash', true],
    ['Bash', true],
    ['Edit|Bash', true],
    ['^Bash$', true],
    ['ba.*', true],
    ['', true],
    ['*', true],
    ['edit', false],
    ['bash2', false],
  ])('with matcher %j are about bash: %s', async (matcher, isAbout) => {
    const desk = await toolDesk();
    const result = await call(
      desk,
      ['bash', { command: 'true' }],
      [hook('pre_tool', 'true', { matcher })],
    );
    expect(result.hooks?.length ?? 0).toBe(isAbout ? 1 : 0);
  });

  it('see the tool behind the bridge, and each call inside a batch', async () => {
    const desk = await toolDesk();
    const hooks = [hook('pre_tool', 'echo x >> count', { matcher: 'bash' })];
    const calls = [
      { tool: 'use_tool', args: { name: 'bash', arguments: { command: 'true' } } },
      { tool: 'bash', args: { command: 'true' } },
      { tool: 'list_dir', args: {} },
    ];
    await call(desk, ['batch', { calls }], hooks);
    expect(await read(desk, 'count')).toBe('x\nx\n');
  });

  it('have no network and see no state of the engine', async () => {
    const desk = await toolDesk();
    const command = `ls ${desk.home} 2>/dev/null; (exec 3<>/dev/tcp/127.0.0.1/1) 2>/dev/null || echo closed`;
    const result = await call(desk, ['bash', { command: 'true' }], [hook('post_tool', command)]);
    expect(result.hooks).toMatchObject([{ outcome: 'passed' }]);
    expect(result.text).not.toContain('journal');
  });

  it('are cut in what they write', async () => {
    const desk = await toolDesk();
    const result = await call(
      desk,
      ['bash', { command: 'true' }],
      [hook('post_tool', 'head -c 100000 /dev/zero | tr "\\0" x')],
    );
    expect(result.text.length).toBeLessThan(20_000);
  });
});
