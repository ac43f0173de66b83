// What a story's check costs in its proof, beside the same check by hand in a warm checkout: two stories in a small repository
// of each language, worked off by a scripted agent; then the same commits, checked out one after the other by a person.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment, runToEnd } from '../turn/scratch.mjs';
import { LANGUAGES, writeFiles } from './languages.mjs';

/**
 * @param {{ names: string[], url: string, scratch: string, program: string, rounds: number }} options `rounds` by hand, the middle one of which counts
 * @returns {Promise<string>} a table
 */
export async function measureLanguages({ names, ...options }) {
  const rows = [];
  for (const name of names) {
    const language = LANGUAGES[name];
    if (language === undefined)
      throw new Error(`no language ${name}; one of ${Object.keys(LANGUAGES).join(', ')}`);
    if (isMissing(language.program)) {
      process.stderr.write(`bench: ${name} is left out, ${language.program} is not installed\n`);
      continue;
    }
    rows.push(await measureLanguage({ name, language, ...options }));
  }
  return (
    '| language | base: set-up and check s | first story s | second story s | by hand, warm s | second story over by hand | caches seen | rest of the second story s |\n' +
    '| --- | --- | --- | --- | --- | --- | --- | --- |\n' +
    rows.map((row) => `| ${row.join(' | ')} |\n`).join('')
  );
}

function isMissing(program) {
  const version = program === 'go' ? 'version' : '--version';
  return spawnSync(program, [version], { stdio: 'ignore' }).status !== 0;
}

async function measureLanguage({ name, language, url, scratch, program, rounds }) {
  const folder = join(scratch, name);
  const state = join(folder, 'state');
  // Toolchain managers look for what they installed below HOME.
  const rustup = process.env.RUSTUP_HOME ?? join(homedir(), '.rustup');
  const env = cleanEnvironment(join(folder, 'home'), {
    CODETETHER_HOME: state,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    ...(existsSync(rustup) ? { RUSTUP_HOME: rustup } : {}),
    ...settingsOf(['GOPROXY', 'GOFLAGS', 'GOSUMDB', 'GOTOOLCHAIN', 'SSL_CERT_FILE']),
  });
  mkdirSync(env.HOME, { recursive: true });
  // Toolchains of this person's home are shown to commands; nothing else of it is.
  const serviceEnv = { ...env, HOME: homedir() };
  const repository = await createRepository(join(folder, 'repository'), language, env);
  const config = join(folder, 'config.toml');
  writeFileSync(
    config,
    `[providers.bench]\nwire = "openai-chat"\nbase_url = "${url}/v1"\nauth = "none"\n`,
  );
  const command = (...args) =>
    runToEnd(process.execPath, [program, '--config', config, ...args], {
      cwd: repository,
      env: serviceEnv,
    });
  const setup = language.isSetupNamed ? ['--setup', language.setup] : [];
  await command('up');
  try {
    const run = JSON.parse(
      await command(
        'ralph',
        'run',
        '-m',
        'bench/bench',
        '--max-iterations',
        '2',
        '--json',
        ...setup,
      ),
    );
    if (run.status !== 'passed')
      throw new Error(`${name}: the run ended ${run.status}\n${told(run)}`);
    const seen = readEvents(join(state, 'events', `${run.run_id}.ndjson`));
    const hand = await byHand({ folder, repository, language, env, run, rounds });
    return row(name, seen, { run, hand });
  } finally {
    await command('down');
  }
}

function settingsOf(names) {
  const entries = names.map((name) => [name, process.env[name]]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

async function createRepository(repository, language, env) {
  mkdirSync(repository, { recursive: true });
  writeFiles(repository, language.files);
  if (language.lock !== null) {
    const [command, ...args] = language.lock;
    await runToEnd(command, args, { cwd: repository, env });
  }
  writeFileSync(join(repository, 'prd.json'), JSON.stringify(prdOf(language)));
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['config', 'user.name', 'Bench'],
    ['config', 'user.email', 'bench@example.invalid'],
    ['add', '.'],
    ['commit', '-qm', 'start'],
  ])
    await runToEnd('git', args, { cwd: repository, env });
  return repository;
}

function prdOf({ check, stories }) {
  return {
    project: 'Bench',
    feature: 'Stories',
    branch_name: 'feature/bench',
    user_stories: stories.map(({ path, content }, at) => ({
      id: `S-${at + 1}`,
      title: `Story ${at + 1}`,
      description: `BENCH put ${path} ${Buffer.from(content).toString('base64url')}`,
      priority: 1,
      depends_on: at === 0 ? [] : [`S-${at}`],
    })),
    quality_checks: { test: check },
  };
}

function readEvents(path) {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function told(run) {
  return run.stories.map(({ id, status, reason }) => `${id} ${status}: ${reason}`).join('\n');
}

/** A person's checkout: built on the base and on the first story, then moved to the second one, which is timed. */
async function byHand({ folder, repository, language, env, run, rounds }) {
  const checkout = join(folder, 'by-hand');
  const git = (...args) => execFileSync('git', args, { cwd: checkout, stdio: 'pipe' });
  execFileSync('git', ['clone', '-q', repository, checkout], { stdio: 'pipe' });
  const [first, second] = run.stories.map(({ commit }) => commit);
  git('checkout', '-q', '--detach', run.base_commit);
  const shell = async (command) => {
    const startedAt = performance.now();
    // As nice as the engine is: on a busy machine that alone would be a factor of three.
    await runToEnd('nice', ['-n', '5', 'bash', '-c', command], { cwd: checkout, env });
    return (performance.now() - startedAt) / 1000;
  };
  if (language.setup !== null) await shell(language.setup);
  await shell(language.check);
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    git('checkout', '-q', '--detach', first);
    await shell(language.check);
    git('checkout', '-q', '--detach', second);
    times.push(await shell(language.check));
  }
  return times.sort((left, right) => left - right)[Math.floor(rounds / 2)];
}

function row(name, events, { run, hand }) {
  const spent = (story) =>
    events
      .filter((event) => event.type === 'check.end' && event.story === story)
      .reduce((sum, event) => sum + (event.data?.duration_ms ?? 0), 0) / 1000;
  const at = (type, story) =>
    Date.parse(events.find((event) => event.type === type && event.story === story)?.at ?? '') /
    1000;
  const second = spent('S-2');
  const caches = run.stories.at(-1).evidence.flatMap((item) => item.caches ?? []);
  const overhead = at('story.end', 'S-2') - at('story.start', 'S-2') - second;
  const base = at('baseline.end') - at('baseline.start');
  return [
    name,
    base.toFixed(2),
    spent('S-1').toFixed(2),
    second.toFixed(2),
    hand.toFixed(2),
    `${(second / hand).toFixed(2)}x`,
    [...new Set(caches)].join(', ') || 'none',
    overhead.toFixed(2),
  ];
}
