import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { RalphProject } from '../support/ralph-project.js';
import {
  done,
  startScriptedModel,
  write,
  type ModelTask,
  type ScriptedModel,
  type ScriptedReply,
} from '../support/scripted-model.js';

const executable = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));
const DRAFT = {
  project: 'made up',
  feature: 'Greeting',
  branch_name: 'feature/greeting',
  user_stories: [
    { id: 'US-001', title: 'Greet', acceptance_criteria: ['says hi'] },
    { id: 'US-002', title: 'Greet by name', depends_on: ['US-001'] },
  ],
};

let model: ScriptedModel;
let project: RalphProject;
/** What the model does; each test sets its own. */
let script: (task: ModelTask) => ScriptedReply;
let seen = 0;

beforeAll(async () => {
  model = await startScriptedModel((task) => script(task), 300);
  project = new RalphProject(model.baseUrl);
});
afterAll(async () => {
  await project.close();
  await model.stop();
});
beforeEach(() => {
  script = () => ({ content: JSON.stringify(DRAFT) });
  seen = model.requests.length;
});

const requests = () => model.requests.slice(seen);
const repository = () =>
  project.repository({
    stories: [],
    files: { 'package.json': '{"scripts":{"test":"true"}}\n', 'README.md': '# Hello shop\n' },
  });

