import { z } from 'zod';
import { a2aFile } from './a2a/schema.js';
import { mcpServer, mcpServerName } from './mcp/schema.js';
import { platformTable } from './platform/schema.js';
import {
  BUILD_CACHE_TOOLS,
  hookEventSchema,
  MOST_HOOKS,
  MOST_RULES,
  MOST_SUB_AGENTS,
  SCREEN_ACTIONS,
  SCREEN_ROLES,
  SCREEN_THEMES,
  SERVED_LANGUAGES,
  TOOL_MODES,
} from '../domain/index.js';
import { notifyFile } from './notify-settings.js';
import { serveFileSchema } from './remote/serve-settings.js';

const price = z.strictObject({
  input_per_million_usd: z.number().nonnegative(),
  output_per_million_usd: z.number().nonnegative(),
  cached_input_per_million_usd: z.number().nonnegative().optional(),
  cache_write_per_million_usd: z.number().nonnegative().optional(),
});

/** Node's fetch itself gives up after 300 s of silence. */
const timeoutS = z.number().positive().max(290);

const provider = z.strictObject({
  wire: z.enum(['openai-chat', 'anthropic-messages', 'replay']).optional(),
  base_url: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional(),
  auth: z.enum(['vault', 'none']).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** Path of a recorded transcript, from the file's folder; wire `replay` only. */
  transcript: z.string().min(1).optional(),
  context_window: z.int().positive().optional(),
  models: z.array(z.string().min(1)).optional(),
  price: price.optional(),
  /** How tool calls travel; `json` is for servers without tool calling. */
  tool_mode: z.enum(TOOL_MODES).optional(),
  /** False for servers that cannot stream. */
  stream: z.boolean().optional(),
  images: z.boolean().optional(),
  max_concurrent: z.int().positive().optional(),
  requests_per_minute: z.int().positive().optional(),
  first_token_timeout_s: timeoutS.optional(),
  stall_timeout_s: timeoutS.optional(),
});

const check = z.strictObject({
  name: z.string().min(1),
  command: z.string().min(1),
  timeout_s: z.number().positive().optional(),
});

/** How lanes get their dependencies, as far as a project may say it. */
const projectWorkspace = z.strictObject({
  /** Commands; an empty list switches detection off. */
  setup: z.array(z.string().min(1)).optional(),
  setup_timeout_s: z.number().positive().optional(),
  copy: z.array(z.string().min(1)).optional(),
  /** Build caches that proofs find warm: all that are recognised, none, or these. */
  caches: z.union([z.boolean(), z.array(z.enum(BUILD_CACHE_TOOLS))]).optional(),
});

/** Folders outside the repository are the user's to give. */
const userWorkspace = projectWorkspace.extend({
  share: z.array(z.string().min(1)).optional(),
  extra_dirs: z.array(z.string().min(1)).optional(),
  /** Machines from which set-up may fetch submodules, besides those of the repository's own remotes. */
  submodule_hosts: z.array(z.string().min(1)).optional(),
});

const modelReference = z
  .string()
  .regex(/^[^/\s]+\/\S+$/, 'expected PROVIDER/MODEL, for example moonshotai/kimi-k2.5');
/** It becomes a part of Vault's paths and policies. */
const transitName = z.string().regex(/^[\w-][\w.-]*$/, 'expected letters, digits, - . _');
const port = z.int().min(1).max(65_535);
/** One server of git, and who logs in there. */
const gitCredential = z.strictObject({
  host: z
    .string()
    .regex(
      /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?$/,
      'expected a host, or HOST:PORT',
    ),
  username: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'expected printable ASCII without blanks')
    .optional(),
});

const egressHost = z
  .string()
  .regex(
    /^(\*|\.?[a-z0-9][a-z0-9.-]*|[0-9a-f:]+)(:\d{1,5})?$/,
    'expected a host name in lower case, .suffix or *, with :PORT when it is not 443',
  );

const ruleList = z.array(z.string().min(1).max(MOST_RULES.text)).max(MOST_RULES.rules);

/** What agents may do. A call has to pass the rules of every file, so that each further one only tightens. */
const permissions = z.strictObject({
  allow: ruleList.optional(),
  ask: ruleList.optional(),
  deny: ruleList.optional(),
  /** What holds for calls that no rule speaks of. */
  default: z.enum(['allow', 'ask', 'deny']).optional(),
});

const decision = z.enum(['allow', 'park', 'deny']);

