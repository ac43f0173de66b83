import { randomBytes } from 'node:crypto';
import { SEARCH_ATTRIBUTES } from '../../contracts/index.js';
import type { Isolation } from '../light/isolation.js';

/**
 * Reads of already committed tasks are limited to 20 a second on the one shard of the development server; both refresh
 * flags turn cached reads into database reads (facts: temporal.md section 15, 2.3 times lower latency together).
 */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=1000',
  'system.forceSearchAttributesCacheRefreshOnRead=false',
  'system.forceNexusEndpointRefreshOnRead=false',
  // no daily report about this machine to the outside
  'frontend.enableServerVersionCheck=false',
  'history.hostLevelCacheMaxSize=256',
  // Goroutines that wait for tasks of a cluster's size, 512 a queue: their stacks grow with use and are kept. One SQLite connection feeds a few.
  ...['timer', 'transfer', 'visibility'].map(
    (queue) => `history.${queue}ProcessorSchedulerWorkerCount=64`,
  ),
  // neither archives nor replicas here
  'history.archivalProcessorSchedulerWorkerCount=8',
  'history.ReplicationProcessorSchedulerWorkerCount=8',
  'history.ReplicationLowPriorityProcessorSchedulerWorkerCount=8',
  // the server's own upkeep, a few tasks an hour; the fewest pollers that its SDK allows
  ...['Scanner', 'ParentClose'].flatMap((part) => [
    `worker.${part}MaxConcurrentActivityTaskPollers=1`,
    `worker.${part}MaxConcurrentWorkflowTaskPollers=2`,
  ]),
  // an operator may pause a whole workflow, in the interface and by the command line
  'frontend.WorkflowPauseEnabled=true',
];

/** 3.6 times the throughput of the default journal, and nothing acknowledged is lost (facts: temporal.md section 1). */
const PRAGMAS = ['journal_mode=wal', 'synchronous=full'];

/** Arguments of the embedded server but its ports, which are chosen at each start. */
export function temporalArguments(request: {
  readonly database: string;
  readonly namespace: string;
  readonly isolation: Isolation;
}): string[] {
  const { database, namespace } = request;
  // every one is a keyword
  const attributes = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => `${name}=Keyword`);
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    // two arguments, because leftovers are recognised by them
    '--db-filename',
    database,
    ...PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...[...DYNAMIC_CONFIG, refusedHosts()].flatMap((value) => ['--dynamic-config-value', value]),
    ...attributes.flatMap((attribute) => ['--search-attribute', attribute]),
    ...(namespace === 'default' ? [] : [`--namespace=${namespace}`]),
    '--log-level=warn',
    '--color=never',
    '--ui-disable-news-fetch',
    // the user's own Temporal profiles are for clients of other servers
    '--disable-config-file',
    '--disable-config-env',
    // behind a gate the web interface is reached by a socket that only the user can open
    ...(request.isolation === 'none' ? ['--headless'] : ['--ui-public-path', UI_PATH]),
  ];
}

/** Where the API shows Temporal's web interface. */
export const UI_PATH = '/temporal';

/** Its HTTP API answers a host that nobody can guess, and so no web page (facts: temporal2.md section 1.2). */
function refusedHosts(): string {
  return `frontend.httpAllowedHosts=["${randomBytes(16).toString('hex')}"]`;
}