describe('codetether ralph create-prd --from', () => {
  it('writes a valid PRD that knows the repository, and shows what it cost', async () => {
    const folder = repository();
    const create = ['ralph', 'create-prd', '--from', 'say hello to everybody', '-o', 'new.json'];
    const result = await project.run(folder, ...create, '--project-name', 'shop');
    expect({ code: result.code, out: result.stdout }).toEqual({
      code: 0,
      out: 'new.json written; read it, change what you like, then: codetether ralph run -p new.json\n',
    });
    expect(result.stderr).toMatch(/1 model calls, \d+ tokens in, \d+ out; cost /);
    expect(requests()[0]?.task.prompt).toMatch(
      /Project: shop[\s\S]*say hello to everybody[\s\S]*package\.json[\s\S]*npm run test[\s\S]*# Hello shop/,
    );
    expect(JSON.parse(readFileSync(join(folder, 'new.json'), 'utf8'))).toMatchObject({
      project: 'shop',
      feature: 'Greeting',
      quality_checks: { test: 'npm run test', lint: null },
    });
    const validation = await project.run(folder, 'ralph', 'validate', '-p', 'new.json');
    expect(validation.stdout).toBe(
      'new.json is valid (codetether): 2 stories, 2 to do: US-001, US-002; checks: test\n',
    );
  });

  it('proposes checks that the first story creates in an empty folder, by the language that is named', async () => {
    for (const [from, commands, note] of [
      ['sums in TypeScript', ['npm run typecheck', 'npm test'], 'proposes checks for TypeScript'],
      ['sums of numbers', [null, null], 'proposes no checks: name the language'],
    ] as const) {
      const folder = join(project.root, from.replaceAll(' ', '-'));
      mkdirSync(folder);
      project.git(folder, 'init', '-q');
      const result = await project.run(
        folder,
        'ralph',
        'create-prd',
        '--from',
        from,
        '-o',
        'prd.json',
      );
      expect(result.code).toBe(0);
      expect(result.stderr).toContain(note);
      const prd = JSON.parse(readFileSync(join(folder, 'prd.json'), 'utf8')) as {
        quality_checks: Record<string, unknown>;
        user_stories: { acceptance_criteria: string[] }[];
      };
      expect([prd.quality_checks['typecheck'], prd.quality_checks['test']]).toEqual(commands);
      expect(prd.user_stories[0]?.acceptance_criteria.slice(1)).toEqual(
        commands[0] === null
          ? []
          : ['These commands exist and end with exit code 0: `npm run typecheck`, `npm test`'],
      );
    }
  });

  it('reads the request from a file, pays once for the same request, and again with --again', async () => {
    const folder = repository();
    writeFileSync(join(folder, 'wishes.md'), 'A greeting, from a file.\n');
    const create = ['ralph', 'create-prd', '--from', 'wishes.md', '--json'];
    const first = JSON.parse((await project.run(folder, ...create)).stdout) as object;
    expect(first).toMatchObject({
      known: false,
      model_calls: 1,
      output: null,
      prd: { version: '1.0' },
    });
    const second = JSON.parse((await project.run(folder, ...create)).stdout) as object;
    expect(second).toEqual({ ...first, known: true });
    expect(requests()).toHaveLength(1);
    const third = JSON.parse((await project.run(folder, ...create, '--again')).stdout) as object;
    expect(third).toMatchObject({ known: false });
    expect(requests()).toHaveLength(2);
    expect(requests()[0]?.task.prompt).toContain('A greeting, from a file.');
  });

  it('has a bad answer repaired once', async () => {
    script = (task) =>
      task.turn === 0
        ? { content: JSON.stringify({ ...DRAFT, user_stories: [] }) }
        : { content: `\`\`\`json\n${JSON.stringify(DRAFT)}\n\`\`\`` };
    const result = await project.run(repository(), 'ralph', 'create-prd', '--from', 'repair me');
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ feature: 'Greeting' });
    expect(result.stderr).toContain('2 model calls');
  });

  it('says what is wrong when the second answer is no PRD either, and writes nothing', async () => {
    script = () => ({ content: JSON.stringify({ ...DRAFT, user_stories: [{ id: 'US-001' }] }) });
    const folder = repository();
    const create = ['ralph', 'create-prd', '--from', 'never good', '-o', 'new.json', '--json'];
    const result = await project.run(folder, ...create);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      error: {
        code: 'ERR_PRD_DRAFT_INVALID',
        message: expect.stringContaining(
          'story US-001, field user_stories[0].title: is missing',
        ) as string,
      },
    });
    expect(requests()).toHaveLength(2);
    expect(existsSync(join(folder, 'new.json'))).toBe(false);
  });

  it.each([
    [['--from', 'x', '-o', 'prd.json'], 'ERR_OUTPUT_FILE'],
    [['--from', 'no-such-file.md'], 'ERR_PRD_REQUEST'],
    [['--from', 'test'], 'ERR_PRD_REQUEST'],
    [['--from', ' '], 'ERR_PRD_REQUEST'],
    [['--from', 'x', '-m', 'nomodel'], 'ERR_MODEL_REFERENCE_INVALID'],
    [['-f', 'x'], 'ERR_USAGE'],
  ])('refuses %j before the model is called', async (flags, code) => {
    const result = await project.run(repository(), 'ralph', 'create-prd', ...flags);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`error[${code}]`);
    expect(requests()).toEqual([]);
  });

  it('goes on when the command is stopped, and the same command shows the draft', async () => {
    const folder = repository();
    const create = ['ralph', 'create-prd', '--from', 'stop me', '--json'];
    const command = start(folder, create);
    await firstRequest();
    command.process.kill('SIGINT');
    expect(await command.ended).toMatchObject({ code: 130 });
    const again = await project.run(folder, ...create);
    expect(JSON.parse(again.stdout)).toMatchObject({ known: true, repeated_model_calls: 0 });
    expect(requests()).toHaveLength(1);
  });

  it('goes on when the worker is killed in the middle of the call, and counts what was paid twice', async () => {
    const folder = repository();
    const { stdout } = await project.run(folder, 'ps', '--json');
    const { processes } = JSON.parse(stdout) as { processes: { role: string; pid: number }[] };
    const worker = processes.find(({ role }) => role === 'worker')?.pid ?? 0;
    expect(worker).toBeGreaterThan(0);
    const command = start(folder, ['ralph', 'create-prd', '--from', 'kill it', '--json']);
    await firstRequest();
    process.kill(worker, 'SIGKILL');
    const { code, stdout: document } = await command.ended;
    expect(code).toBe(0);
    expect(JSON.parse(document)).toMatchObject({ known: false, repeated_model_calls: 1 });
    expect(requests()).toHaveLength(2);
  });
});

