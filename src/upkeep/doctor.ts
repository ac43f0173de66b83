import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  environmentKeys,
  processEnvironment,
  type Config,
  type EnvironmentVariables,
} from '../config/index.js';
import { DEFAULTS } from '../contracts/index.js';
import { formatBytes, CodetetherError } from '../domain/index.js';
import { detectSandbox, freeBytes, setHostEnvironment } from '../platform/index.js';
import { listMcpServers } from './mcp-servers.js';
import { examineCodec, examineKeys } from '../keys/index.js';
import type { Finding } from './finding.js';
import {
  examineBoot,
  examineCleanup,
  examineSleep,
  examineState,
  examineUpgrade,
} from './doctor-upkeep.js';
import { findProgram, programSources, TEMPORAL_CLI } from '../service/index.js';
import {
  gateFiles,
  findIsolation,
  sandboxProblem,
  serviceStatus,
  connectTemporal,
  externalTarget,
  runningTarget,
} from '../host/index.js';

const runFile = promisify(execFile);
/** Sources of the server program that a look-around may ask: nothing is installed by it. */
const LOCAL_SOURCES = 2;
const HOSTS_SHOWN = 5;

/** Looks at everything that a run needs. Starts and installs nothing. */
export async function examine(
  config: Config,
  environment: EnvironmentVariables = processEnvironment(),
): Promise<Finding[]> {
  // The same programs as the worker will find.
  setHostEnvironment(environment);
  const checks: readonly [string, () => Promise<Omit<Finding, 'name'>>][] = [
    ['node', async () => ok(process.versions.node)],
    ['git', () => versionOf('git', 'install git')],
    ['temporal program', () => examineProgram(config, environment)],
    ['service', async () => examineService(config.home)],
    ['temporal server', () => examineServer(config.home, environment)],
    ['temporal access', () => examineAccess(config, environment)],
    ['keys', async () => ok(await examineKeys(config, environment))],
    ['encryption', async () => ok(await examineCodec(config))],
    ['web', async () => ok(webOf(config))],
    ['mcp', async () => examineServers(config, environment)],
    ['sandbox', () => examineSandbox(config)],
    ['disk', () => examineDisk(config)],
    ['state', () => examineState(config.home)],
    ['cleanup', () => examineCleanup(config)],
    ['sleep', () => examineSleep(config, environment)],
    ['start at boot', () => examineBoot(config, environment)],
    ['upgrade', async () => examineUpgrade(config.home)],
    ['configuration', async () => examineConfiguration(config)],
    ['environment', async () => examineEnvironment(environment)],
  ];
  return Promise.all(
    checks.map(async ([name, look]) => ({ name, ...(await look().catch(problemOf)) })),
  );
}

/** What of the web agents may reach, and what makes it more. */
function webOf({ worker: { web } }: Config): string {
  const hosts = [...web.allow, ...web.allowPrivate];
  const pages =
    hosts.length === 0
      ? 'no pages ([web] allow lists hosts)'
      : `pages of ${hosts.slice(0, HOSTS_SHOWN).join(', ')}${hosts.length > HOSTS_SHOWN ? ' and others' : ''}`;
  const search =
    web.search === null
      ? 'no search ([web] search names an engine)'
      : `search by ${web.search}${web.search === 'searxng' ? '' : `, key: codetether auth set ${web.search}`}`;
  return `${pages}; ${search}`;
}

/** Servers of tools, without starting any. */
function examineServers(config: Config, environment: EnvironmentVariables): Omit<Finding, 'name'> {
  const servers = listMcpServers(config, environment);
  if (servers.length === 0) return ok('no servers of tools ([mcp.servers.NAME])');
  const detail = servers
    .map(({ name, problem, kind }) => `${name} (${problem ?? kind})`)
    .join(', ');
  const broken = servers.find(({ problem }) => problem !== null);
  if (broken === undefined) return ok(`${detail}; codetether mcp test NAME asks one`);
  return { status: 'warning', detail, hint: `codetether mcp test ${broken.name}` };
}

function problemOf(error: unknown): Omit<Finding, 'name'> {
  if (error instanceof CodetetherError)
    return { status: 'problem', detail: error.message, hint: error.hint ?? null };
  return {
    status: 'problem',
    detail: error instanceof Error ? error.message : String(error),
    hint: null,
  };
}

function ok(detail: string): Omit<Finding, 'name'> {
  return { status: 'ok', detail, hint: null };
}

async function versionOf(program: string, hint: string): Promise<Omit<Finding, 'name'>> {
  try {
    const { stdout } = await runFile(program, ['--version'], { timeout: 10_000 });
    return ok(stdout.trim());
  } catch {
    return { status: 'problem', detail: `${program} is not on PATH`, hint };
  }
}

