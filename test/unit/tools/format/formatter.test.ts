import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { sha256 } from '../../../../src/platform/storage/blob-store.js';
import { refusePlan } from '../../../../src/tools/file-plan.js';
import { editTool } from '../../../../src/tools/files/edit.js';
import { writeFileTool } from '../../../../src/tools/files/write-file.js';
import { createFormatter, type FormatSettings } from '../../../../src/tools/format/formatter.js';
import { formatPlan } from '../../../../src/tools/format/format-plan.js';
import { undoTool } from '../../../../src/tools/history/undo.js';
import type { AnyTool, ToolOutput } from '../../../../src/tools/tool.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture, type WorkspaceFixture } from '../../../support/workspace-fixture.js';

interface FormatBench extends WorkspaceFixture {
  call(tool: AnyTool, input: Readonly<Record<string, unknown>>): Promise<ToolOutput>;
  read(path: string): Promise<string>;
}

async function formatBench(
  commands: FormatSettings,
  files: Readonly<Record<string, string>> = {},
  totalMs?: number,
): Promise<FormatBench> {
  const fixture = await workspaceFixture(files);
  const held = { sandbox: await detectSandbox(), masked: [fixture.home] };
  const format = createFormatter(held, commands, totalMs);
  let step = 0;
  return {
    ...fixture,
    call(tool, input) {
      step += 1;
      const changes = { step: { scope: 'test', step, index: 0 }, followUps: { format } };
      return callTool(tool, input, toolContext(fixture.workspace, changes));
    },
    read: (path) => readFile(join(fixture.workspace.root, path), 'utf8'),
  };
}

const write = (content: string, path = 'a.ts') => ({ path, content });

