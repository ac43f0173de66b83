import type { Config, WorkerSettings } from './config.js';
import type { UserFile } from './schema.js';

/** How far agents may start others. */
export function subAgentSettings({ sub_agents: limits = {} }: UserFile): Config['subAgents'] {
  return { maxDepth: limits.max_depth ?? null, maxCount: limits.max_count ?? null };
}

/** What becomes of their questions. */
export function questionSettings({ questions = {} }: UserFile): Config['questions'] {
  return { wait: questions.wait ?? null, unattended: questions.unattended ?? null };
}

/** What code over an input may call. */
export function rlmSettings({ rlm = {} }: UserFile): Config['rlm'] {
  return { tools: rlm.tools ?? [] };
}

/** What of the web they may reach. */
export function webSettings({ web = {} }: UserFile): WorkerSettings['web'] {
  return {
    allow: web.allow ?? [],
    allowPrivate: web.allow_private ?? [],
    search: web.search ?? null,
    searchUrl: web.search_url ?? null,
  };
}
