import { InvalidInputError } from '../domain/index.js';
import type { AutoApprove } from '../domain/index.js';

/** What a request is sent by; `createProxyFetch` of the product, anything in tests. */
export type HttpFetch = (input: string, init: RequestInit) => Promise<Response>;

/** Where the worker belongs, and by what it is known there. */
export interface PlatformIdentity {
  /** See {@link platformAddress}. */
  readonly server: string;
  /** Undefined = the platform asks for none. */
  readonly token: string | undefined;
  /** The same after every start. */
  readonly workerId: string;
}

/** The two names under which platforms keep their tasks; see docs/operations.md. */
export const PREFIXES = ['/v1/agent', '/v1/opencode'] as const;

/** See {@link PREFIXES}. */
export type Prefix = (typeof PREFIXES)[number];

/** A repository of this machine that the platform may send tasks for. */
export interface OfferedWorkspace {
  /** Name in `[workspaces.NAME]`. */
  readonly name: string;
  /** Absolute; told to the platform, which shows it. Undefined = only the configuration knows it. */
  readonly path: string | undefined;
}

/** How often and how long; every field has a default in {@link DEFAULT_PACE}. */
export interface Pace {
  /** Between two looks at the list of pending tasks. */
  readonly pollMs: number;
  /** Between two signs of life of the worker. */
  readonly heartbeatMs: number;
  /** Between two signs of life of each task. */
  readonly leaseMs: number;
  /** After so long without output a task says that it is alive, where the platform keeps no leases. */
  readonly quietMs: number;
  /** A stream that is silent for longer is opened again. */
  readonly silenceMs: number;
  /** The first pause after a failure; doubles from try to try. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

/** Seconds that a lease is asked for: longer than any restart of this machine. */
export const LEASE_SECONDS = 3600;

/** The platform sends a sign of life every 30 s, drops workers it has not heard of for some minutes, and asks for tasks after 300 s. */
export const DEFAULT_PACE: Pace = {
  pollMs: 30_000,
  heartbeatMs: 30_000,
  leaseMs: 60_000,
  quietMs: 240_000,
  silenceMs: 95_000,
  firstPauseMs: 500,
  longestPauseMs: 60_000,
};

/** What the user decides about the worker. */
export interface LinkOptions {
  readonly server: string;
  readonly token: string | undefined;
  /** As which it shows up. */
  readonly name: string;
  readonly hostname: string;
  /** Undefined = found out. */
  readonly prefix: Prefix | undefined;
  readonly capabilities: readonly string[];
  readonly workspaces: readonly OfferedWorkspace[];
  /** Models that can be asked, as `provider/model`. */
  readonly models: readonly string[];
  readonly autoApprove: AutoApprove;
  /** Tasks that are worked on at a time. */
  readonly maxTasks: number;
  /** Told to the platform; undefined = not. */
  readonly email: string | undefined;
  /** Address that the platform may call; undefined = none. */
  readonly pushUrl: string | undefined;
  /** Folder of everything that outlives this process. */
  readonly folder: string;
  readonly pace: Pace;
}

/** What this worker can do, in the platform's words. */
export const CAPABILITIES: readonly string[] = [
  'ralph',
  'swarm',
  'rlm',
  'a2a',
  'mcp',
  'persistent',
];

/** The address of a platform without its last slashes. Throws `ERR_PLATFORM_URL` for what is none. */
export function platformAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isUsable =
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '' &&
    text.length <= 2000;
  if (!isUsable) {
    throw new InvalidInputError('ERR_PLATFORM_URL', {
      message:
        'the address of the platform is none: expected http or https, without user, query and fragment',
      where: { field: '--server' },
      hint: 'for example: codetether worker --server https://platform.example.com',
    });
  }
  let end = url.href.length;
  while (url.href[end - 1] === '/') end -= 1;
  return url.href.slice(0, end);
}
