import { z } from 'zod';
import {
  mcpServerSchema,
  modelReferenceSchema,
  notifySettingsSchema,
  remoteAgentSchema,
  SERVED_LANGUAGES,
  TOOL_MODES,
  type Envelope,
  type Hook,
  type PermissionSet,
  type ScreenAction,
  type ScreenRole,
  type ScreenThemeName,
} from '../domain/index.js';
import { serveSettingsSchema } from './remote/serve-settings.js';
import type { PlatformSettings } from './platform/settings.js';

const providerSettingsSchema = z.object({
  wire: z.enum(['openai-chat', 'anthropic-messages', 'replay']).optional(),
  baseUrl: z.string().optional(),
  auth: z.enum(['vault', 'none']).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** Absolute path. */
  transcript: z.string().optional(),
  contextWindow: z.number().optional(),
  models: z.array(z.string()).optional(),
  price: z
    .object({
      inputPerMillionUsd: z.number(),
      outputPerMillionUsd: z.number(),
      cachedInputPerMillionUsd: z.number().optional(),
      cacheWritePerMillionUsd: z.number().optional(),
    })
    .optional(),
  toolMode: z.enum(TOOL_MODES).optional(),
  isStreamed: z.boolean().optional(),
  takesPictures: z.boolean().optional(),
  maxConcurrent: z.number().optional(),
  requestsPerMinute: z.number().optional(),
  firstTokenTimeoutMs: z.number().optional(),
  stallTimeoutMs: z.number().optional(),
});

/** What the worker process needs to know; it travels to that process as JSON and holds no secret of Vault. */
export const workerSettingsSchema = z.object({
  providers: z.record(z.string(), providerSettingsSchema),
  /** Models that take over in this order; see `fallback_models` of the configuration file. */
  fallbackModels: z.array(modelReferenceSchema).default([]),
  sandboxMinimum: z.enum(['none', 'process', 'nested', 'full']),
  /** The user named the minimum: only then may commands run where they could read the worker's memory. */
  isSandboxNamed: z.boolean().default(false),
  /** Null = the built-in floor. */
  minFreeBytes: z.number().nullable(),
  /** Keep the machine awake while a run works, on mains power. */
  inhibitSleep: z.boolean().default(true),
  vault: z.object({
    address: z.string().nullable(),
    mount: z.string(),
    path: z.string(),
    namespace: z.string().nullable(),
    caCert: z.string().nullable(),
    /** Null = found out from what else is given. */
    auth: z.enum(['token', 'file', 'kubernetes', 'approle']).nullable().default(null),
    tokenFile: z.string().nullable(),
    /** Role of the Kubernetes login, role id of the AppRole login. */
    role: z.string().nullable().default(null),
    /** Mount of the auth method; null = the method's name. */
    authMount: z.string().nullable().default(null),
    jwtPath: z.string().nullable().default(null),
    secretIdPath: z.string().nullable().default(null),
  }),
  /** Encryption at rest; see `[codec]` of the configuration file. */
  codec: z
    .object({
      isEnabled: z.boolean(),
      /** Mount of Vault's transit engine. */
      mount: z.string(),
      /** Name of the wrapping key. */
      key: z.string(),
    })
    .default({ isEnabled: false, mount: 'transit', key: 'codetether' }),
  /** Who is told about runs; null = nobody. */
  notify: notifySettingsSchema.nullable().default(null),
  /** What of the web agents may read and ask; see `[web]` of the configuration file. */
  web: z
    .object({
      allow: z.array(z.string()),
      allowPrivate: z.array(z.string()),
      search: z.enum(['searxng', 'brave', 'tavily', 'exa']).nullable(),
      searchUrl: z.string().nullable(),
    })
    .default({ allow: [], allowPrivate: [], search: null, searchUrl: null }),
  /** Servers whose tools agents may use; see `[mcp.servers.NAME]` of the configuration file. */
  mcp: z.array(mcpServerSchema).default([]),
  /** Hosts that updates of tasks may be posted to by http and on private networks. */
  pushAllowHosts: z.array(z.string()).default([]),
  /** Agents elsewhere that work can be handed to; see `[a2a.agents.NAME]` of the configuration file. */
  a2a: z.array(remoteAgentSchema).default([]),
  /** What language servers say about edits; see `[lsp]` of the configuration file. */
  lsp: z
    .object({
      diagnostics: z.boolean(),
      /** Languages about which nothing is said. */
      off: z.array(z.enum(SERVED_LANGUAGES)),
    })
    .default({ diagnostics: true, off: [] }),
  /** Tasks from outside; see `[tasks]` and `[workspaces.NAME]` of the configuration file. */
  tasks: z
    .object({
      /** Absolute folders by the names that tasks use. */
      workspaces: z.record(z.string(), z.string()),
      gitHosts: z.array(z.string()),
      /** Logins at servers of git, by the names under which their tokens lie in Vault. */
      gitCredentials: z
        .array(z.object({ name: z.string(), host: z.string(), username: z.string() }))
        .default([]),
      isPushed: z.boolean(),
      maxOpen: z.number().int().positive(),
      maxOpenPerOwner: z.number().int().positive().default(100),
      /** The file of `--config`, absolute: runs of tasks are planned by it too. */
      configFile: z.string().nullable(),
    })
    .prefault({ workspaces: {}, gitHosts: [], isPushed: false, maxOpen: 200, configFile: null }),
  /** Commands that format files after edits, by the endings of their names without the dot. */
  format: z.record(z.string(), z.string()).default({}),
  /** Tasks from outside; see `[serve]` of the configuration file. */
  serve: serveSettingsSchema.prefault({}),
});

