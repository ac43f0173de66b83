import {
  createGit,
  hostOfUrl,
  localModuleFolders,
  openUserRepository,
  remoteAddresses,
  resolveModuleUrl,
  submodulesOf,
} from '../../platform/index.js';

/** Whose submodules a person is told about. */
export interface SubmodulePlace {
  /** Top level of the person's repository. */
  readonly repository: string;
  readonly baseCommit: string;
  /** Machines that the person's configuration allows. */
  readonly allowedHosts: readonly string[];
}

const NAMES_SHOWN = 3;

/** Where the files of the submodules will come from, and which stay empty folders; one sentence each. Asks no network. */
export async function submoduleNotes(place: SubmodulePlace): Promise<string[]> {
  const { git, commonDir } = await openUserRepository(place.repository);
  const modules = await submodulesOf(git, place.baseCommit);
  if (modules.length === 0) return [];
  const remotes = await remoteAddresses(git);
  const hosts = new Set([...remotes.hosts, ...place.allowedHosts]);
  const here: string[] = [];
  const fetched: string[] = [];
  const empty: string[] = [];
  for (const module of modules) {
    const folders = localModuleFolders(module, {
      gitDirs: [commonDir],
      workTree: place.repository,
    });
    const url = module.url === null ? undefined : resolveModuleUrl(module.url, remotes.url);
    const host = url === undefined ? undefined : hostOfUrl(url);
    const isHere = await hasCommit(folders, module.commit);
    if (isHere) here.push(module.path);
    else if (host !== undefined && hosts.has(host)) fetched.push(`${module.path} from ${host}`);
    else empty.push(host === undefined ? module.path : `${module.path} of ${host}`);
  }
  return [
    ...say(here, 'submodules stay at their commits; their files come from your .git/modules'),
    ...say(
      fetched,
      'submodules stay at their commits; their files are fetched when the run begins',
    ),
    ...say(
      empty,
      'submodules stay empty folders: git submodule update --init --recursive brings them to your checkout, workspace.submodule_hosts allows their hosts',
    ),
  ];
}

async function hasCommit(folders: readonly string[], commit: string): Promise<boolean> {
  for (const gitDir of folders)
    if ((await createGit({ gitDir }).resolve(`${commit}^{tree}`)) !== undefined) return true;
  return false;
}

function say(names: readonly string[], text: string): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  const more = names.length > NAMES_SHOWN ? `, … ${names.length} in all` : '';
  return [`${text} (${shown}${more})`];
}