async function examineProgram(
  config: Config,
  environment: EnvironmentVariables,
): Promise<Omit<Finding, 'name'>> {
  if (externalTarget(environment) !== null) return ok('not needed: Temporal runs elsewhere');
  const settings = {
    chosen: config.temporal.cli,
    searchPath: environment['PATH'] ?? '',
    cache: config.cache,
  };
  try {
    const sources = programSources(TEMPORAL_CLI, settings).slice(0, LOCAL_SOURCES);
    const found = await findProgram(TEMPORAL_CLI, { ...settings, sources });
    return ok(`${found.path} (${found.source})`);
  } catch (error) {
    if (error instanceof CodetetherError && error.exitCode === 2) throw error;
    return {
      status: 'warning',
      detail: 'not installed yet: the first start fetches it',
      hint: null,
    };
  }
}

function examineService(home: string): Omit<Finding, 'name'> {
  const { phase, processes } = serviceStatus(home);
  const parts = processes.map(
    ({ role, pid, port }) => `${role} pid ${pid}${port === null ? '' : ` port ${port}`}`,
  );
  return ok(parts.length === 0 ? phase : `${phase}: ${parts.join(', ')}`);
}

async function examineServer(
  home: string,
  environment: EnvironmentVariables,
): Promise<Omit<Finding, 'name'>> {
  const target = externalTarget(environment) ?? runningTarget(home);
  if (target === null) return ok('embedded, not running: the next command starts it');
  const connection = await connectTemporal(target, null);
  try {
    const { serverVersion } = await connection.client.workflowService.getSystemInfo({});
    return ok(
      `${target.kind} at ${target.address}, namespace ${target.namespace}, version ${serverVersion ?? 'unknown'}`,
    );
  } finally {
    await connection.close();
  }
}

/** Who else can reach the embedded server. */
async function examineAccess(
  config: Config,
  environment: EnvironmentVariables,
): Promise<Omit<Finding, 'name'>> {
  if (externalTarget(environment) !== null) return ok('up to the cluster that is used');
  const { isolation } = serviceStatus(config.home);
  const { kind, reason } =
    isolation === null || isolation === 'none'
      ? await findIsolation(environment['PATH'] ?? '')
      : { kind: isolation, reason: '' };
  if (kind !== 'none')
    return ok(
      `only with the keys below ${gateFiles(config.home).folder}: processes of your own user that are not in a sandbox can read them, other users and web pages cannot`,
    );
  return {
    status: config.temporal.isExposed ? 'warning' : 'problem',
    detail: `every process of this machine can start and end workflows, and so run commands as you: ${reason}`,
    hint: 'install bubblewrap, or util-linux with iproute2 where user namespaces are allowed',
  };
}

async function examineSandbox(config: Config): Promise<Omit<Finding, 'name'>> {
  const sandbox = await detectSandbox();
  const { level, kinds, reason } = sandbox;
  const detail = `${level} (${kinds.join(', ')})${reason === '' ? '' : `; ${reason}`}`;
  const problem = sandboxProblem(sandbox, config.worker);
  if (problem === null) return ok(detail);
  return { status: 'problem', detail: `${detail}; ${problem.message}`, hint: problem.hint };
}

async function examineDisk(config: Config): Promise<Omit<Finding, 'name'>> {
  const free = await freeBytes(config.home);
  const floor = config.worker.minFreeBytes ?? DEFAULTS.minFreeBytes;
  const detail = `${formatBytes(free)} free, ${formatBytes(floor)} needed`;
  return free >= floor
    ? ok(detail)
    : { status: 'problem', detail, hint: 'free some space or move CODETETHER_HOME' };
}

function examineConfiguration(config: Config): Omit<Finding, 'name'> {
  const files =
    config.files.length === 0
      ? `none (yours would be ${config.userFile})`
      : config.files.join(', ');
  const detail = [files, ...config.warnings].join('; ');
  return config.warnings.length === 0
    ? ok(detail)
    : { status: 'warning', detail, hint: 'remove the ignored keys' };
}

function examineEnvironment(environment: EnvironmentVariables): Omit<Finding, 'name'> {
  const temporal = Object.keys(environment).filter((name) => name.startsWith('TEMPORAL_'));
  const isExternal = externalTarget(environment) !== null;
  const unused = isExternal ? [] : temporal.filter((name) => name !== 'TEMPORAL_NAMESPACE');
  const keys = Object.entries(environmentKeys(environment));
  if (unused.length > 0) {
    return {
      status: 'warning',
      detail: `${unused.join(', ')} set, but no address: they have no effect`,
      hint: 'set TEMPORAL_ADDRESS or unset them',
    };
  }
  const [first] = keys;
  if (first !== undefined) {
    const detail = `${keys.map(([, name]) => name).join(', ')} set: keys of the environment are never used`;
    return { status: 'warning', detail, hint: `codetether auth set ${first[0]}` };
  }
  return ok(temporal.length === 0 ? 'nothing odd' : temporal.join(', '));
}
