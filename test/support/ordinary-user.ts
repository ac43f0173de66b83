import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A user id that nobody has. */
const UID = 60_990;
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
/** Where this repository lies for the other user: its own place may be closed to everybody but root. */
const PLACE = '/mnt';
const REACH = `mount -t tmpfs -o mode=755 tmpfs ${PLACE}
for entry in "$1"/*; do
  place="${PLACE}/\${entry##*/}"
  if [ -d "$entry" ]; then mkdir "$place"; else : > "$place"; fi
  mount --bind "$entry" "$place"
done
shift
exec "$@"`;

/** Somebody who is not root: the user of these tests, or for root another one. */
export interface OrdinaryUser {
  readonly uid: number | null;
  /** Path of a file of this repository for that user. */
  readonly path: (file: string) => string;
  /** The command line that runs `command` as that user. */
  readonly command: (...command: string[]) => string[];
}

/** The ordinary user of this machine. */
export function ordinaryUser(): OrdinaryUser {
  if (process.getuid?.() !== 0)
    return { uid: null, path: (file) => `${REPOSITORY}${file}`, command: (...command) => command };
  const become = ['setpriv', '--reuid', `${UID}`, '--regid', `${UID}`, '--clear-groups', '--'];
  const reach = ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', REACH, 'sh'];
  return {
    uid: UID,
    path: (file) => `${PLACE}/${file}`,
    command: (...command) => [...reach, REPOSITORY, ...become, ...command],
  };
}

/** True when a command succeeds as that user. */
export function canRun(user: OrdinaryUser, ...command: string[]): boolean {
  const [program = '', ...args] = user.command(...command);
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