/** See {@link workerSettingsSchema}. */
export type WorkerSettings = z.infer<typeof workerSettingsSchema>;

/** The model that a command uses when no flag names one, and who said so. */
export interface DefaultModel {
  readonly reference: string;
  readonly source: 'environment' | 'project' | 'user';
}

/** A check that a project file names. */
export interface ConfiguredCheck {
  readonly name: string;
  readonly command: string;
  /** Undefined = the default time limit. */
  readonly timeoutMs: number | undefined;
}

/** How lanes get their dependencies, as configured. */
export interface WorkspaceSettings {
  /** Null = detected; empty = none. */
  readonly setup: readonly string[] | null;
  /** Time limit of one set-up command. Null = the built-in default. */
  readonly setupTimeoutMs: number | null;
  /** Relative to the repository. */
  readonly copy: readonly string[];
  /** Absolute. */
  readonly share: readonly string[];
  /** Absolute. */
  readonly extraDirs: readonly string[];
  /** Machines from which submodules may come besides those of the remotes. Default: none. */
  readonly submoduleHosts?: readonly string[];
  /** Tools whose build caches are kept from the base. Default: all that are recognised. */
  readonly caches?: readonly string[];
}

/** Where set-up commands may connect to, beside what lock files and registry settings name. */
export interface EgressSettings {
  readonly allow: readonly string[];
  readonly allowPrivate: readonly string[];
  readonly setupNetwork: 'registries' | 'open';
}

/** All settings of one command, merged: flags of the command line still win over them. */
export interface Config {
  /** State folder, absolute. */
  readonly home: string;
  /** Folder of downloaded programs, absolute. */
  readonly cache: string;
  /** Null = the built-in default. */
  readonly defaultModel: DefaultModel | null;
  /** Null = from the PRD, else detected. */
  readonly checks: readonly ConfiguredCheck[] | null;
  readonly egress: EgressSettings;
  readonly workspace: WorkspaceSettings;
  /** When a proof tries whether checks still notice failures; null = the default. */
  readonly canaries: 'auto' | 'always' | 'off' | null;
  /** What becomes of questions of agents; null = the default. `wait` as it is written, for example `10m`. */
  readonly questions: {
    readonly wait: string | null;
    readonly unattended: 'park' | 'deny' | null;
  };
  /** The terminal UI; null = the default. */
  readonly tui: {
    readonly theme: ScreenThemeName | null;
    readonly colours: Readonly<Partial<Record<ScreenRole, string>>>;
    readonly keys: Readonly<Record<string, ScreenAction | 'none'>>;
  };
  /** How far agents may start others; null = the default. */
  readonly subAgents: { readonly maxDepth: number | null; readonly maxCount: number | null };
  /** US dollars above which a swarm wants a yes; null = no sum does. */
  readonly swarm: { readonly confirmAboveUsd: number | null };
  /** Tools of the host that the code of a question over an input may call. */
  readonly rlm: { readonly tools: readonly string[] };
  /** The only files and folders that stories may change; null = all. */
  readonly paths: readonly string[] | null;
  /** Rules for what agents may do, a set for each file that has some; a call has to pass all. */
  readonly permissions: readonly PermissionSet[];
  /** Commands of the user's own and of trusted project files, in order. */
  readonly hooks: readonly Hook[];
  /** What becomes of stories that do what is not theirs to decide; the strictest of all files. */
  readonly envelope: Envelope;
  readonly worker: WorkerSettings;
  readonly temporal: {
    /** Path of the `temporal` program, when the user names one. */
    readonly cli: string | null;
    readonly port: number | null;
    /** The user accepts a server that every process of the machine can reach, where no other is possible. */
    readonly isExposed: boolean;
  };
  readonly api: { readonly port: number | null };
  /** The worker of a platform; see `[platform]` of the configuration file. */
  readonly platform: PlatformSettings;
  /** Files that were read, in the order of precedence, weakest first. */
  readonly files: readonly string[];
  /** Where the user's own file is or would be. */
  readonly userFile: string;
  /** Plain sentences for stderr. */
  readonly warnings: readonly string[];
}
