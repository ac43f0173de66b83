import { z } from 'zod';
import { plannedCacheSchema } from './build-cache.js';

/** One command that prepares dependencies in a lane. */
export const setupStepSchema = z.object({
  /** For people, for example `npm ci`. */
  name: z.string().min(1),
  /** Shell command line, run by bash. */
  command: z.string().min(1),
  /** Folder relative to the repository, `.` for its top level. */
  folder: z.string().default('.'),
  /** Milliseconds. */
  timeoutMs: z.number().int().positive(),
  /** Files relative to the repository; set-up is repeated when one of them changes. */
  lockFiles: z.array(z.string()).default([]),
});

/** See {@link setupStepSchema}. */
export type SetupStep = z.infer<typeof setupStepSchema>;

/** How far set-up commands get; decided when a run is planned, so that a person sees it. */
export const setupNetworkSchema = z.object({
  /** `registries`: through the egress proxy to what is listed. `open`: the network of the host, its loopback included. */
  mode: z.enum(['registries', 'open']),
  /** Names of public hosts beside the public registries: `host`, `.suffix` or `*`, each with `:port` when that is not 443. */
  allow: z.array(z.string()),
  /** Names that may lie on a private network; from the user's own configuration only. */
  allowPrivate: z.array(z.string()),
  /** Registry settings for the commands, without credentials. */
  variables: z.record(z.string(), z.string()),
});

/** See {@link setupNetworkSchema}. */
export type SetupNetwork = z.infer<typeof setupNetworkSchema>;

/** What set-up commands asked the egress proxy for at one host and port. */
export const egressTrafficSchema = z.object({
  host: z.string(),
  port: z.number().int(),
  connections: z.number().int().nonnegative(),
  /** Connections that were allowed and could not be made. */
  failures: z.number().int().nonnegative(),
  refusals: z.number().int().nonnegative(),
  /** Of the last refusal. */
  reason: z.enum(['not-allowed', 'private-address', 'no-address']).nullable(),
  sentBytes: z.number().int().nonnegative(),
  receivedBytes: z.number().int().nonnegative(),
});

/** See {@link egressTrafficSchema}. */
export type EgressTraffic = z.infer<typeof egressTrafficSchema>;

/** How lanes get their dependencies. */
export const workspaceSetupSchema = z.object({
  /** Where the steps come from. */
  source: z.enum(['config', 'flag', 'detected', 'none']),
  steps: z.array(setupStepSchema),
  /** Files and folders that git ignores, copied from the user's checkout into every lane; relative to the repository. */
  copy: z.array(z.string()).default([]),
  /** Absolute folders that set-up may write to in every lane, for example package caches. */
  share: z.array(z.string()).default([]),
  /** Absolute folders outside the repository that agents and checks may read. */
  extraDirs: z.array(z.string()).default([]),
  /** Absent in runs of earlier versions: the package registries. */
  network: setupNetworkSchema.optional(),
  /** Machines from which submodules may come besides those of the repository's remotes; absent = none. */
  submoduleHosts: z.array(z.string()).optional(),
  /** Build caches that are kept from the untouched base; absent = none. */
  caches: z.array(plannedCacheSchema).optional(),
});

/** See {@link workspaceSetupSchema}. */
export type WorkspaceSetup = z.infer<typeof workspaceSetupSchema>;

/** Set-up of a repository that needs none. */
export const NO_SETUP: WorkspaceSetup = {
  source: 'none',
  steps: [],
  copy: [],
  share: [],
  extraDirs: [],
};

/** What one set-up cost; kept in proofs and in the run record. */
export const setupReportSchema = z.object({
  commands: z.array(z.string()),
  /** True when an earlier set-up of the same lock files was used again. */
  isReused: z.boolean(),
  durationMs: z.number().nonnegative(),
  /** Bytes of the files that git ignores in the lane afterwards. */
  bytes: z.number().int().nonnegative(),
  /** Where its commands went, by command; absent = without the egress proxy, or by an earlier version. */
  traffic: z
    .array(z.object({ command: z.string(), hosts: z.array(egressTrafficSchema) }))
    .optional(),
});

/** See {@link setupReportSchema}. */
export type SetupReport = z.infer<typeof setupReportSchema>;

/** Where a set-up ended that did not succeed. */
export interface SetupFailure {
  readonly step: SetupStep;
  /** Null when the command did not end by itself. */
  readonly exitCode: number | null;
  readonly isTimedOut: boolean;
  /** The network or a registry did not answer, as far as the output tells. */
  readonly isNetwork: boolean;
  /** End of the output. */
  readonly tail: string;
  /** What the egress proxy refused while it ran. */
  readonly refused?: readonly EgressTraffic[];
  /** It seems to have tried to go past the egress proxy; absent = no. */
  readonly isBypass?: boolean;
}

/** `host, host:port (private address)`: what the egress proxy refused; empty when it refused nothing. */
export function describeRefusals(refused: readonly EgressTraffic[]): string {
  return refused
    .map(({ host, port, reason }) => {
      const name = port === 443 ? host : `${host}:${port}`;
      return reason === 'private-address' ? `${name} (an address of a private network)` : name;
    })
    .join(', ');
}

const TRAFFIC_HOSTS = 6;

