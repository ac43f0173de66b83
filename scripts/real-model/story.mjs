// A run of two stories through the real service: one is read, one is written and committed.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const RUN_LIMIT_MS = 300_000;
const BRANCH = 'real-model';

/**
 * Works off the PRD with the model behind `url`.
 * @returns what the command, the log, the record and the repository say afterwards
 */
export async function runStories({ root, scratch, url, signal }) {
  const word = randomBytes(6).toString('hex');
  const repository = createRepository(join(scratch, 'repository'), word);
  const home = join(scratch, 'home');
  const config = join(scratch, 'config.toml');
  writeFileSync(config, configuration(url));
  const codetether = (...args) =>
    runToEnd([join(root, 'bin/codetether.js'), '--config', config, ...args], {
      cwd: repository,
      env: { ...process.env, CODETETHER_HOME: home },
      signal,
    });
  const limits = ['--max-attempts', '1', '--max-turns', '2', '--max-wait', '1m', '--no-setup'];
  try {
    const model = ['-m', 'local/smollm2'];
    const { out } = await codetether(
      'ralph',
      'run',
      '-p',
      'prd.json',
      ...model,
      ...limits,
      '--json',
    );
    const id = JSON.parse(out).run_id;
    if (id === undefined) throw new Error(`the run did not start: ${out}`);
    const logs = await codetether('runs', 'logs', '--json', id);
    const events = logs.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const record = JSON.parse(readFileSync(join(home, 'runs', id, 'record.json'), 'utf8'));
    return {
      word,
      events,
      record,
      totals: JSON.parse(out).totals,
      committed: committed(repository),
    };
  } finally {
    // Not under `signal`: an aborted test must not leave the service behind.
    execFileSync(process.execPath, [join(root, 'bin/codetether.js'), 'down'], {
      env: { ...process.env, CODETETHER_HOME: home },
      stdio: 'ignore',
      timeout: 60_000,
    });
  }
}

/** Nobody has to be clever here: the stories quote the calls, and a model of this size copies. */
function prd() {
  return {
    project: 'words',
    branchName: BRANCH,
    description: 'Two files',
    quality_checks: { word: 'test -s notes/word.txt' },
    userStories: [
      story(1, { tool: 'read_file', arguments: { path: 'notes/word.txt', limit: 20 } }),
      story(2, {
        tool: 'write_file',
        arguments: { path: 'notes/answer.txt', content: 'yes' },
      }),
    ],
  };
}

function story(number, call) {
  const { path } = call.arguments;
  return {
    id: `US-00${number}`,
    title: `${call.tool === 'read_file' ? 'Read' : 'Write'} ${path}`,
    description: `Answer exactly: ${JSON.stringify(call)}`,
    acceptanceCriteria: [`The first answer is ${JSON.stringify(call)}`],
    priority: number,
    passes: false,
    verification_steps: [{ type: 'file_exists', path }],
  };
}

function createRepository(folder, word) {
  mkdirSync(join(folder, 'notes'), { recursive: true });
  writeFileSync(join(folder, 'notes/word.txt'), `The word is ${word}.\n`);
  writeFileSync(join(folder, 'prd.json'), `${JSON.stringify(prd(), null, 2)}\n`);
  const git = (...args) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@example.invalid');
  git('add', '.');
  git('commit', '-qm', 'start');
  return folder;
}

function configuration(url) {
  return `[providers.local]
wire = "openai-chat"
base_url = "${url}/v1"
auth = "none"
tool_mode = "json"
context_window = 8192
first_token_timeout_s = 240
stall_timeout_s = 120
`;
}

/** Files that the commits on the run's branch added; none when there is no such branch. */
function committed(repository) {
  const args = ['diff', '--name-only', `main..${BRANCH}`];
  const { stdout } = spawnSync('git', args, { cwd: repository, encoding: 'utf8' });
  return stdout.trim().split('\n');
}

/** Any exit code is an answer here: what it means is judged by what the run recorded. */
function runToEnd(args, options) {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      args,
      { ...options, timeout: RUN_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 },
      (error, out, log) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else if (out === '') reject(new Error(log.slice(-2000)));
        else resolve({ out });
      },
    );
    child.stdin.end();
  });
}
