import {
  formatSettings,
  lspSettings,
  questionSettings,
  tuiSettings,
  rlmSettings,
  subAgentSettings,
  webSettings,
} from './agent-settings.js';
import type { Config, ConfiguredCheck, DefaultModel, WorkerSettings } from './config.js';
import { configuredHooks, permissionSets, strictestEnvelope } from './rule-settings.js';
import { processEnvironment, type EnvironmentVariables } from './light/environment.js';
import { fallbackModels } from './fallback-models.js';
import { mergeLayers, readLayers, type Layer, type LoadConfigOptions } from './layers.js';
import { userFolders } from './paths.js';
import { a2aSettings } from './a2a/settings.js';
import { mcpSettings } from './mcp/settings.js';
import { notifySettings } from './notify-settings.js';
import { platformSettings } from './platform/settings.js';
import type { UserFile } from './schema.js';
import { taskSettings } from './task-settings.js';
import { serveSettings } from './remote/serve-settings.js';
import { workspaceSettings } from './workspace-settings.js';

/**
 * Reads and merges all configuration: user file, project files, `--config FILE`, environment. Throws
 * InvalidInputError with file, line and key.
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
    tui: tuiSettings(merged),
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
    notify: notifySettings(merged.notify),
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
