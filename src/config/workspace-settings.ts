import type { WorkspaceSettings } from './config.js';
import type { UserFile } from './schema.js';

/** The settings of lanes; what no file says is empty. */
export function workspaceSettings({ workspace = {}, setup }: UserFile): WorkspaceSettings {
  const seconds = workspace.setup_timeout_s;
  return {
    setup: workspace.setup ?? setup ?? null,
    setupTimeoutMs: seconds === undefined ? null : seconds * 1000,
    copy: workspace.copy ?? [],
    share: workspace.share ?? [],
    extraDirs: workspace.extra_dirs ?? [],
    ...chosenCaches(workspace.caches),
    ...(workspace.submodule_hosts === undefined
      ? {}
      : { submoduleHosts: workspace.submodule_hosts }),
  };
}

function chosenCaches(value: boolean | readonly string[] = true): { caches?: readonly string[] } {
  if (value === true) return {};
  return { caches: value === false ? [] : value };
}
