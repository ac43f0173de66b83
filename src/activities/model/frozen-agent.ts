import { z } from 'zod';
import type { BlobRef } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import type { ToolSchema } from '../../providers/index.js';
import type { TaskAgent } from '../../contracts/index.js';
import { systemPrompt } from './system-prompt.js';

/** Prompt and tool schemas of an agent as they were when it was started. */
export interface FrozenAgent {
  readonly prompt: BlobRef;
  readonly toolset: BlobRef;
}

const toolsetSchema = z.array(
  z.object({
    name: z.string(),
    description: z.string(),
    parameters: z.record(z.string(), z.unknown()),
  }),
);

/** Keeps what an agent is told and offered, so that an upgrade in mid-attempt changes no byte of its requests. */
export async function freezeAgent(
  blobs: BlobStore,
  schemas: readonly ToolSchema[],
  {
    agent = 'story',
    more = '',
  }: { readonly agent?: 'story' | TaskAgent; readonly more?: string } = {},
): Promise<FrozenAgent> {
  const own = systemPrompt(agent);
  const [prompt, toolset] = await Promise.all([
    blobs.put(more === '' ? own : `${own}\n\n${more}`),
    blobs.put(JSON.stringify(schemas)),
  ]);
  return { prompt, toolset };
}

/** The schemas that {@link freezeAgent} kept. */
export async function thawToolset(ref: BlobRef, blobs: BlobStore): Promise<readonly ToolSchema[]> {
  return toolsetSchema.parse(JSON.parse(await blobs.getText(ref)));
}
