import { delimiter, isAbsolute } from 'node:path';

/** Environment variables by name; absent names are not set. */
export type Environment = Readonly<Record<string, string>>;

/** Used until an entry file says better: the folders that every Unix has. */
const DEFAULT_HOST: Environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

let host: Environment = DEFAULT_HOST;

/**
 * Tells the platform which environment the user started us in. Called once by an entry file (only `config` reads
 * process.env). Children still get an allow-list of it, never the whole.
 */
export function setHostEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) known[name] = value;
  }
  host = { ...DEFAULT_HOST, ...known };
}

/** The environment given by {@link setHostEnvironment}; a plain Unix PATH before that. */
export function hostEnvironment(): Environment {
  return host;
}

/**
 * PATH and locale alone: what engine-owned children such as git get. Relative folders of PATH are left out, since such a child may stand
 * among files of a story.
 */
export function minimalEnvironment(): Record<string, string> {
  const folders = (host['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return { PATH: folders.join(delimiter), LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
}
