import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RalphProject } from '../support/ralph-project.js';
import { done, startScriptedModel, type ScriptedModel } from '../support/scripted-model.js';
import { runCommand, type CommandResult } from '../support/service-home.js';

let model: ScriptedModel;
let project: RalphProject;

beforeAll(async () => {
  model = await startScriptedModel(() => done());
  project = new RalphProject(model.baseUrl);
});
afterAll(async () => {
  await project.close();
  await model.stop();
});

/** What an error says to machines. */
interface Report {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly where: {
    readonly file?: string;
    readonly line?: number;
    readonly field?: string;
    readonly story?: string;
  } | null;
}

function reportOf(result: CommandResult): Report {
  return (JSON.parse(result.stdout) as { error: Report }).error;
}

/** Everything in a folder but git's own files. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.git/') && path !== '.git')
    .sort();
}

/** Runs a command that has to be refused, and makes sure that it left no trace and paid nothing. */
async function refused(
  folder: string,
  args: readonly string[],
  setting: { readonly environment?: Record<string, string>; readonly config?: string } = {},
): Promise<{ code: number; report: Report; stderr: string }> {
  const before = listing(folder);
  const branches = existsSync(join(folder, '.git')) ? project.git(folder, 'branch') : '';
  const requests = model.requests.length;
  const result = await runCommand(
    ['--config', setting.config ?? project.config, ...args, '--json'],
    { CODETETHER_HOME: project.home, ...setting.environment },
    folder,
  );
  const report = reportOf(result);
  expect(result.stderr).toContain(report.code);
  expect(result.stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(listing(folder)).toEqual(before);
  expect(existsSync(join(folder, '.git')) ? project.git(folder, 'branch') : '').toBe(branches);
  expect(model.requests).toHaveLength(requests);
  return { code: result.code, report, stderr: result.stderr };
}

/** A configuration file of its own with `lines` before the double's. */
function configWith(name: string, lines: string): string {
  const file = join(project.root, `${name}.toml`);
  writeFileSync(file, `${lines}\n${readFileSync(project.config, 'utf8')}`);
  return file;
}

const story = { id: 'US-001', title: 'One' };
const whole = {
  project: 'demo',
  feature: 'Feature',
  branch_name: 'feature/work',
  user_stories: [story],
  quality_checks: { test: 'true' },
};
const prdText = (change: object): string => JSON.stringify({ ...whole, ...change }, null, 2);

describe('a PRD that cannot be worked off', () => {
  it.each<[string, string, Report['code'], Report['where'], RegExp]>([
    ['is empty', '', 'ERR_JSON_INVALID', { file: 'bad.json', line: 1 }, /is empty/],
    [
      'is cut off',
      prdText({}).slice(0, -60),
      'ERR_JSON_INVALID',
      { file: 'bad.json', line: 8 },
      /not valid JSON/,
    ],
    ['is no object', '[]', 'ERR_PRD_INVALID', { file: 'bad.json', line: 1 }, /none of the formats/],
    [
      'has a wrong type',
      prdText({ user_stories: [{ ...story, priority: 'soon' }] }),
      'ERR_PRD_INVALID',
      { file: 'bad.json', line: 9, field: 'user_stories[0].priority', story: 'US-001' },
      /must be a whole number/,
    ],
    [
      'uses an id twice',
      prdText({ user_stories: [story, story] }),
      'ERR_PRD_INVALID',
      { file: 'bad.json', line: 11, field: 'user_stories[1].id', story: 'US-001' },
      /already used by user_stories\[0\]/,
    ],
    [
      'has an id of 300 characters',
      prdText({ user_stories: [{ ...story, id: 'x'.repeat(300) }] }),
      'ERR_PRD_INVALID',
      { file: 'bad.json', line: 7, field: 'user_stories[0].id', story: 'x'.repeat(300) },
      /at most 100 characters/,
    ],
    [
      'has a line break in an id',
      prdText({ user_stories: [{ ...story, id: 'US\n1' }] }),
      'ERR_PRD_INVALID',
      { file: 'bad.json', line: 7, field: 'user_stories[0].id', story: 'US\n1' },
      /line breaks/,
    ],
    [
      'depends on an unknown story',
      prdText({ user_stories: [{ ...story, depends_on: ['US-9'] }] }),
      'ERR_PRD_INVALID',
      { file: 'bad.json', line: 10, field: 'user_stories[0].depends_on[0]', story: 'US-001' },
      /depends on "US-9"/,
    ],
    [
      'has dependencies in a circle',
      prdText({
        user_stories: [
          { ...story, depends_on: ['US-002'] },
          { id: 'US-002', title: 'Two', depends_on: ['US-001'] },
        ],
      }),
      'ERR_PRD_INVALID',
      { file: 'bad.json', line: 9, field: 'user_stories[0].depends_on', story: 'US-001' },
      /US-001 -> US-002 -> US-001/,
    ],
    [
      'has no stories',
      prdText({ user_stories: [] }),
      'ERR_PRD_INVALID',
      { file: 'bad.json', line: 5, field: 'user_stories' },
      /holds no story/,
    ],
    [
      'has a bad branch name',
      prdText({ branch_name: 'a..b' }),
      'ERR_PRD_INVALID',
      { file: 'bad.json', line: 4, field: 'branch_name' },
      /not a valid git branch name/,
    ],
    [
      'has no quality checks',
      prdText({ quality_checks: {} }),
      'ERR_NO_CHECKS',
      { file: 'bad.json', field: 'quality_checks' },
      /nothing could be proven/,
    ],
    [
      'has a check whose command does not exist',
      prdText({ quality_checks: { test: 'no-such-program-here --all' } }),
      'ERR_CHECK_COMMAND_MISSING',
      { field: 'quality_checks.test' },
      /"no-such-program-here", which is not installed/,
    ],
    [
      'has a check that no shell can read',
      prdText({ quality_checks: { test: 'if true; then' } }),
      'ERR_CHECK_SYNTAX',
      { field: 'quality_checks.test' },
      /syntax error/,
    ],
  ])('is refused when it %s', async (...[, text, code, where, message]) => {
    const folder = project.repository({ stories: [story], files: { 'bad.json': text } });
    const answer = await refused(folder, ['ralph', 'run', '-p', 'bad.json']);
    expect(answer).toMatchObject({ code: 2, report: { code, where } });
    expect(answer.report.message).toMatch(message);
    expect(answer.report.hint).not.toBeNull();
  });

  it('is refused when it is not there, is a folder, or is named by the wrong name', async () => {
    const folder = project.repository({ stories: [story] });
    const missing = await refused(folder, ['ralph', 'run', '-p', 'none.json']);
    expect(missing).toMatchObject({
      code: 2,
      report: { code: 'ERR_PRD_NOT_FOUND', where: { file: 'none.json' } },
    });
    const directory = await refused(folder, ['ralph', 'validate', '-p', 'test']);
    expect(directory).toMatchObject({ code: 2, report: { code: 'ERR_PRD_UNREADABLE' } });
  });

  it('is reported with every problem at once', async () => {
    const folder = project.repository({
      stories: [story],
      files: {
        'bad.json': prdText({
          branch_name: 'a..b',
          user_stories: [
            { ...story, depends_on: ['US-8'] },
            { ...story, depends_on: ['US-9'] },
          ],
        }),
      },
    });
    const { report } = await refused(folder, ['ralph', 'validate', '-p', 'bad.json']);
    expect(report.message.split('\n').slice(1)).toHaveLength(4);
  });

  it('is no error when every story has passed: exit 0, nothing to do', async () => {
    const folder = project.repository({ stories: [{ ...story, passes: true }] });
    const result = await project.run(folder, 'ralph', 'run', '-p', 'prd.json', '--json');
    expect([result.code, JSON.parse(result.stdout)]).toMatchObject([
      0,
      { status: 'nothing_to_do', stories_passed: 1 },
    ]);
    expect(project.git(folder, 'status', '--short')).toBe('');
  });
});

describe('a repository that no run can work in', () => {
  it('is refused when it is none', async () => {
    const folder = join(project.root, 'plain');
    mkdirSync(folder);
    writeFileSync(join(folder, 'prd.json'), prdText({}));
    expect(await refused(folder, ['ralph', 'run'])).toMatchObject({
      code: 2,
      report: { code: 'ERR_NOT_A_REPOSITORY', where: { file: folder } },
    });
  });

  it.each([
    ['feature', 'feature/x'],
    ['feature/x/y', 'feature/x'],
  ])('is refused for branch %s beside branch %s', async (branch, other) => {
    const folder = project.repository({ stories: [story] });
    project.git(folder, 'branch', other);
    const { code, report } = await refused(folder, ['ralph', 'run', '--branch', branch]);
    expect([code, report.code, report.message]).toEqual([
      2,
      'ERR_BRANCH_CONFLICT',
      `git cannot hold a branch ${branch} beside the branch ${other}`,
    ]);
  });
});

describe('a flag that makes no sense', () => {
  it.each<[string, readonly string[], string, RegExp]>([
    ['unknown provider', ['-m', 'nobody/model'], 'ERR_PROVIDER_UNKNOWN', /"nobody"/],
    ['model without provider', ['-m', 'kimi'], 'ERR_MODEL_REFERENCE_INVALID', /"kimi"/],
    ['provider without model', ['-m', 'openai/'], 'ERR_MODEL_REFERENCE_INVALID', /"openai\/"/],
    ['bad branch', ['--branch', 'a b'], 'ERR_BRANCH_INVALID', /"a b"/],
    ['branch HEAD', ['--branch', 'HEAD'], 'ERR_BRANCH_INVALID', /"HEAD"/],
    ['very long branch', ['--branch', 'x'.repeat(300)], 'ERR_BRANCH_INVALID', /180 bytes/],
    ['no whole number', ['--max-attempts', 'two'], 'ERR_USAGE', /whole number/],
    ['zero', ['--max-turns', '0'], 'ERR_USAGE', /above 0/],
    ['unknown option', ['--nonsense'], 'ERR_USAGE', /--nonsense/],
  ])('is refused: %s', async (...[, flags, code, message]) => {
    const folder = project.repository({ stories: [story] });
    const result = await runCommand(
      ['--config', project.config, 'ralph', 'run', ...flags, '--json'],
      { CODETETHER_HOME: project.home },
      folder,
    );
    expect([result.code, reportOf(result).code]).toEqual([2, code]);
    expect(reportOf(result).message).toMatch(message);
    expect(result.stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    expect(listing(folder)).toEqual(['README.md', 'prd.json', 'test', 'test/check.sh']);
  });

  it.each([[['fly']], [['ralph', 'fly']], [['runs', 'fly']], [['ralph']], [[]]])(
    'ends with 2 and the usage for the words %j',
    async (words) => {
      const result = await runCommand(words, { CODETETHER_HOME: project.home });
      expect(result.code).toBe(2);
      expect(result.stdout).toBe('');
      expect(result.stderr).toMatch(/Usage: codetether|unknown command/);
    },
  );
});

describe('a configuration that is wrong', () => {
  it.each<[string, string, string, Report['where']]>([
    [
      'api-key',
      'min_free_bytes = 1\n[providers.openai]\napi_key = "sk-1234567890"',
      'ERR_CONFIG_API_KEY',
      { line: 3, field: 'providers.openai.api_key' },
    ],
    [
      'wrong-type',
      '# mine\nmin_free_bytes = "much"',
      'ERR_CONFIG_INVALID',
      { line: 2, field: 'min_free_bytes' },
    ],
    ['wrong-url', '[providers.x]\nbase_url = "nope"', 'ERR_CONFIG_INVALID', { line: 2 }],
    ['unknown-key', 'min_fre_bytes = 1', 'ERR_CONFIG_UNKNOWN_KEY', { line: 1 }],
    ['no-toml', 'min_free_bytes = = 1', 'ERR_CONFIG_SYNTAX', { line: 1 }],
  ])('is refused with its line: %s', async (...[name, text, code, where]) => {
    const folder = project.repository({ stories: [story] });
    const config = join(project.root, `${name}.toml`);
    writeFileSync(config, `${text}\n`);
    const answer = await refused(folder, ['ralph', 'run'], { config });
    expect(answer).toMatchObject({ code: 2, report: { code, where: { file: config, ...where } } });
    expect(answer.stderr).not.toContain('sk-1234567890');
  });

  it('is refused when the file does not exist', async () => {
    const folder = project.repository({ stories: [story] });
    const answer = await refused(folder, ['ralph', 'run'], { config: '/nowhere/config.toml' });
    expect(answer).toMatchObject({
      code: 2,
      report: { code: 'ERR_CONFIG_MISSING', where: { file: '/nowhere/config.toml' } },
    });
  });

  it('is refused when a project file sets what only its reader may set', async () => {
    const folder = project.repository({
      stories: [story],
      files: { 'codetether.toml': '[providers.double]\nbase_url = "http://127.0.0.1:1"\n' },
    });
    expect(await refused(folder, ['ralph', 'run'])).toMatchObject({
      code: 2,
      report: { code: 'ERR_CONFIG_UNTRUSTED', where: { line: 1, field: 'providers' } },
    });
  });
});

describe('a model that cannot be called', () => {
  it('ends the command with 3 before anything starts when its server takes no connection', async () => {
    const folder = project.repository({ stories: [story] });
    const config = join(project.root, 'dead.toml');
    writeFileSync(
      config,
      `[providers.dead]\nwire = "openai-chat"\nauth = "none"\nbase_url = "http://127.0.0.1:${await unusedPort()}/v1"\n`,
    );
    const answer = await refused(folder, ['ralph', 'run', '-m', 'dead/x'], { config });
    expect(answer).toMatchObject({
      code: 3,
      report: { code: 'ERR_MODEL_UNREACHABLE', where: { field: 'providers.dead.base_url' } },
    });
    expect(existsSync(project.home)).toBe(false);
  });

  it('ends the command with 2 when it needs a key and there is no Vault', async () => {
    const folder = project.repository({ stories: [story] });
    const answer = await refused(folder, ['ralph', 'run', '-m', 'moonshotai/kimi-k2.5'], {
      environment: { VAULT_ADDR: '', MOONSHOT_API_KEY: 'sk-1234567890' },
    });
    expect(answer).toMatchObject({ code: 2, report: { code: 'ERR_VAULT_NOT_CONFIGURED' } });
    expect(answer.stderr).not.toContain('sk-1234567890');
    expect(existsSync(project.home)).toBe(false);
  });
});

describe('surroundings that do not fit', () => {
  it('end the command with 3 when less disk is free than the floor', async () => {
    const folder = project.repository({ stories: [story] });
    const config = configWith('floor', 'min_free_bytes = 9007199254740991');
    const answer = await refused(folder, ['ralph', 'run'], { config });
    expect(answer).toMatchObject({ code: 3, report: { code: 'ERR_DISK_FULL' } });
    expect(answer.report.message).toContain('are free on the disk of');
  });

  it('end the command with an error when the disk is full', async (context) => {
    const disk = join(project.root, 'tiny');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      context.skip('mounting a small file system needs rights that are missing here');
    }
    onTestFinished(() => void execFileSync('umount', ['-l', disk]));
    const folder = project.repository({ stories: [story] });
    const config = configWith('full', 'min_free_bytes = 0');
    const environment = { CODETETHER_HOME: join(disk, 'home') };
    writeFileSync(join(disk, 'filler'), Buffer.alloc(256 * 1024 - 8192));
    const answer = await refused(folder, ['ralph', 'run'], { config, environment });
    expect(answer.code).toBe(3);
    expect(answer.report).toMatchObject({ code: 'ERR_DISK_FULL', hint: expect.any(String) });
  });

  it('end the command with 2 when a port of the configuration is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const config = configWith('port', '');
    writeFileSync(config, `${readFileSync(config, 'utf8')}\n[temporal]\nport = ${port}\n`);
    const folder = project.repository({ stories: [story] });
    const answer = await refused(folder, ['ralph', 'run'], { config });
    expect(answer).toMatchObject({ code: 2, report: { code: 'ERR_PORT_IN_USE' } });
    expect(answer.report.message).toContain(String(port));
  });
});

describe('commands about one thing', () => {
  it('refuse a run that nobody knows', async () => {
    const folder = project.repository({ stories: [story] });
    for (const words of [['runs', 'show'], ['runs', 'report'], ['ralph', 'status'], ['attach']]) {
      const answer = await refused(folder, [...words, '01hx0000000000000000000000']);
      expect(answer).toMatchObject({ code: 2, report: { code: 'ERR_RUN_NOT_FOUND' } });
    }
  });

  it('never overwrite a PRD', async () => {
    const folder = project.repository({ stories: [story] });
    const before = readFileSync(join(folder, 'prd.json'), 'utf8');
    const args = ['ralph', 'create-prd', '-f', 'x', '--project-name', 'y', '-o', 'prd.json'];
    const result = await runCommand(args, { CODETETHER_HOME: project.home }, folder);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('error[ERR_OUTPUT_FILE]: prd.json exists already');
    expect(readFileSync(join(folder, 'prd.json'), 'utf8')).toBe(before);
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
