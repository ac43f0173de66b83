import type { BlobRef, ContextManifest } from '../../domain/index.js';
import { RLM_SYSTEM_PROMPT, rootPrompt, type PromptLimits } from '../../rlm/index.js';
import type { RlmDependencies } from './rlm-dependencies.js';

/** What an agent that answers by code is told and offered. */
export interface ToldRepl {
  readonly prompt: BlobRef;
  readonly frozen: { readonly prompt: BlobRef; readonly toolset: BlobRef };
}

/** Limits with the names of the tools that are passed; default: none. */
export interface AskedLimits extends Omit<PromptLimits, 'tools'> {
  readonly tools?: readonly string[];
}

/** Keeps the question with what is known of its input, and the prompt and the tools as they are now. */
export async function tellRepl(
  question: string,
  given: { readonly manifest: ContextManifest; readonly limits: AskedLimits },
  { blobs, replTools, hostTools = [] }: Pick<RlmDependencies, 'blobs' | 'replTools' | 'hostTools'>,
): Promise<ToldRepl> {
  const { tools = [], ...limits } = given.limits;
  const passed = hostTools.filter(({ name }) => tools.includes(name));
  const [prompt, system, toolset] = await Promise.all([
    blobs.put(rootPrompt(question, given.manifest, { ...limits, tools: passed })),
    blobs.put(RLM_SYSTEM_PROMPT),
    blobs.put(JSON.stringify(replTools)),
  ]);
  return { prompt, frozen: { prompt: system, toolset } };
}