/** What becomes of stories that do what is not theirs to decide. The strictest of all files counts. */
const envelope = z.strictObject({
  new_dependency: decision.optional(),
  migration: decision.optional(),
  ci_file: decision.optional(),
  mass_deletion: decision.optional(),
  push: decision.optional(),
  external_request: decision.optional(),
});

const hook = z.strictObject({
  event: hookEventSchema,
  matcher: z.string().max(MOST_HOOKS.matcher).optional(),
  command: z.string().min(1).max(MOST_HOOKS.command),
  timeout_s: z.int().min(1).max(MOST_HOOKS.timeoutS).optional(),
});

/** What files that come with a project may say without `codetether trust`: strangers write them (design.md section 10). */
export const projectFileSchema = z.strictObject({
  default_model: modelReference.optional(),
  checks: z.array(check).optional(),
  /** The same as `workspace.setup`, which is stronger. */
  setup: z.array(z.string().min(1)).optional(),
  workspace: projectWorkspace.optional(),
  /** The only files and folders that stories may change, relative to the repository. */
  paths: z.array(z.string().min(1)).optional(),
  permissions: permissions.optional(),
  envelope: envelope.optional(),
});

/** Keys of `[workspace]` that a project file may only set when the user trusts it. */
export const USER_WORKSPACE_KEYS: readonly string[] = ['share', 'extra_dirs', 'submodule_hosts'];

/** Keys that no project file may set, whatever trust it has: they decide where code of strangers may connect to, and what proves it. */
export const USER_ONLY_KEYS: readonly string[] = [
  'egress',
  'proof',
  'sub_agents',
  'questions',
  'web',
  'swarm',
  'rlm',
  'tasks',
  'platform',
  'workspaces',
  'serve',
];