/** `host 12 kB in, 1 kB out; host (refused)`: where a set-up's commands went; empty when none went through the egress proxy. */
export function describeTraffic({ traffic = [] }: Pick<SetupReport, 'traffic'>): string {
  const hosts = traffic.flatMap((entry) => entry.hosts);
  const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1000)} kB`;
  const shown = hosts.slice(0, TRAFFIC_HOSTS).map((entry) => {
    const name = entry.port === 443 ? entry.host : `${entry.host}:${entry.port}`;
    if (entry.connections === 0)
      return `${name} (${entry.refusals > 0 ? 'refused' : 'not reached'})`;
    return `${name} ${kilobytes(entry.receivedBytes)} in, ${kilobytes(entry.sentBytes)} out`;
  });
  const more = hosts.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join('; ');
}

/** One sentence about a failed set-up, with the command and how it ended. */
export function describeSetupFailure(failure: SetupFailure): string {
  const { step, exitCode, isTimedOut, isNetwork } = failure;
  const place = step.folder === '.' ? '' : ` in ${step.folder}`;
  const end = isTimedOut
    ? `did not end within its time limit of ${Math.round(step.timeoutMs / 1000)} s`
    : `ended with exit code ${exitCode ?? 'none (killed)'}`;
  const refused = describeRefusals(failure.refused ?? []);
  const cause =
    refused !== ''
      ? `; it asked for hosts that set-up may not reach: ${refused}`
      : isNetwork
        ? '; a network or a registry did not answer, also after retries'
        : '';
  return `set-up command \`${step.command}\`${place} ${end}${cause}`;
}

/** Time that one preparation of a lane may take, in milliseconds: each step's limit covers its retries. */
export function setupLimitMs(setup: WorkspaceSetup): number {
  return setup.steps.reduce((sum, step) => sum + step.timeoutMs, 0);
}

const NETWORK_SIGNS =
  /\b(ENOTFOUND|ETIMEDOUT|ECONNRESET|ECONNREFUSED|EAI_AGAIN|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b|socket hang up|temporary failure in name resolution|could not resolve host|network is unreachable|connection (timed out|reset|refused)|tls handshake timeout|i\/o timeout|no such host|\b(502 bad gateway|503 service unavailable|504 gateway time-?out|429 too many requests)\b|spurious network error|failed to establish a new connection|read timed out/i;

/** True when the output of a failed set-up reads like a network or registry that did not answer. */
export function looksLikeNetworkFailure(output: string): boolean {
  return NETWORK_SIGNS.test(output);
}

const BYPASS_SIGNS =
  /\b(ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ENETUNREACH)\b|name resolution|could not resolve|network is unreachable|connection refused|no such host/i;

/**
 * What the network has to do with a failed set-up. `offline`: a registry did not answer, waiting helps. `bypass`: a program
 * went past the egress proxy: a client of the proxy resolves no name and connects to nothing else, so that the words of one
 * that does come from another, unless the proxy itself could not reach a host. `traffic` is null without the proxy.
 */
export function networkCause(
  output: string,
  traffic: readonly EgressTraffic[] | null,
): 'offline' | 'bypass' | 'none' {
  const isCutOff = (traffic ?? []).some(
    ({ failures, reason }) => failures > 0 || reason === 'no-address',
  );
  if (isCutOff) return 'offline';
  if (traffic !== null && BYPASS_SIGNS.test(output)) return 'bypass';
  return looksLikeNetworkFailure(output) ? 'offline' : 'none';
}

/** True when the output of a failed command says that the disk is full. */
export function looksLikeFullDisk(output: string): boolean {
  return /\bENOSPC\b|no space left on device|disk quota exceeded|os error 28\b/i.test(output);
}

/** Files that decide what an installation brings, whatever folder they lie in. */
const SETUP_INPUTS =
  /(^|\/)(package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|yarn\.lock|\.yarnrc(\.yml)?|bun\.lockb?|\.npmrc|pyproject\.toml|setup\.(py|cfg)|uv\.lock|poetry\.lock|Pipfile(\.lock)?|requirements\/[^/]+\.txt|Cargo\.(toml|lock)|rust-toolchain(\.toml)?|go\.(mod|sum|work|work\.sum)|Gemfile(\.lock)?|composer\.(json|lock)|\.tool-versions|\.python-version|\.nvmrc)$/;

/** True when a set-up command that names no lock files has to be repeated after a change of this file. */
export function isSetupInput(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isRequirements = name.endsWith('.txt') && name.includes('requirements');
  return isRequirements || SETUP_INPUTS.test(path);
}

/** Keys of package.json that an installation reads; a story may change the others without a new set-up. */
const INSTALL_KEYS: readonly string[] = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'bundledDependencies',
  'bundleDependencies',
  'workspaces',
  'overrides',
  'resolutions',
  'packageManager',
  'engines',
  'pnpm',
  'bin',
];
const INSTALL_SCRIPTS = /^(pre|post)?(install|prepare)$|^(pre|post)pack$|^dependencies$/;

/** The part of a set-up input that decides about dependencies: of a package.json its dependency keys, else the whole text. */
export function setupRelevantPart(path: string, text: string): string {
  if (!/(^|\/)package\.json$/.test(path)) return text;
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof manifest !== 'object' || manifest === null) return text;
  const entries = Object.entries(manifest).flatMap(([key, value]: [string, unknown]) => {
    if (INSTALL_KEYS.includes(key)) return [[key, value] as const];
    if (key !== 'scripts' || typeof value !== 'object' || value === null) return [];
    return [[key, Object.entries(value).filter(([name]) => INSTALL_SCRIPTS.test(name))] as const];
  });
  return JSON.stringify(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}
