import { availableParallelism } from 'node:os';
import {
  createChildActivities,
  createMergeActivities,
  createModelActivities,
  createDraftActivities,
  createProbeActivities,
  createPushActivities,
  createNotifyActivities,
  createRalphActivities,
  createRecordActivities,
  createRlmActivities,
  createSubAgentActivities,
  createSessionActivities,
  createScriptActivities,
  createSwarmActivities,
  createTaskActivities,
  createToolActivities,
  freezeAgent,
  type AgentTexts,
  type ChildActivities,
  type MergeActivities,
  type ModelActivities,
  type DraftActivities,
  type ProbeActivities,
  type PushActivities,
  type NotifyActivities,
  type RalphActivities,
  type RecordActivities,
  type RlmActivities,
  type SubAgentActivities,
  type SessionActivities,
  type ScriptActivities,
  type SwarmActivities,
  type TaskActivities,
  type ToolActivities,
} from '../activities/index.js';
import {
  environmentKeys,
  environmentProxies,
  type EnvironmentVariables,
  type WorkerSettings,
} from '../config/index.js';
import {
  BUILD_TOOLS,
  DEFAULTS,
  HOST_TOOLS,
  REPL_TOOLS,
  taskTools,
  type TaskAgent,
} from '../contracts/index.js';
import {
  a2aSecretName,
  InvalidInputError,
  mcpSecretName,
  type PlanClaim,
  type SpentCall,
} from '../domain/index.js';
import { rememberSecret, type Logger } from '../observability/index.js';
import {
  homePaths,
  openDeltas,
  type DeltaPlace,
  loginStore,
  beginPlans,
  createCoreBudget,
  fetchThrough,
  createVaultClient,
  createVaultSecrets,
  detectSandbox,
  noteSpentCall,
  openStores,
  readReplNotes,
  replNoter,
  readSpentCalls,
  requirePlan,
  type BlobStore,
  type Envelope,
  type Sandbox,
  type Stores,
  type VaultSecrets,
} from '../platform/index.js';
import { createProviders, type ProviderSecrets } from '../providers/index.js';
import { knownVault } from '../keys/index.js';
import { requireSandbox } from '../host/index.js';
import { notificationDocument, renderReport } from '../report/index.js';
import { ReplPool, ScriptPool } from '../rlm/index.js';
import {
  builtInTools,
  createMcpFamily,
  createFollowUps,
  createToolRegistry,
  type ToolRegistry,
  webServices,
} from '../tools/index.js';
import { createHolds } from './holds.js';
import { nobodyIsTold, openNotices, type NoticeDesk } from './notice-desk.js';
import { openPushDesk } from './push-desk.js';
import { openTaskDesk } from './task-desk.js';
import { watchStarvation } from './starvation-watch.js';

/** What the activities of one worker are built from. */
export interface ComposeOptions {
  /** State folder, absolute. */
  readonly home: string;
  readonly settings: WorkerSettings;
  readonly environment: EnvironmentVariables;
  readonly logger: Logger;
  /** Encrypts what the stores write; null = plain. */
  readonly envelope: Envelope | null;
}

/** Activities by name, ready for `Worker.create`. */
export type ComposedActivities = ModelActivities &
  ToolActivities &
  RalphActivities &
  RecordActivities &
  RlmActivities &
  ScriptActivities &
  SessionActivities &
  SubAgentActivities &
  SwarmActivities &
  TaskActivities &
  MergeActivities &
  NotifyActivities &
  DraftActivities &
  ProbeActivities &
  PushActivities &
  ChildActivities;

/**
 * Builds every dependency once and the activities over them. Throws `ERR_SANDBOX_TOO_WEAK` (exit 3) when this host cannot
 * hold commands as strongly as the settings ask for.
 */
