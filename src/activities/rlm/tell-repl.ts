import type { BlobRef, ContextManifest } from '../../domain/index.js';
import { RLM_SYSTEM_PROMPT, rootPrompt, type PromptLimits } from '../../rlm/index.js';
import type { RlmDependencies } from './rlm-dependencies.js';

/** What an agent that answers by code is told and offered. */
export interface ToldRepl {
  readonly prompt: BlobRef;
  readonly frozen: { readonly prompt: BlobRef; readonly toolset: BlobRef };
}

/** Keeps the question with what is known of its input, and the prompt and the tools as they are now. */
export async function tellRepl(
  question: string,
  given: { readonly manifest: ContextManifest; readonly limits: PromptLimits },
  { blobs, replTools }: Pick<RlmDependencies, 'blobs' | 'replTools'>,
): Promise<ToldRepl> {
  const [prompt, system, toolset] = await Promise.all([
    blobs.put(rootPrompt(question, given.manifest, given.limits)),
    blobs.put(RLM_SYSTEM_PROMPT),
    blobs.put(JSON.stringify(replTools)),
  ]);
  return { prompt, frozen: { prompt: system, toolset } };
}
