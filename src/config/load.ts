import { dirname, resolve } from 'node:path';
import { InvalidInputError } from '../domain/light/index.js';
import {
  formatSettings,
  lspSettings,
  mergeLsp,
  questionSettings,
  rlmSettings,
  subAgentSettings,
  webSettings,
} from './agent-settings.js';
import type { Config, ConfiguredCheck, DefaultModel, WorkerSettings } from './config.js';
import { configuredHooks, permissionSets, strictestEnvelope } from './rule-settings.js';
import { processEnvironment, type EnvironmentVariables } from './light/environment.js';
import { fallbackModels } from './fallback-models.js';
import { checkProjectFile, checkUserFile, sensitiveKeys } from './file-rules.js';
import { userFolders, type UserFolders } from './paths.js';
import { a2aSettings } from './a2a/settings.js';
import { absoluteMcp, mcpSettings } from './mcp/settings.js';
import { refuseLinkOut } from './trust/project-link.js';
import { platformSettings } from './platform/settings.js';
import { projectFiles, trustOf, trustPath } from './trust/project-trust.js';
import type { UserFile } from './schema.js';
import { absoluteWorkspaces, taskSettings } from './task-settings.js';
import { serveSettings } from './remote/serve-settings.js';
import { readTomlFile, type TomlFile } from './toml-file.js';
import { absoluteVault } from './vault-paths.js';
import { workspaceSettings } from './workspace-settings.js';

/** Options of {@link loadConfig}. */
export interface LoadConfigOptions {
  /** Folder whose `codetether.toml` and `.codetether/config.toml` count. Default: the current folder. */
  readonly project?: string;
  /** A further file of the user's own, stronger than all others; it must exist. */
  readonly configFile?: string | undefined;
  /** Default: the environment of this process. */
  readonly environment?: EnvironmentVariables;
}

interface Layer {
  readonly path: string;
  readonly kind: 'user' | 'project';
  readonly settings: UserFile;
  readonly warnings: readonly string[];
  /** 1-based line of a key of the file. */
  readonly lineOf: TomlFile['lineOf'];
}

/**
 * Reads and merges all configuration: user file, project files, `--config FILE`, environment. Throws
 * {@link InvalidInputError} with file, line and key.
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<Config> {
  const environment = options.environment ?? processEnvironment();
  const folders = userFolders(environment);
  const layers = await readLayers(options, folders);
  const merged = mergeLayers(layers);
  return {
    home: folders.home,
    cache: folders.cache,
    defaultModel: defaultModelOf(layers, environment),
    checks: configuredChecks(merged),
    workspace: workspaceSettings(merged),
    egress: egressSettings(merged),
    canaries: merged.proof?.canaries ?? null,
    subAgents: subAgentSettings(merged),
    questions: questionSettings(merged),
    swarm: { confirmAboveUsd: merged.swarm?.confirm_above_usd ?? null },
    rlm: rlmSettings(merged),
    paths: merged.paths ?? null,
    permissions: permissionSets(layers),
    hooks: configuredHooks(layers),
    envelope: strictestEnvelope(layers),
    worker: {
      ...workerSettings(merged, environment),
      tasks: taskSettings(merged, options.configFile),
    },
    temporal: temporalSettings(merged, environment),
    api: { port: merged.api?.port ?? null },
    platform: platformSettings(merged, environment),
    files: layers.map((layer) => layer.path),
    userFile: folders.userFile,
    warnings: [
      ...layers.flatMap((layer) => layer.warnings),
      ...(merged.temporal?.ui_port === undefined ? [] : [UI_PORT_WARNING]),
    ],
  };
}

const UI_PORT_WARNING =
  "temporal.ui_port has no effect: the API shows Temporal's web interface (codetether open)";

async function readLayers(options: LoadConfigOptions, folders: UserFolders): Promise<Layer[]> {
  const project = resolve(options.project ?? '.');
  const named = options.configFile === undefined ? undefined : resolve(options.configFile);
  const sources = [
    { path: folders.userFile, kind: 'user' as const },
    ...projectFiles(project).map((path) => ({ path, kind: 'project' as const })),
    // A project file that the user names explicitly is the user's own: it counts once, with full rights.
  ].filter((source) => source.path !== named);
  if (named !== undefined) sources.push({ path: named, kind: 'user' });
  const layers: Layer[] = [];
  for (const { path, kind } of sources) {
    const layer = await readLayer(path, { kind, folders });
    if (layer !== null) layers.push(layer);
    else if (path === named) {
      throw new InvalidInputError('ERR_CONFIG_MISSING', {
        message: 'the configuration file does not exist',
        where: { file: options.configFile },
        hint: 'check the path given with --config',
      });
    }
  }
  return layers;
}

async function readLayer(
  path: string,
  role: { readonly kind: Layer['kind']; readonly folders: UserFolders },
): Promise<Layer | null> {
  if (role.kind === 'project') refuseLinkOut(path);
  const file = await readTomlFile(path);
  if (file === null) return null;
  if (role.kind === 'user') {
    const { settings, warnings } = checkUserFile(file);
    const own = withAbsolutePaths(settings, dirname(path));
    return { path, kind: 'user', settings: own, warnings, lineOf: file.lineOf };
  }
  const { home, userFile } = role.folders;
  const trust = sensitiveKeys(file).length === 0 ? 'untrusted' : await trustOf(home, file);
  const { settings, warnings } = checkProjectFile(file, { trust, userFile });
  // the folder by which it is trusted is the one its paths start from
  const folder = dirname(await trustPath(path));
  const absolute = withAbsolutePaths(settings, folder);
  return { path, kind: 'project', settings: absolute, warnings, lineOf: file.lineOf };
}

/** Paths in a file are relative to the file. */
function withAbsolutePaths(settings: UserFile, folder: string): UserFile {
  const result = { ...settings };
  if (settings.providers !== undefined) {
    result.providers = Object.fromEntries(
      Object.entries(settings.providers).map(([name, provider]) => [
        name,
        provider.transcript === undefined
          ? provider
          : { ...provider, transcript: resolve(folder, provider.transcript) },
      ]),
    );
  }
  if (settings.workspace !== undefined) {
    const { share, extra_dirs: extra } = settings.workspace;
    result.workspace = {
      ...settings.workspace,
      ...(share === undefined ? {} : { share: share.map((path) => resolve(folder, path)) }),
      ...(extra === undefined ? {} : { extra_dirs: extra.map((path) => resolve(folder, path)) }),
    };
  }
  if (settings.workspaces !== undefined)
    result.workspaces = absoluteWorkspaces(settings.workspaces, folder);
  if (settings.mcp !== undefined) result.mcp = absoluteMcp(settings.mcp, folder);
  if (settings.vault !== undefined) result.vault = absoluteVault(settings.vault, folder);
  if (settings.temporal?.cli?.includes('/') === true) {
    result.temporal = { ...settings.temporal, cli: resolve(folder, settings.temporal.cli) };
  }
  return result;
}