describe('formatting after an edit', () => {
  it('puts what the command makes of the text into the file, and into what the model knows', async () => {
    const bench = await formatBench({ ts: 'tr a-z A-Z' });
    const output = await bench.call(writeFileTool, write('abc\n'));
    expect(await bench.read('a.ts')).toBe('ABC\n');
    const hash = sha256('ABC\n').slice(0, 16);
    expect(output).toMatchObject({
      isError: false,
      text: expect.stringMatching(/^Created a\.ts .*\n\[format\] a\.ts: formatted\.$/),
      seen: [{ path: 'a.ts', hash }],
      progress: [`file:a.ts:${hash}`],
    });
  });

  it('says nothing when nothing was to do, and is for the named endings alone', async () => {
    const bench = await formatBench({ ts: 'cat', md: 'exit 1' });
    expect((await bench.call(writeFileTool, write('abc\n'))).text).not.toContain('[format]');
    expect((await bench.call(writeFileTool, write('abc\n', 'a.txt'))).text).not.toContain(
      '[format]',
    );
    expect(await bench.read('a.txt')).toBe('abc\n');
  });

  it.each([
    ['fails', 'echo "line 3: no" >&2; exit 2', 'the formatter exit code 2: line 3: no.'],
    ['writes nothing', 'cat >/dev/null', 'the formatter wrote nothing.'],
    ['writes too much', 'head -c 40000000 /dev/zero | tr "\\0" x', 'the formatter wrote too much.'],
    ['takes too long', 'sleep 60', 'the formatter took too long.'],
  ])('leaves the edit as it is when the command %s', async (_, command, words) => {
    const bench = await formatBench({ ts: command }, {}, 3000);
    const { text, isError } = await bench.call(writeFileTool, write('abc\n'));
    expect(isError).toBe(false);
    expect(text).toContain(`[format] a.ts: left as it was written; ${words}`);
    expect(await bench.read('a.ts')).toBe('abc\n');
  });

  it('gives the name of the file as a variable that no name can break out of', async () => {
    const bench = await formatBench({ ts: 'printf "%s\\n" "$FILE"' });
    const path = 'a\'; touch x; $(touch y) "b.ts';
    await bench.call(writeFileTool, write('abc\n', path));
    expect(await bench.read(path)).toBe(`${path}\n`);
  });

  it('cannot change files, reach the network, or see the state of the engine', async () => {
    const sandbox = await detectSandbox();
    if (!sandbox.kinds.includes('read-only-root')) return;
    const command = `echo changed >"$FILE" || true; (echo x >/dev/tcp/127.0.0.1/9) 2>/dev/null || true; ls ../../../.. >&2; cat; exit 3`;
    const bench = await formatBench({ ts: command }, { 'b.ts': 'b\n' });
    const { text } = await bench.call(editTool, { path: 'b.ts', old_string: 'b', new_string: 'c' });
    expect(text).toContain('exit code 3');
    expect(text).not.toContain('journal');
    expect(await bench.read('b.ts')).toBe('c\n');
  });

  it('tells the beginning of its words, however many it writes, and shows no variable of ours', async () => {
    const flood = 'env | grep FORMAT_ >&2; echo begin >&2; yes word | head -c 30000000 >&2; exit 1';
    const bench = await formatBench({ ts: flood });
    const { text } = await bench.call(writeFileTool, write('abc\n'));
    expect(text).toContain('the formatter exit code 1: begin');
    expect(text.length).toBeLessThan(600);
  });

  it.each([
    ['a link to a file of the host', 'ln -s'],
    ['a pipe', 'mkfifo errors; :'],
    ['a folder', 'mkdir errors; :'],
  ])('has nothing read for it by us: it leaves %s in its folder', async (_, lay) => {
    const { home, workspace } = await workspaceFixture();
    const secret = join(home, 'host-secret');
    await writeFile(secret, 'of the host');
    const command = `cd '${join(workspace.state, 'format')}' && rm -rf errors && ${lay} '${secret}' errors; exit 4`;
    const held = { sandbox: await detectSandbox(), masked: [home] };
    const format = createFormatter(held, { ts: command });
    const files = [{ path: 'a.ts', content: Buffer.from('abc\n') }];
    for (let time = 0; time < 2; time += 1) {
      const [file] = await format(toolContext(workspace), files);
      expect(file?.lines).toEqual([
        '[format] a.ts: left as it was written; the formatter exit code 4.',
      ]);
    }
  });

  it('is not done again by a retry, nor by undo', async () => {
    const bench = await formatBench({ ts: 'cat; echo more' }, { 'a.ts': 'one\n' });
    await bench.call(editTool, { path: 'a.ts', old_string: 'one', new_string: 'two' });
    expect(await bench.read('a.ts')).toBe('two\nmore\n');
    await bench.call(undoTool, {});
    expect(await bench.read('a.ts')).toBe('one\n');
    const format = () => Promise.reject(new Error('formatted again'));
    const context = toolContext(bench.workspace, {
      step: { scope: 'test', step: 1, index: 0 },
      followUps: { format },
    });
    const again = await callTool(
      editTool,
      { path: 'a.ts', old_string: 'one', new_string: 'two' },
      context,
    );
    expect(again.text).toContain('Edited a.ts');
  });

  it('is for the text of files, and not for what is none', async () => {
    const bench = await formatBench({ bin: 'exit 9' });
    await symlink('/etc/hostname', join(bench.workspace.root, 'x.bin'));
    const held = { sandbox: await detectSandbox(), masked: [bench.home] };
    const format = createFormatter(held, { bin: 'exit 9' });
    const content = Buffer.from([0, 255]);
    expect(await format(toolContext(bench.workspace), [{ path: 'a.bin', content }])).toEqual([
      { content, lines: [] },
    ]);
  });
});

describe('a plan', () => {
  it('is left alone when it refuses, removes, or is exact', async () => {
    const { workspace } = await workspaceFixture();
    const format = () => Promise.reject(new Error('not to be called'));
    const context = toolContext(workspace, { followUps: { format } });
    const refused = refusePlan('no');
    expect(await formatPlan(context, refused)).toBe(refused);
    const change = { path: 'a', before: 'x', content: null, mode: 0o644 };
    const removal = { changes: [change], output: refused.output };
    expect(await formatPlan(context, removal)).toBe(removal);
    const exact = {
      changes: [{ ...change, content: Buffer.from('x') }],
      output: refused.output,
      isExact: true as const,
    };
    expect(await formatPlan(context, exact)).toBe(exact);
  });
});