export async function composeActivities(options: ComposeOptions): Promise<ComposedActivities> {
  const { home, settings, environment, logger, envelope } = options;
  const sandbox = await detectSandbox();
  requireSandbox(sandbox, settings);
  const { level, kinds, reason } = sandbox;
  logger.log('info', 'sandbox', { level, kinds, reason });
  const opened = openStores({ home, envelope, renderReport, watch: watchStarvation() });
  await beginPlans(home);
  const hold = createHolds(homePaths(home).holds);
  const plans = plansOf(home);
  const secrets = vaultOrNone(options);
  const notices = openNotices(options, { records: opened.records, secrets });
  const stores =
    notices === null ? opened : { ...opened, events: notices.listening(opened.events) };
  const proxies = environmentProxies(environment);
  const fetch = fetchThrough(proxies);
  const hookServices = { sandbox, masked: [home] };
  const { registry, followUps } = openTools(options, { sandbox, secrets, fetch });
  const providers = createProviders({
    config: settings.providers,
    secrets,
    environmentKeys: environmentKeys(environment),
    ...(proxies === null ? {} : { fetch }),
  });
  const models = {
    providers,
    fallbackModels: settings.fallbackModels,
    ...notesOf(home),
    // in an encrypted home nothing of a conversation lies open, not even for a moment
    ...(envelope === null ? { openDeltas: (place: DeltaPlace) => openDeltas(home, place) } : {}),
  };
  const work = {
    freezeAgent: freezerOf(stores.blobs, registry),
    hookServices,
    ...stores,
    ...plans,
    hold,
    sandbox,
    minFreeBytes: settings.minFreeBytes ?? DEFAULTS.minFreeBytes,
    cores: createCoreBudget(availableParallelism()),
  };
  return {
    ...createModelActivities({ ...stores, ...models, registry }),
    ...createToolActivities({ ...stores, hold, registry, hookServices, followUps }),
    ...createRalphActivities(work),
    ...createSubAgentActivities(work),
    ...createSessionActivities(work),
    ...createSwarmActivities({ ...work, ...models }),
    ...programActivities({ ...stores, ...models }, registry),
    ...remoteActivities(options, { stores, secrets }),
    ...createMergeActivities({ ...stores, ...plans, sandbox }),
    ...noticeActivities(settings, stores, notices),
    ...createRecordActivities({ ...stores, ...plans, sandbox }),
    ...createChildActivities(),
    ...createProbeActivities({ providers }),
    ...createDraftActivities({ ...stores, providers, fallbackModels: settings.fallbackModels }),
  };
}

/** Secrets of providers, servers and agents; those of logins are renewed, and written again. */
type WorkerSecrets = Pick<
  VaultSecrets,
  'readProviderSecret' | 'storeProviderSecret' | 'invalidate'
>;

/** What runs say of themselves. */
function noticeActivities({ notify }: WorkerSettings, stores: Stores, notices: NoticeDesk | null) {
  return createNotifyActivities({
    ...stores,
    notify,
    readRecord: (runId) => stores.records.read(runId),
    describe: (record, event, now) => notificationDocument(record, { event, now }),
    tell: notices === null ? nobodyIsTold : notices.tell,
  });
}

/** Programs over agents and over large inputs. */
function programActivities(
  parts: Stores & Omit<Parameters<typeof createScriptActivities>[0], 'scripts'>,
  registry: ToolRegistry,
) {
  const { blobs } = parts;
  return {
    ...createScriptActivities({ ...parts, scripts: new ScriptPool(blobs) }),
    ...createRlmActivities({ ...parts, ...openRepls(blobs, registry) }),
  };
}

/** Tasks from outside, and where their updates are posted to. */
function remoteActivities(
  parts: ComposeOptions,
  { stores, secrets }: { readonly stores: Stores; readonly secrets: ProviderSecrets },
) {
  const readToken = async (name: string) => (await secrets.readProviderSecret(name)).apiKey;
  return {
    ...createTaskActivities({ ...stores, desk: openTaskDesk({ ...parts, stores, readToken }) }),
    ...createPushActivities(openPushDesk(parts)),
  };
}

/** Keeps what agents are told and offered. */
function freezerOf(blobs: BlobStore, registry: ToolRegistry) {
  return (agent: 'story' | TaskAgent, { tools, more = '' }: AgentTexts = {}) =>
    freezeAgent(
      blobs,
      registry.toolSchemas(tools ?? (agent === 'story' ? BUILD_TOOLS : taskTools(agent))),
      { agent, more },
    );
}

