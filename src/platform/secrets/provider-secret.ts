import { z } from 'zod';

/** A provider's secret as it lies in Vault; other fields are kept and not used. */
export const storedSecretSchema = z.object({
  api_key: z.string().min(1),
  organization: z.string().min(1).optional(),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  /** Name of an Azure resource; stands for its address. */
  resource: z
    .string()
    .regex(/^[a-z0-9-]+$/i)
    .optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** What a login by OAuth left, as JSON: refresh token, client, endpoints. */
  oauth: z.string().max(65_536).optional(),
});

/** See {@link storedSecretSchema}. */
export type StoredSecret = z.infer<typeof storedSecretSchema>;

/** What a model provider needs to be called. Never logged, never in a workflow. */
export interface VaultProviderSecret {
  readonly apiKey: string;
  readonly organization?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** See {@link storedSecretSchema}. */
  readonly oauth?: string | undefined;
}

/** The stored secret in the words of the providers. */
export function toProviderSecret(stored: StoredSecret): VaultProviderSecret {
  const azure =
    stored.resource === undefined
      ? undefined
      : `https://${stored.resource}.services.ai.azure.com/anthropic`;
  return {
    apiKey: stored.api_key,
    organization: stored.organization,
    baseUrl: stored.base_url ?? azure,
    headers: stored.headers,
    ...(stored.oauth === undefined ? {} : { oauth: stored.oauth }),
  };
}