function mergeLayers(layers: readonly Layer[]): UserFile {
  return layers.reduce<UserFile>((merged, { settings }) => {
    const providers = { ...merged.providers };
    for (const [name, provider] of Object.entries(settings.providers ?? {})) {
      providers[name] = { ...providers[name], ...provider };
    }
    return {
      ...merged,
      ...settings,
      providers,
      workspace: { ...merged.workspace, ...settings.workspace },
      sandbox: { ...merged.sandbox, ...settings.sandbox },
      egress: { ...merged.egress, ...settings.egress },
      proof: { ...merged.proof, ...settings.proof },
      sub_agents: { ...merged.sub_agents, ...settings.sub_agents },
      questions: { ...merged.questions, ...settings.questions },
      web: { ...merged.web, ...settings.web },
      mcp: { servers: { ...merged.mcp?.servers, ...settings.mcp?.servers } },
      a2a: { agents: { ...merged.a2a?.agents, ...settings.a2a?.agents } },
      lsp: mergeLsp(merged.lsp, settings.lsp),
      format: { ...merged.format, ...settings.format },
      swarm: { ...merged.swarm, ...settings.swarm },
      platform: { ...merged.platform, ...settings.platform },
      tasks: { ...merged.tasks, ...settings.tasks },
      workspaces: { ...merged.workspaces, ...settings.workspaces },
      temporal: { ...merged.temporal, ...settings.temporal },
      api: { ...merged.api, ...settings.api },
      serve: { ...merged.serve, ...settings.serve },
      service: { ...merged.service, ...settings.service },
      vault: { ...merged.vault, ...settings.vault },
      codec: { ...merged.codec, ...settings.codec },
    };
  }, {});
}

function defaultModelOf(
  layers: readonly Layer[],
  environment: EnvironmentVariables,
): DefaultModel | null {
  const fromEnvironment = firstOf(environment['CODETETHER_DEFAULT_MODEL']);
  if (fromEnvironment !== null) return { reference: fromEnvironment, source: 'environment' };
  const layer = layers.findLast(({ settings }) => settings.default_model !== undefined);
  const reference = layer?.settings.default_model;
  return layer === undefined || reference === undefined ? null : { reference, source: layer.kind };
}