/** Every tool of this worker, its own and those of the servers that the configuration names, and what is done with files that they change. */
function openTools(
  { home, settings }: ComposeOptions,
  {
    sandbox,
    secrets,
    fetch,
  }: {
    readonly sandbox: Sandbox;
    readonly secrets: WorkerSecrets;
    readonly fetch: ReturnType<typeof fetchThrough>;
  },
): { readonly registry: ToolRegistry } & Pick<ReturnType<typeof createFollowUps>, 'followUps'> {
  const web = webServices(settings.web, { fetch, readKey: searchKeys(secrets) });
  const held = { sandbox, masked: [home] };
  const { tools, foreign } = createMcpFamily({
    ...held,
    servers: settings.mcp,
    folder: homePaths(home).mcp,
    fetch,
    readSecret: serverSecrets(secrets),
    oauthStore: (server) => loginStore(mcpSecretName(server), (action) => action(secrets)),
  });
  const { servers: languageServers, followUps } = createFollowUps(held, settings);
  const remote = { agents: settings.a2a, fetch, readToken: agentTokens(secrets) };
  const own = builtInTools({ ...held, web, servers: languageServers, remote });
  return { registry: createToolRegistry([...own, ...tools], foreign), followUps };
}

/** What is noted beside the record of a run, and read again. */
function notesOf(home: string) {
  return {
    noteSpentCall: (runId: string, call: SpentCall) => noteSpentCall(home, runId, call),
    readSpentCalls: (runId: string, workflowId?: string) => readSpentCalls(home, runId, workflowId),
    noteRepl: replNoter(home),
    readReplNotes: (runId: string, place?: string) => readReplNotes(home, runId, place),
  };
}

/** The REPLs of this worker, and the tools that stand for their functions. */
function openRepls(blobs: BlobStore, registry: ToolRegistry) {
  return {
    repls: new ReplPool(blobs),
    replTools: registry.toolSchemas([...REPL_TOOLS]),
    hostTools: registry.toolSchemas([...HOST_TOOLS]),
  };
}

/** Keys of search engines lie in Vault beside those of providers. */
function searchKeys(secrets: ProviderSecrets) {
  return async (engine: string) => (await secrets.readProviderSecret(engine)).apiKey;
}

/** Tokens of MCP servers lie there too. */
function serverSecrets(secrets: ProviderSecrets) {
  return async (server: string) => {
    const { apiKey, headers = {} } = await secrets.readProviderSecret(mcpSecretName(server));
    return { token: apiKey, headers };
  };
}

/** And those of agents elsewhere. */
function agentTokens(secrets: ProviderSecrets) {
  return async (agent: string) => (await secrets.readProviderSecret(a2aSecretName(agent))).apiKey;
}

function plansOf(home: string) {
  return { requirePlan: (runId: string, claim: PlanClaim) => requirePlan(home, runId, claim) };
}

/** Keys come from Vault; without one only providers with auth = "none" can be called, and the others are told so. */
function vaultOrNone(options: ComposeOptions): WorkerSecrets {
  const { home, settings, environment, logger } = options;
  const connection = knownVault({ home, worker: settings }, environment);
  if (typeof connection === 'string') return withoutVault(connection);
  return createVaultSecrets({
    client: createVaultClient(connection, {
      log: (message) => logger.log('warn', message),
      onToken: (token) => rememberSecret('vault-token', token),
    }),
    mount: settings.vault.mount,
    path: settings.vault.path,
  });
}

function withoutVault(reason: string): WorkerSecrets {
  const refuse = (provider: string): Promise<never> =>
    Promise.reject(
      new InvalidInputError('ERR_VAULT_NOT_CONFIGURED', {
        message: `the key of ${provider} can only come from Vault, and ${reason}`,
        hint: `codetether auth set ${provider}; or set VAULT_ADDR and VAULT_TOKEN, or use a provider with auth = "none"`,
      }),
    );
  return { readProviderSecret: refuse, storeProviderSecret: refuse, invalidate: () => undefined };
}
