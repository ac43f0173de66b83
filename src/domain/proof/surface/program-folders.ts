/** Beginnings of an entry that stands for the folder of a process. */
const HERE = /^(?:\$\{?PWD\}?|\$\(pwd\)|`pwd`|\.)(?:\/|$)/;
const ASSIGNMENT =
  /(?:^|[\s;&|(])(?:export\s+)?PATH=("[^"\n]{0,4000}"|'[^'\n]{0,4000}'|[^\s;&|]{0,4000})/g;

/**
 * Folders below the place of a process where it looks for programs, by a search path: `bin` of `bin:/usr/bin`, the empty name for the place
 * itself (`.`, or an entry without a name). Pure.
 */
export function relativeFolders(searchPath: string): string[] {
  const folders = searchPath.split(':').flatMap((entry) => {
    const name = entry.replace(HERE, '').replace(/\/{1,9}$/, '');
    const isElsewhere = /^[/~$`]|(?:^|\/)\.\.(?:\/|$)/.test(name);
    return isElsewhere
      ? []
      : [
          name
            .split('/')
            .filter((part) => part !== '.')
            .join('/'),
        ];
  });
  return [...new Set(folders)];
}

/** The same of the search paths that command lines set. Pure. */
export function foldersSetIn(commands: readonly string[]): string[] {
  const values = commands.flatMap((command) =>
    [...command.matchAll(ASSIGNMENT)].map(([, value = '']) => value.replace(/^["']|["']$/g, '')),
  );
  return [...new Set(values.flatMap(relativeFolders))];
}

/** True when a process that stands anywhere in the repository may find its programs beside this file. Pure. */
export function isSearched(path: string, folders: readonly string[]): boolean {
  const at = path.lastIndexOf('/');
  const folder = at < 0 ? '' : path.slice(0, at);
  return folders.some((name) => name === '' || folder === name || folder.endsWith(`/${name}`));
}
