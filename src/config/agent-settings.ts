import { SERVED_LANGUAGES } from '../domain/index.js';
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

/** How the terminal UI looks, and what its keys do. */
export function tuiSettings({ tui = {} }: UserFile): Config['tui'] {
  return { theme: tui.theme ?? null, colours: tui.colours ?? {}, keys: tui.keys ?? {} };
}

/** What code over an input may call. */
export function rlmSettings({ rlm = {} }: UserFile): Config['rlm'] {
  return { tools: rlm.tools ?? [] };
}

/** What language servers say about their edits. */
export function lspSettings({ lsp = {} }: UserFile): WorkerSettings['lsp'] {
  const { diagnostics = true, languages = {} } = lsp;
  return { diagnostics, off: SERVED_LANGUAGES.filter((name) => languages[name] === false) };
}

/** Switches of a stronger file over those of a weaker one, one by one. */
export function mergeLsp(weaker: UserFile['lsp'], stronger: UserFile['lsp']): UserFile['lsp'] {
  return {
    ...weaker,
    ...stronger,
    languages: { ...weaker?.languages, ...stronger?.languages },
  };
}

/** What formats their edits: one command an ending. */
export function formatSettings({ format = {} }: UserFile): WorkerSettings['format'] {
  return Object.fromEntries(
    Object.entries(format).flatMap(([endings, command]) =>
      endings.split(',').map((ending) => [ending, command]),
    ),
  );
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
