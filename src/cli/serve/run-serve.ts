import type { RemoteServices, ServedTasks } from '../../api/index.js';
import type { ServeSettings } from '../../config/index.js';
import { CodetetherError, InvalidInputError, visibleLine } from '../../domain/index.js';
import type { CommandContext } from '../context.js';

/** Flags of `codetether serve`. */
export interface ServeOptions {
  readonly port?: number;
  readonly hostname?: string;
  readonly json?: boolean;
}

/** Tasks from outside, over a connection of this command's own. */
export interface OpenRemote extends ServedTasks {
  close(): Promise<void>;
}

/** What {@link runServe} is given. */
export interface ServeServices {
  /** Starts the service where it does not run yet, and opens its tasks. */
  readonly open: () => Promise<OpenRemote>;
  /** Of this program. */
  readonly version: string;
  /** Ends the command. */
  readonly stop: AbortSignal;
}

/**
 * Serves tasks from outside until it is stopped. Throws `ERR_SERVE_WITHOUT_TOKENS` (exit 2)
 * for an address that others can reach while there is no token.
 */
export async function runServe(
  options: ServeOptions,
  context: CommandContext,
  services: ServeServices,
): Promise<void> {
  const { config } = context;
  const settings: ServeSettings = {
    ...config.worker.serve,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
  };
  const { accessTokenReader, secretPlace } = await import('../../keys/index.js');
  const { isForOneself } = await import('../../api/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const isOpen = isForOneself(settings);
  if (!isOpen && secretPlace(config) === 'none') throw withoutTokens(settings.hostname);
  const opened = await services.open();
  try {
    // the service may have had to start first: its own Vault may be where they are
    const readTokens = accessTokenReader(config, processEnvironment());
    if (!isOpen && (await readTokens()).length === 0) throw withoutTokens(settings.hostname);
    await listenUntilStopped({ settings, opened, readTokens, options }, context, services);
  } finally {
    await opened.close();
  }
}

interface Served {
  readonly settings: ServeSettings;
  readonly opened: OpenRemote;
  readonly readTokens: RemoteServices['readTokens'];
  readonly options: ServeOptions;
}

async function listenUntilStopped(
  { settings, opened, readTokens, options }: Served,
  { config, output }: CommandContext,
  { version, stop }: ServeServices,
): Promise<void> {
  const { createApp, listenOn, openRemoteApi } = await import('../../api/index.js');
  const { openAudit } = await import('../../runs/index.js');
  const onFault = (error: unknown): void => output.note(faultLine(error));
  const api = await openRemoteApi({
    served: opened,
    readTokens,
    settings,
    version,
    audit: openAudit(config.home, onFault),
    onFault,
  });
  const app = createApp({
    health: async () => ({
      version,
      uptimeS: Math.round(process.uptime()),
      isTemporalReachable: await opened.isReachable(),
    }),
    remote: api,
  });
  const server = await listenOn(app, settings);
  const host = settings.hostname.includes(':')
    ? `[${settings.hostname.replace(/^\[|\]$/g, '')}]`
    : settings.hostname;
  const url = `http://${host}:${server.port}`;
  const card = `${settings.publicUrl ?? url}/.well-known/agent-card.json`;
  const board = `${settings.publicUrl ?? url}/board/`;
  if (options.json === true) {
    output.line({ ready: true, url, card, board, hostname: settings.hostname, port: server.port });
  } else output.result(`serving tasks at ${url}\n  card  ${card}\n  board ${board}`);
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
  api.close();
  await server.close();
}

function withoutTokens(hostname: string): InvalidInputError {
  return new InvalidInputError('ERR_SERVE_WITHOUT_TOKENS', {
    message: `others can reach ${hostname}, directly or by the names in [serve] public_url and hosts, and there is no token yet: whoever connects could run code on this machine`,
    where: { field: 'hostname' },
    hint: 'codetether serve token create NAME --scope code:run   first, or listen on 127.0.0.1 without [serve] public_url and hosts',
  });
}

/** One line about a fault of the server; what it was asked for is in the audit log. */
export function faultLine(error: unknown): string {
  const code = error instanceof CodetetherError ? error.code : 'ERR_UNEXPECTED';
  const message = error instanceof Error ? error.message : String(error);
  return `${code}: ${visibleLine(message)}`;
}
