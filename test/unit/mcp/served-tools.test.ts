import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDesk } from '../../../src/mcp/desk.js';
import { PROMPTS } from '../../../src/mcp/prompts.js';
import { whyNotServed } from '../../../src/mcp/served-path.js';
import { servedTools } from '../../../src/mcp/server.js';
import { detectSandbox } from '../../../src/platform/sandbox/detect.js';
import { serveBench, serveConfig } from '../../support/serve-desk.js';

const isFull = (await detectSandbox()).level === 'full';
const FILES = { 'a.txt': 'one\ntwo (x)\n', 'src/b.ts': 'const b = 1;\n', '.env': 'KEY=1\n' };

describe('the tools that we serve', () => {
  it('are those of the platform by name, and ours over runs', () => {
    expect(servedTools().map(({ name, isReading }) => [name, isReading])).toEqual([
      ['run_command', false],
      ['read_file', true],
      ['write_file', false],
      ['list_directory', true],
      ['search_files', true],
      ['grep_search', true],
      ['ralph_start', false],
      ['swarm_start', false],
      ['rlm_start', false],
      ['script_start', false],
      ['runs_list', true],
      ['run_status', true],
      ['run_report', true],
      ['run_cancel', false],
    ]);
  });

  it('are listed with their schemas, and prompts with their arguments', async () => {
    const { client } = await serveBench({});
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(servedTools().map(({ name }) => name));
    for (const { inputSchema } of tools) expect(inputSchema).toMatchObject({ type: 'object' });
    expect(tools.find(({ name }) => name === 'read_file')).toMatchObject({
      annotations: { readOnlyHint: true },
      inputSchema: { required: ['path'] },
    });
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['code_review', 'explain_code']);
    const got = await client.getPrompt({ name: 'explain_code', arguments: { path: 'src' } });
    expect(got.messages).toMatchObject([
      { content: { text: expect.stringMatching(/^Explain src /) } },
    ]);
    await expect(client.getPrompt({ name: 'nothing' })).rejects.toThrow('there is no prompt');
    await expect(client.callTool({ name: 'nothing' })).rejects.toThrow(
      'there is no tool "nothing"',
    );
    expect(PROMPTS[0]?.text({})).toContain('git diff HEAD');
  });

  it('read, search and list the folder, and nothing else', async () => {
    const { call } = await serveBench(FILES);
    expect((await call('read_file', { path: 'a.txt' })).text).toMatch(/1\D+one\n.*2\D+two/);
    expect((await call('list_directory')).text).toMatch(/a\.txt/);
    expect((await call('search_files', { pattern: '**/*.ts' })).text).toContain('src/b.ts');
    expect((await call('grep_search', { query: 'two (x)' })).text).toContain('a.txt:2:two (x)');
    expect((await call('grep_search', { query: 'tw.x', is_regex: true })).text).toMatch(
      /^(?!.*a\.txt)/,
    );
    expect((await call('grep_search', { query: 't.o', is_regex: true })).text).toContain('a.txt:2');
    for (const path of ['../x', '/etc/passwd', '.env'])
      expect(await call('read_file', { path })).toMatchObject({ isError: true });
  });

  it('write new files, and those that were read', async () => {
    const { call, desk } = await serveBench(FILES);
    expect(await call('write_file', { path: 'new/c.txt', content: 'c\n' })).toMatchObject({
      isError: false,
    });
    expect(await readFile(join(desk.folder, 'new/c.txt'), 'utf8')).toBe('c\n');
    expect(await call('write_file', { path: 'a.txt', content: 'x\n' })).toMatchObject({
      isError: true,
    });
    await call('read_file', { path: 'a.txt' });
    expect(await call('write_file', { path: 'a.txt', content: 'x\n' })).toMatchObject({
      isError: false,
    });
    expect(await call('write_file', { path: '.git/config', content: 'x' })).toMatchObject({
      isError: true,
    });
  });

  it.each([
    ['read_file', {}, /^read_file: the arguments do not fit\. path: /],
    ['run_status', { run_id: '--help' }, /expected the id of a run/],
    ['ralph_start', { prd_path: '--repo=/' }, /a path does not begin with -/],
    ['rlm_start', { question: 'x', files: [] }, /files: /],
    ['swarm_start', { task: 'x', model: '-m' }, /expected PROVIDER\/MODEL/],
    ['run_command', { command: 'echo \0' }, /NUL character/],
    ['run_command', { command: 'true', cwd: '..' }, /outside the workspace/],
  ])('say what is wrong with arguments: %s %j', async (name, input, expected) => {
    const { call } = await serveBench({});
    expect(await call(name, input)).toMatchObject({
      isError: true,
      text: expect.stringMatching(expected),
    });
  });
});

