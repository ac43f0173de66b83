import { z } from 'zod';

/** An A2A agent as the configuration names it. */
export const remoteAgentSchema = z.object({
  name: z.string().max(64),
  /** Its address, or the address of its card. */
  url: z.string().max(2048),
  /** `vault` = with the bearer token that lies in Vault. */
  auth: z.enum(['vault', 'none']),
  transport: z.enum(['jsonrpc', 'rest']).nullable(),
  /** A message may be sent again under its id when it is not known whether it arrived. */
  repeatsSends: z.boolean(),
  /** Time limit of one request. */
  timeoutMs: z.number().int().positive(),
  /** Of one result the model sees so much; the whole is kept. */
  maxOutputBytes: z.number().int().positive(),
});

/** See {@link remoteAgentSchema}. */
export type RemoteAgent = z.infer<typeof remoteAgentSchema>;

/** Under this name the token for a server of git lies in Vault: `codetether auth set git/NAME`. */
export function gitSecretName(credential: string): string {
  return `git/${credential}`;
}

/** Under this name the token of an agent lies in Vault, beside those of providers: `codetether auth set a2a/NAME`. */
export function a2aSecretName(agent: string): string {
  return `a2a/${agent}`;
}