/** What the user's own file, `--config FILE` and trusted project files may say. */
export const userFileSchema = projectFileSchema.extend({
  workspace: userWorkspace.optional(),
  providers: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'expected lower-case letters, digits, - . _'),
      provider,
    )
    .optional(),
  /** Models that take over, in this order, while the chosen one is gone, out of quota or overloaded for long. */
  fallback_models: z.array(modelReference).optional(),
  sandbox: z
    .strictObject({ minimum: z.enum(['none', 'process', 'nested', 'full']).optional() })
    .optional(),
  /** How far agents may start others: levels below a run's own agents, and agents below each of those. */
  sub_agents: z
    .strictObject({
      max_depth: z.int().min(0).max(MOST_SUB_AGENTS.depth).optional(),
      max_count: z.int().min(0).max(MOST_SUB_AGENTS.count).optional(),
    })
    .optional(),
  /** The worker of a platform. Never in a project file. */
  platform: platformTable.optional(),
  /** Tasks that come from outside, by A2A, the platform or HTTP. Never in a project file. */
  tasks: z
    .strictObject({
      /** Hosts from which repositories are cloned for them, with :PORT when it is not 443. */
      git_hosts: z.array(egressHost).max(100).optional(),
      /** Logins at servers of git; their tokens lie in Vault and never in a file. */
      git_credentials: z.record(mcpServerName, gitCredential).optional(),
      /** Push the branch of a finished task to where its repository came from. */
      push: z.boolean().optional(),
      /** Most tasks that may be open at once. */
      max_open: z.int().min(1).max(10_000).optional(),
      max_open_per_owner: z.int().min(1).max(10_000).optional(),
    })
    .optional(),
  /** Repositories of this machine that tasks from outside may name. Never in a project file. */
  workspaces: z
    .record(
      z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'expected letters, digits, - . _'),
      z.strictObject({ path: z.string().min(1) }),
    )
    .optional(),
  /** Commands that run at moments of every agent's work, in the sandbox. */
  hooks: z.array(hook).max(MOST_HOOKS.count).optional(),
  /** What becomes of questions that agents of a run ask. */
  questions: z
    .strictObject({
      /** How long an agent waits for an answer, for example `10m`. */
      wait: z.string().optional(),
      /** Without one: set the story aside, or let the agent decide. */
      unattended: z.enum(['park', 'deny']).optional(),
    })
    .optional(),
  /** When a swarm wants a yes before it starts. */
  swarm: z.strictObject({ confirm_above_usd: z.number().nonnegative().optional() }).optional(),
  /** Tools of the host that the code of a question over an input may call. */
  rlm: z.strictObject({ tools: z.array(z.string().max(100)).max(20).optional() }).optional(),
  /** When a proof tries whether checks still notice failures. */
  proof: z.strictObject({ canaries: z.enum(['auto', 'always', 'off']).optional() }).optional(),
  /** Where set-up commands may connect to. Never in a project file, trusted or not. */
  egress: z
    .strictObject({
      allow: z.array(egressHost).optional(),
      /** Hosts that may lie on a private network, for example a company's mirror. */
      allow_private: z.array(egressHost).optional(),
      /** `open` gives set-up the network of the host. */
      setup_network: z.enum(['registries', 'open']).optional(),
    })
    .optional(),
  /** What of the web agents may read and ask. Never in a project file. */
  web: z
    .strictObject({
      allow: z.array(egressHost).optional(),
      allow_private: z.array(egressHost).optional(),
      search: z.enum(['searxng', 'brave', 'tavily', 'exa']).optional(),
      search_url: z.url({ protocol: /^https?$/ }).optional(),
    })
    .refine((web) => web.search !== 'searxng' || web.search_url !== undefined, {
      message: 'searxng needs search_url',
      path: ['search_url'],
    })
    .optional(),
  /** Servers whose tools agents may use; those of a project file need the user's trust. */
  mcp: z.strictObject({ servers: z.record(mcpServerName, mcpServer).optional() }).optional(),
  /** Agents elsewhere that work can be handed to; those of a project file need the user's trust. */
  a2a: a2aFile.optional(),
  /** Errors that language servers find after edits. */
  lsp: z
    .strictObject({
      diagnostics: z.boolean().optional(),
      /** One switch a language. */
      languages: z.partialRecord(z.enum(SERVED_LANGUAGES), z.boolean()).optional(),
    })
    .optional(),
  /** Commands that format files after edits, by endings such as `ts` or `ts,tsx`: text in, text out. */
  format: z
    .record(
      z
        .string()
        .regex(
          /^[a-z0-9_+-]{1,20}(?:,[a-z0-9_+-]{1,20}){0,30}$/,
          'expected endings, for example "ts,tsx"',
        ),
      z.string().min(1).max(4000),
    )
    .optional(),
  temporal: z
    .strictObject({
      cli: z.string().min(1).optional(),
      port: port.optional(),
      /** Without effect: the web interface is shown by the API. */
      ui_port: port.optional(),
      /** Accept an embedded server that every process of the machine can reach, where it cannot be closed. */
      exposed: z.boolean().optional(),
    })
    .optional(),
  api: z.strictObject({ port: port.optional() }).optional(),
  /** Tasks from outside; see `codetether serve`. */
  serve: serveFileSchema.optional(),
  service: z
    .strictObject({
      /** Keep the machine awake while a run works, on mains power. */
      inhibit_sleep: z.boolean().optional(),
    })
    .optional(),
  vault: z
    .strictObject({
      address: z.url().optional(),
      mount: z.string().min(1).optional(),
      path: z.string().min(1).optional(),
      namespace: z.string().min(1).optional(),
      ca_cert: z.string().min(1).optional(),
      auth: z.enum(['token', 'file', 'kubernetes', 'approle']).optional(),
      token_file: z.string().min(1).optional(),
      role: z.string().min(1).optional(),
      auth_mount: z.string().min(1).optional(),
      jwt_path: z.string().min(1).optional(),
      secret_id_path: z.string().min(1).optional(),
    })
    .optional(),
  /** Encryption of histories, blobs, journal and events by a key of Vault's transit engine. */
  codec: z
    .strictObject({
      enabled: z.boolean().optional(),
      transit_mount: transitName.optional(),
      key: transitName.optional(),
    })
    .optional(),
  notify: notifyFile.optional(),
  /** The terminal UI. */
  tui: z
    .strictObject({
      theme: z.enum(SCREEN_THEMES).optional(),
      /** Parameters of SGR by what is coloured, for example `1;36`. */
      colours: z
        .partialRecord(
          z.enum(SCREEN_ROLES),
          z
            .string()
            .regex(/^(?:\d{1,3}(?:;\d{1,3}){0,9})?$/, 'expected numbers, for example "1;36"'),
        )
        .optional(),
      /** What keys do, by their names, for example `ctrl+t`; `none` takes a key away. */
      keys: z
        .record(
          z
            .string()
            .regex(/^(?:ctrl\+)?(?:alt\+)?[a-z0-9]{1,12}$/, 'expected a key, for example "ctrl+t"'),
          z.enum([...SCREEN_ACTIONS, 'none']),
        )
        .optional(),
    })
    .optional(),
  min_free_bytes: z.int().nonnegative().optional(),
});

/** See {@link userFileSchema}. */
export type UserFile = z.infer<typeof userFileSchema>;
