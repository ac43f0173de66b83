import { z } from 'zod';
import { isWebhookAddress } from '../../domain/index.js';
import { mcpServerName } from '../mcp/schema.js';

/** An agent elsewhere (A2A). */
const agent = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .refine(isWebhookAddress, 'expected an https URL; http is for this machine only'),
  /** `vault` = with the token that lies in Vault; tokens never stand in a file. */
  auth: z.enum(['vault', 'none']).optional(),
  transport: z.enum(['jsonrpc', 'rest']).optional(),
  /** It takes a message that comes twice under one id as one. */
  repeats_sends: z.boolean().optional(),
  timeout_s: z.number().positive().max(300).optional(),
  max_output: z.int().min(1024).max(1_048_576).optional(),
});

/** The table `[a2a]` of a file: agents by their names, which end in paths of Vault. */
export const a2aFile = z.strictObject({ agents: z.record(mcpServerName, agent).optional() });
