import { z } from 'zod';

/** A name or an address to be asked by; with :PORT where it is asked by another port than the one that is listened on. */
const hostName = z
  .string()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[?[0-9a-f:.]{2,45}\]?)(?::\d{1,5})?$/i,
    'expected a host name or an address',
  );

const origin = z
  .string()
  .regex(/^https?:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?$/, 'expected SCHEME://HOST[:PORT]');

/** `[serve]` of a configuration file: who may ask for tasks from outside, and how much. Never in a project file. */
export const serveFileSchema = z.strictObject({
  /** Whether `codetether up` serves tasks by itself, on the port of its API. */
  with_up: z.boolean().optional(),
  port: z.int().min(1).max(65_535).optional(),
  hostname: hostName.optional(),
  /** Address in the card, where clients see another than the one that is listened on. */
  public_url: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .max(2048)
    .optional(),
  /** Further names under which clients may ask, as they stand in the Host header. */
  hosts: z.array(hostName).max(50).optional(),
  /** Pages that may ask from a browser, such as `https://inspector.example`. */
  origins: z.array(origin).max(50).optional(),
  body_limit_bytes: z.int().min(1024).max(10_485_760).optional(),
  header_timeout_s: z.number().positive().max(300).optional(),
  ping_s: z.number().positive().max(300).optional(),
  slow_reader_s: z.number().positive().max(3600).optional(),
  max_streams: z.int().positive().max(100_000).optional(),
  starts_per_minute: z.int().positive().max(100_000).optional(),
  /** Hosts that updates may be posted to besides public https addresses. */
  push_allow_hosts: z.array(hostName).max(100).optional(),
  card_max_age_s: z.int().nonnegative().max(31_536_000).optional(),
});

/** Settings of the server for tasks from outside; see `[serve]` of the configuration file. */
export const serveSettingsSchema = z.object({
  /** See `with_up` of the configuration file. */
  isWithUp: z.boolean().default(true),
  port: z.number().default(4096),
  hostname: z.string().default('127.0.0.1'),
  publicUrl: z.string().nullable().default(null),
  hosts: z.array(z.string()).default([]),
  origins: z.array(z.string()).default([]),
  bodyLimitBytes: z.number().default(10 * 1024 * 1024),
  headerTimeoutMs: z.number().default(30_000),
  pingMs: z.number().default(15_000),
  /** How long a reader of a stream may take nothing before it is left. */
  slowReaderMs: z.number().default(60_000),
  /** Streams of one process at the same time. */
  maxStreams: z.number().default(5000),
  /** Tasks that one token may start in any minute. */
  startsPerMinute: z.number().default(60),
  cardMaxAgeS: z.number().default(300),
});

/** See {@link serveSettingsSchema}. */
export type ServeSettings = z.infer<typeof serveSettingsSchema>;

/** What a configuration file says, with the defaults. */
export function serveSettings({
  serve = {},
}: {
  readonly serve?: z.infer<typeof serveFileSchema> | undefined;
}): ServeSettings {
  return serveSettingsSchema.parse({
    isWithUp: serve.with_up,
    port: serve.port,
    hostname: serve.hostname,
    publicUrl: serve.public_url ?? null,
    hosts: serve.hosts,
    origins: serve.origins,
    bodyLimitBytes: serve.body_limit_bytes,
    headerTimeoutMs: milliseconds(serve.header_timeout_s),
    pingMs: milliseconds(serve.ping_s),
    slowReaderMs: milliseconds(serve.slow_reader_s),
    maxStreams: serve.max_streams,
    startsPerMinute: serve.starts_per_minute,
    cardMaxAgeS: serve.card_max_age_s,
  });
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}