function configuredChecks(merged: UserFile): ConfiguredCheck[] | null {
  if (merged.checks === undefined) return null;
  return merged.checks.map(({ name, command, timeout_s: seconds }) => ({
    name,
    command,
    timeoutMs: seconds === undefined ? undefined : seconds * 1000,
  }));
}

function egressSettings({ egress = {} }: UserFile): Config['egress'] {
  return {
    allow: egress.allow ?? [],
    allowPrivate: egress.allow_private ?? [],
    setupNetwork: egress.setup_network ?? 'registries',
  };
}

function temporalSettings(
  { temporal = {} }: UserFile,
  environment: EnvironmentVariables,
): Config['temporal'] {
  return {
    cli: temporal.cli ?? null,
    port: temporal.port ?? null,
    isExposed: (temporal.exposed ?? false) || environment['CODETETHER_TEMPORAL_EXPOSED'] === '1',
  };
}

function workerSettings(
  merged: UserFile,
  environment: EnvironmentVariables,
): Omit<WorkerSettings, 'tasks'> {
  const providers = Object.fromEntries(
    Object.entries(merged.providers ?? {}).map(([name, provider]) => [
      name,
      providerSettings(provider),
    ]),
  );
  return {
    providers,
    fallbackModels: fallbackModels(merged.fallback_models ?? [], providers),
    sandboxMinimum: merged.sandbox?.minimum ?? 'process',
    isSandboxNamed: merged.sandbox?.minimum !== undefined,
    minFreeBytes: merged.min_free_bytes ?? null,
    inhibitSleep: merged.service?.inhibit_sleep ?? true,
    codec: codecSettings(merged),
    notify: notifySettings(merged),
    web: webSettings(merged),
    mcp: mcpSettings(merged),
    a2a: a2aSettings(merged),
    pushAllowHosts: merged.serve?.push_allow_hosts ?? [],
    lsp: lspSettings(merged),
    format: formatSettings(merged),
    serve: serveSettings(merged),
    vault: vaultSettings(merged.vault ?? {}, environment),
  };
}

function vaultSettings(
  vault: NonNullable<UserFile['vault']>,
  environment: EnvironmentVariables,
): WorkerSettings['vault'] {
  return {
    address: firstOf(environment['VAULT_ADDR'], vault.address),
    mount: firstOf(environment['VAULT_MOUNT'], vault.mount) ?? 'secret',
    path: firstOf(environment['VAULT_SECRETS_PATH'], vault.path) ?? 'codetether/providers',
    namespace: firstOf(environment['VAULT_NAMESPACE'], vault.namespace),
    caCert: firstOf(environment['VAULT_CACERT'], vault.ca_cert),
    auth: vault.auth ?? null,
    tokenFile: firstOf(environment['VAULT_TOKEN_FILE'], vault.token_file),
    role: firstOf(vault.role),
    authMount: firstOf(vault.auth_mount),
    jwtPath: firstOf(vault.jwt_path),
    secretIdPath: firstOf(vault.secret_id_path),
  };
}

function notifySettings({ notify }: UserFile): WorkerSettings['notify'] {
  return notify === undefined
    ? null
    : { webhook: notify.webhook, events: notify.events ?? ['end'] };
}

function codecSettings({ codec = {} }: UserFile): WorkerSettings['codec'] {
  return {
    isEnabled: codec.enabled ?? false,
    mount: codec.transit_mount ?? 'transit',
    key: codec.key ?? 'codetether',
  };
}

function providerSettings(
  provider: NonNullable<UserFile['providers']>[string],
): WorkerSettings['providers'][string] {
  const { price } = provider;
  return {
    wire: provider.wire,
    baseUrl: provider.base_url,
    auth: provider.auth,
    headers: provider.headers,
    transcript: provider.transcript,
    contextWindow: provider.context_window,
    models: provider.models,
    price:
      price === undefined
        ? undefined
        : {
            inputPerMillionUsd: price.input_per_million_usd,
            outputPerMillionUsd: price.output_per_million_usd,
            cachedInputPerMillionUsd: price.cached_input_per_million_usd,
            cacheWritePerMillionUsd: price.cache_write_per_million_usd,
          },
    toolMode: provider.tool_mode,
    isStreamed: provider.stream,
    takesPictures: provider.images,
    maxConcurrent: provider.max_concurrent,
    requestsPerMinute: provider.requests_per_minute,
    firstTokenTimeoutMs: milliseconds(provider.first_token_timeout_s),
    stallTimeoutMs: milliseconds(provider.stall_timeout_s),
  };
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

/** The first value that is set and not empty, or null. */
function firstOf(...values: readonly (string | undefined)[]): string | null {
  return values.find((value) => value !== undefined && value !== '') ?? null;
}
