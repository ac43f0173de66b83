import { z } from 'zod';

/** How one MCP server is reached. */
const transportSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('stdio'),
    command: z.string().min(1),
    args: z.array(z.string()),
    /** Variables of the service's own environment that it gets; all others stay out. */
    env: z.array(z.string()),
    /** Variable in which it finds its token out of Vault; null = it gets none. */
    tokenEnv: z.string().nullable(),
    /** Whether it sees the files that an agent works on: not at all, to read, or to write. It starts in them. */
    folder: z.enum(['none', 'read', 'write']),
    network: z.enum(['none', 'full']),
    /** Further files and folders that it may read, absolute. */
    readPaths: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('http'),
    url: z.string(),
    /**
     * `vault` = with the bearer token, and other headers, that lie in Vault; `oauth` = with tokens of a login, which lie there too and are
     * renewed.
     */
    auth: z.enum(['vault', 'oauth', 'none']),
  }),
]);

/** An MCP server as the configuration names it. */
export const mcpServerSchema = z.object({
  name: z.string(),
  transport: transportSchema,
  /** Tools that are offered; null = all. Names, or with `*` at their end the beginnings of names. */
  allow: z.array(z.string()).nullable(),
  /** Tools that are not, whatever `allow` says. */
  deny: z.array(z.string()),
  /** Tools that change nothing, by the person's own word: agents that only read may call them. */
  readOnly: z.array(z.string()),
  /** Tools that may be called again when it is not known whether they took effect. */
  idempotent: z.array(z.string()),
  /** Time limit of one request. */
  timeoutMs: z.number().int().positive(),
  /** Time limit of a task that goes on by itself. */
  taskTimeoutMs: z.number().int().positive(),
  /** Time limit of starting it and of agreeing on a protocol. */
  startTimeoutMs: z.number().int().positive(),
  /** Of one result the model sees so much; the whole is kept. */
  maxOutputBytes: z.number().int().positive(),
});

/** See {@link mcpServerSchema}. */
export type McpServer = z.infer<typeof mcpServerSchema>;

const PREFIX = 'mcp__';
const SEPARATOR = '__';

/** A tool of a server. */
export interface McpToolName {
  readonly server: string;
  readonly tool: string;
}

/** The name by which agents know a tool of a server. */
export function mcpToolName({ server, tool }: McpToolName): string {
  return `${PREFIX}${server}${SEPARATOR}${tool}`;
}

/** The tool behind such a name; undefined for a name of another form. Names of servers hold no `__`. Pure. */
export function parseMcpToolName(name: string): McpToolName | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  const rest = name.slice(PREFIX.length);
  const at = rest.indexOf(SEPARATOR);
  if (at <= 0 || at + SEPARATOR.length >= rest.length) return undefined;
  return { server: rest.slice(0, at), tool: rest.slice(at + SEPARATOR.length) };
}

/** True when one of `patterns` is `name`, or ends with `*` and is its beginning. Pure. */
export function isNamedBy(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  );
}

/** What the person's configuration says of one tool of a server; nothing that the server says counts. Pure. */
export function mcpToolRights(
  { allow, deny, readOnly, idempotent }: McpServer,
  tool: string,
): { readonly isOffered: boolean; readonly isReading: boolean; readonly isRepeatable: boolean } {
  const isReading = isNamedBy(readOnly, tool);
  return {
    isOffered: !isNamedBy(deny, tool) && (allow === null || isNamedBy(allow, tool)),
    isReading,
    isRepeatable: isReading || isNamedBy(idempotent, tool),
  };
}

/** Under this name the token of a server lies in Vault, beside those of providers: `codetether auth set mcp/NAME`. */
export function mcpSecretName(server: string): string {
  return `mcp/${server}`;
}