/** Starts the command line without waiting for it. */
function start(folder: string, args: readonly string[]) {
  const child = spawn(process.execPath, [executable, '--config', project.config, ...args], {
    cwd: folder,
    env: { ...processEnvironment(), CODETETHER_HOME: project.home },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString('utf8')));
  const ended = new Promise<{ code: number | null; stdout: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout })),
  );
  return { process: child, ended };
}

async function firstRequest(): Promise<void> {
  await vi.waitFor(() => expect(requests()).toHaveLength(1), { timeout: 60_000, interval: 10 });
}

describe('a PRD of another tool', () => {
  it('is worked off, and its own boxes are ticked', async () => {
    script = (task) =>
      task.turn === 0 ? write(`feature-${task.story.slice(-1)}.txt`, 'ok\n') : done();
    const text =
      '# Shop\r\n\r\n## Quality Gates\r\n- `bash test/check.sh`\r\n\r\n## Tasks\r\n- [x] Begin\r\n- [ ] Go on\r\n';
    const folder = project.repository({ stories: [], files: { 'PRD.md': text } });
    const result = await project.run(folder, 'ralph', 'run', '-p', 'PRD.md', '--json');
    expect(result.stderr).toContain('T-002');
    expect({ code: result.code, ...(JSON.parse(result.stdout) as object) }).toMatchObject({
      code: 0,
      status: 'passed',
    });
    expect(readFileSync(join(folder, 'PRD.md'), 'utf8')).toBe(
      text.replace('[ ] Go on', '[x] Go on'),
    );
  });

  it('is refused with every problem in one document', async () => {
    const folder = project.repository({
      stories: [],
      files: { 'PRD.md': '### US-001: One\n**Priority:** soon\n**Depends on:** US-002\n' },
    });
    const result = await project.run(folder, 'ralph', 'validate', '-p', 'PRD.md', '--json');
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({
      valid: false,
      problems: [
        { line: 2, story: 'US-001', field: 'Priority' },
        {
          line: 3,
          story: 'US-001',
          message: 'depends on "US-002", which is not a story of this PRD',
        },
      ],
    });
  });
});

describe('codetether trust', () => {
  const file = 'codetether.toml';
  const settings = '[providers.mine]\nbase_url = "http://127.0.0.1:9/v1"\nauth = "none"\n';

  it('shows, stores, lists and takes back, and a changed file is untrusted again', async () => {
    const folder = join(project.root, 'strange');
    mkdirSync(folder);
    writeFileSync(join(folder, file), settings);
    const path = join(folder, file);
    const refused = await project.run(folder, 'ps');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`error[ERR_CONFIG_UNTRUSTED]`);
    expect(refused.stderr).toContain(`codetether trust ${path}`);
    const shown = await project.run(folder, 'trust', '--dry-run');
    expect(shown.stdout).toContain('providers.mine.base_url = "http://127.0.0.1:9/v1"');
    expect((await project.run(folder, 'ps')).code).toBe(2);
    const trusted = await project.run(folder, 'trust', '--json');
    expect(JSON.parse(trusted.stdout)).toMatchObject({ files: [{ path, state: 'trusted' }] });
    expect((await project.run(folder, 'ps')).code).toBe(0);
    writeFileSync(path, settings.replace(':9/', ':8/'));
    expect((await project.run(folder, 'ps')).stderr).toContain('error[ERR_CONFIG_TRUST_CHANGED]');
    const listed = await project.run(folder, 'trust', '--list');
    expect(listed.stdout).toMatch(/^changed +\S*codetether\.toml +since /);
    expect((await project.run(folder, 'trust', '--revoke', file)).code).toBe(0);
    expect((await project.run(folder, 'trust', '--list')).stdout).toBe(
      'no project file is trusted\n',
    );
    const again = await project.run(folder, 'trust', '--revoke', file, '--json');
    expect(again.code).toBe(2);
    expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'ERR_TRUST_FILE' } });
  });
});