describe('files that runs are started with', () => {
  it.each([
    ['/etc/passwd', /give a path relative to the served folder/],
    ['../other/prd.json', /leads out of the served folder/],
    ['src/../../x', /leads out of the served folder/],
    ['src/{a,..}/*', /leads out of the served folder/],
    ['.env', /not shown: .*names of secrets/],
    ['.git/*', /not shown: files of git/],
    ['out', /a symbolic link/],
    ['out/*', /a symbolic link/],
    ['out/x.txt', /leads outside the workspace/],
    ['a\0b', /NUL/],
  ])('lie in the folder, and are shown there: %j', async (path, expected) => {
    const { call, desk } = await serveBench(FILES);
    await symlink(tmpdir(), join(desk.folder, 'out'));
    const refused = { isError: true, text: expect.stringMatching(expected) };
    expect(await call('ralph_start', { prd_path: path })).toMatchObject(refused);
    const input = { question: 'x', files: ['a.txt', path] };
    expect(await call('rlm_start', input)).toMatchObject(refused);
  });

  it('may be files, folders and patterns of it', async () => {
    const { desk } = await serveBench({ ...FILES, 'src/[id].ts': 'x' });
    for (const path of ['a.txt', 'src', '.', 'src/*.ts', '**/*.ts', 'src/[id].ts', 'new.json'])
      expect(await whyNotServed(desk, path)).toBeUndefined();
  });
});

describe('run_command', () => {
  it('runs in the folder, and says how it ended', async () => {
    const { call } = await serveBench(FILES);
    expect(await call('run_command', { command: 'cat a.txt; exit 3' })).toEqual({
      isError: true,
      text: expect.stringMatching(/^one\ntwo \(x\)\n\[exit code 3; sandbox \w+, no network\]$/),
    });
    expect(await call('run_command', { command: 'pwd', cwd: 'src' })).toMatchObject({
      isError: false,
      text: expect.stringMatching(/\/src\n/),
    });
    expect(await call('run_command', { command: 'sleep 60', timeout_s: 1 })).toMatchObject({
      isError: true,
      text: expect.stringContaining('[timed-out after 1 s'),
    });
  });

  it.skipIf(!isFull)(
    'writes into the folder, but not into .git, and sees no state of ours',
    async () => {
      const { call, desk, config } = await serveBench(FILES);
      execFileSync('git', ['init', '-q', desk.folder]);
      await writeFile(join(config.home, 'secret'), 'state');
      const { text } = await call('run_command', {
        command: `echo y > made.txt; echo evil > .git/hooks/post-commit; cat ${config.home}/secret`,
      });
      expect(text).toMatch(/Read-only file system/);
      expect(text).toMatch(/No such file or directory/);
      expect(existsSync(join(desk.folder, '.git/hooks/post-commit'))).toBe(false);
      expect(await readFile(join(desk.folder, 'made.txt'), 'utf8')).toBe('y\n');
    },
  );

  it('is not offered where nothing would keep a command in the folder, unless the person says so', async () => {
    const { desk } = await serveBench({});
    const [tool] = servedTools();
    const weak = { ...desk, sandbox: await detectSandbox('none') };
    const config = { ...desk.config, worker: { ...desk.config.worker, isSandboxNamed: false } };
    const { signal } = new AbortController();
    const answer = (served: typeof desk) => tool?.call({ command: 'echo hi' }, served, signal);
    expect(await answer({ ...weak, config })).toMatchObject({ isError: true });
    expect(await answer(weak)).toMatchObject({ isError: false });
  });
});

describe('a folder', () => {
  it('that holds our state, or is a home directory, is not served', async () => {
    const config = await serveConfig();
    await mkdir(join(config.home, 'x'));
    const parts = { environment: {}, signal: new AbortController().signal };
    for (const folder of [config.home, join(config.home, 'x')])
      await expect(openDesk(config, { ...parts, folder })).rejects.toMatchObject({
        code: 'ERR_MCP_FOLDER',
      });
  });
});
