import { dirname, resolve } from 'node:path';
import { InvalidInputError } from '../domain/light/index.js';
import { mergeLsp } from './agent-settings.js';
import { checkProjectFile, checkUserFile, sensitiveKeys } from './file-rules.js';
import type { EnvironmentVariables } from './light/environment.js';
import { absoluteMcp } from './mcp/settings.js';
import type { UserFolders } from './paths.js';
import type { UserFile } from './schema.js';
import { absoluteWorkspaces } from './task-settings.js';
import { readTomlFile, type TomlFile } from './toml-file.js';
import { refuseLinkOut } from './trust/project-link.js';
import { projectFiles, trustOf, trustPath } from './trust/project-trust.js';
import { absoluteVault } from './vault-paths.js';

/** Which files count. */
export interface LoadConfigOptions {
  /** Folder whose `codetether.toml` and `.codetether/config.toml` count. Default: the current folder. */
  readonly project?: string;
  /** A further file of the user's own, stronger than all others; it must exist. */
  readonly configFile?: string | undefined;
  /** Default: the environment of this process. */
  readonly environment?: EnvironmentVariables;
}

/** One configuration file that was read. */
export interface Layer {
  readonly path: string;
  readonly kind: 'user' | 'project';
  readonly settings: UserFile;
  readonly warnings: readonly string[];
  /** 1-based line of a key of the file. */
  readonly lineOf: TomlFile['lineOf'];
}

/** The files that count, weakest first. Throws {@link InvalidInputError} with file, line and key. */
export async function readLayers(
  options: LoadConfigOptions,
  folders: UserFolders,
): Promise<Layer[]> {
  const project = resolve(options.project ?? '.');
  const named = options.configFile === undefined ? undefined : resolve(options.configFile);
  const sources = [
    { path: folders.userFile, kind: 'user' as const },
    ...projectFiles(project).map((path) => ({ path, kind: 'project' as const })),
    // A project file that the user names explicitly is the user's own: it counts once, with full rights.
  ].filter((source) => source.path !== named);
  if (named !== undefined) sources.push({ path: named, kind: 'user' });
  const layers: Layer[] = [];
  for (const { path, kind } of sources) {
    const layer = await readLayer(path, { kind, folders });
    if (layer !== null) layers.push(layer);
    else if (path === named) {
      throw new InvalidInputError('ERR_CONFIG_MISSING', {
        message: 'the configuration file does not exist',
        where: { file: options.configFile },
        hint: 'check the path given with --config',
      });
    }
  }
  return layers;
}

async function readLayer(
  path: string,
  role: { readonly kind: Layer['kind']; readonly folders: UserFolders },
): Promise<Layer | null> {
  if (role.kind === 'project') refuseLinkOut(path);
  const file = await readTomlFile(path);
  if (file === null) return null;
  if (role.kind === 'user') {
    const { settings, warnings } = checkUserFile(file);
    const own = withAbsolutePaths(settings, dirname(path));
    return { path, kind: 'user', settings: own, warnings, lineOf: file.lineOf };
  }
  const { home, userFile } = role.folders;
  const trust = sensitiveKeys(file).length === 0 ? 'untrusted' : await trustOf(home, file);
  const { settings, warnings } = checkProjectFile(file, { trust, userFile });
  // the folder by which it is trusted is the one its paths start from
  const folder = dirname(await trustPath(path));
  const absolute = withAbsolutePaths(settings, folder);
  return { path, kind: 'project', settings: absolute, warnings, lineOf: file.lineOf };
}

/** Paths in a file are relative to the file. */
function withAbsolutePaths(settings: UserFile, folder: string): UserFile {
  const result = { ...settings };
  if (settings.providers !== undefined) {
    result.providers = Object.fromEntries(
      Object.entries(settings.providers).map(([name, provider]) => [
        name,
        provider.transcript === undefined
          ? provider
          : { ...provider, transcript: resolve(folder, provider.transcript) },
      ]),
    );
  }
  if (settings.workspace !== undefined) {
    const { share, extra_dirs: extra } = settings.workspace;
    result.workspace = {
      ...settings.workspace,
      ...(share === undefined ? {} : { share: share.map((path) => resolve(folder, path)) }),
      ...(extra === undefined ? {} : { extra_dirs: extra.map((path) => resolve(folder, path)) }),
    };
  }
  if (settings.workspaces !== undefined)
    result.workspaces = absoluteWorkspaces(settings.workspaces, folder);
  if (settings.mcp !== undefined) result.mcp = absoluteMcp(settings.mcp, folder);
  if (settings.vault !== undefined) result.vault = absoluteVault(settings.vault, folder);
  if (settings.temporal?.cli?.includes('/') === true) {
    result.temporal = { ...settings.temporal, cli: resolve(folder, settings.temporal.cli) };
  }
  return result;
}

/** The settings of all files, stronger ones over weaker ones. */
export function mergeLayers(layers: readonly Layer[]): UserFile {
  return layers.reduce<UserFile>((merged, { settings }) => {
    const providers = { ...merged.providers };
    for (const [name, provider] of Object.entries(settings.providers ?? {})) {
      providers[name] = { ...providers[name], ...provider };
    }
    return {
      ...merged,
      ...settings,
      providers,
      workspace: { ...merged.workspace, ...settings.workspace },
      sandbox: { ...merged.sandbox, ...settings.sandbox },
      egress: { ...merged.egress, ...settings.egress },
      proof: { ...merged.proof, ...settings.proof },
      sub_agents: { ...merged.sub_agents, ...settings.sub_agents },
      questions: { ...merged.questions, ...settings.questions },
      tui: mergeTui(merged.tui, settings.tui),
      web: { ...merged.web, ...settings.web },
      mcp: { servers: { ...merged.mcp?.servers, ...settings.mcp?.servers } },
      a2a: { agents: { ...merged.a2a?.agents, ...settings.a2a?.agents } },
      lsp: mergeLsp(merged.lsp, settings.lsp),
      format: { ...merged.format, ...settings.format },
      swarm: { ...merged.swarm, ...settings.swarm },
      platform: { ...merged.platform, ...settings.platform },
      tasks: {
        ...merged.tasks,
        ...settings.tasks,
        git_credentials: { ...merged.tasks?.git_credentials, ...settings.tasks?.git_credentials },
      },
      workspaces: { ...merged.workspaces, ...settings.workspaces },
      temporal: { ...merged.temporal, ...settings.temporal },
      api: { ...merged.api, ...settings.api },
      serve: { ...merged.serve, ...settings.serve },
      service: { ...merged.service, ...settings.service },
      vault: { ...merged.vault, ...settings.vault },
      codec: { ...merged.codec, ...settings.codec },
    };
  }, {});
}

/** Colours and keys count one by one. */
function mergeTui(weaker: UserFile['tui'] = {}, stronger: UserFile['tui'] = {}): UserFile['tui'] {
  return {
    ...weaker,
    ...stronger,
    colours: { ...weaker.colours, ...stronger.colours },
    keys: { ...weaker.keys, ...stronger.keys },
  };
}
