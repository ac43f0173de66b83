import { z } from 'zod';
import { fieldsOf } from '../record-fields.js';
import { shortLine } from '../text/markdown-text.js';

/** Calls of one agent that reached beyond its walls, as many as are kept: the first ones. */
export const MOST_REACHES = 60;

/** A call that reached for what the walls keep from an agent: what it was, and what it reached for. */
export const reachSchema = z.object({ title: z.string().max(100), what: z.string().max(120) });

/** See {@link reachSchema}. */
export type Reach = z.infer<typeof reachSchema>;

/** Such calls of one agent, oldest first, each once. */
export const reachesSchema = z.array(reachSchema).max(MOST_REACHES);

/** See {@link reachesSchema}. */
export type Reaches = z.infer<typeof reachesSchema>;

/** A call that was carried out or refused, as far as it shows what the agent was after. */
export interface ReachingCall {
  readonly tool: string;
  /** Its arguments, checked. */
  readonly input: unknown;
  readonly isError: boolean;
  /** Its result. */
  readonly text: string;
}

/** More of a command is not looked at. */
const LOOKED_AT = 16 * 1024;
const WHAT_LIMIT = 120;

/** What a command can reach for, in words for a person: what stands in it, and the programs that do it. Blanks are single ones. */
interface Sign {
  readonly what: string;
  readonly mentions?: readonly string[];
  /** Linear. */
  readonly pattern?: RegExp;
  readonly programs?: ReadonlySet<string>;
}

const names = (list: string): ReadonlySet<string> => new Set(list.split(' '));

const COMMANDS: readonly Sign[] = [
  {
    what: 'credentials of the person',
    mentions: [
      '/.ssh',
      '/.aws',
      '.netrc',
      '.pgpass',
      '.git-credentials',
      '/.kube',
      '.docker/config',
      '/.gnupg',
      '.vault-token',
      '.config/gh',
      '.config/gcloud',
      '.config/codetether',
      'id_rsa',
      'id_ed25519',
      'id_ecdsa',
      '/etc/shadow',
      '/etc/gshadow',
      '/etc/sudoers',
      '~/.npmrc',
      'HOME/.npmrc',
      '.pypirc',
      '.m2/settings',
      '.cargo/credentials',
      '.bash_history',
      '.zsh_history',
      '~/.env',
      'HOME/.env',
    ],
  },
  { what: 'the environment as a whole', programs: names('printenv') },
  {
    what: 'other processes',
    mentions: ['/environ', 'ptrace', 'process_vm', 'kill -9 1', 'kill 1', 'kill -9 -1'],
    pattern: /\/proc\/[^/ ]{1,30}\/(?:mem|maps|root|fd|cwd)/,
    programs: names('gdb pkill killall'),
  },
  {
    what: 'more rights than a command has',
    mentions: [
      'docker.sock',
      'containerd.sock',
      '--privileged',
      '/proc/sys/',
      'release_agent',
      'core_pattern',
    ],
    programs: names(
      'sudo doas su unshare nsenter chroot pivot_root setcap insmod modprobe mount umount bwrap docker podman kubectl capsh newuidmap',
    ),
  },
  {
    what: 'something that stays behind',
    mentions: [
      '/etc/cron',
      '/etc/systemd',
      '/etc/init',
      '/etc/profile',
      '/etc/rc',
      '/etc/ld.so',
      '.bashrc',
      '/.profile',
      '.bash_profile',
      '.zshrc',
      '.zprofile',
      'authorized_keys',
    ],
    programs: names('crontab systemctl launchctl at batch setsid nohup disown'),
  },
  {
    what: 'hooks and settings of git',
    mentions: [
      '.git/hooks',
      '.git/config',
      'hooksPath',
      'fsmonitor',
      'sshCommand',
      'core.editor',
      'git config --global',
      'git config --system',
      '.gitconfig',
      'GIT_SSH',
      'GIT_DIR',
      'GIT_CONFIG',
    ],
    pattern: /filter\.[\w-]{1,40}\.(?:clean|smudge)/,
  },
  {
    what: 'publishing',
    mentions: ['git push', 'git remote add', 'git remote set-url'],
    pattern:
      /(?:npm|pnpm|yarn|cargo|gem|twine|poetry) (?:publish|upload|push)\b|gh (?:pr|release|gist|repo|secret) /,
  },
  {
    what: 'everything on the machine',
    mentions: ['of=/dev/', ':(){', ':() {', '/dev/sd', '/dev/nvme', '/dev/vd', '/dev/mem'],
    pattern: /rm -[\w-]{1,20} (?:-- )?["']?(?:\/|~|\$HOME)(?:["' *]|$)/,
    programs: names('mkfs mkfs.ext4 shutdown reboot halt poweroff'),
  },
  { what: 'a hidden command', pattern: /\| ?(?:ba|da|z)?sh(?: ?$| ?[;&|)]| -)|eval ["']?\$\(/ },
  {
    what: 'files outside the workspace',
    pattern:
      />>? ?["']?(?:\/(?!dev\/(?:null|stdout|stderr|fd|tcp|udp)|tmp\/|proc\/)|~|\$HOME|\.\.\/\.\.)/,
  },
  {
    what: 'the network',
    mentions: [
      '/dev/tcp/',
      '/dev/udp/',
      '169.254.169.254',
      'metadata.google',
      'requests.get(',
      'requests.post(',
      'urllib',
      'fetch(',
      'http.client',
      'socket.create_connection',
      'socket.socket',
      'getaddrinfo',
      'net.connect',
      'http.get(',
      'https.get(',
      'http.request(',
      'https.request(',
    ],
    pattern: /git clone [^ ]{0,20}:\/\//,
    programs: names(
      'curl wget nc ncat netcat socat telnet ssh scp sftp ftp dig nslookup host ping traceroute',
    ),
  },
];
const NETWORK = 'the network';
const ENVIRONMENT = 'the environment as a whole';
const FILES = 'files outside the workspace';
/** Programs that write to the paths they are given. */
const WRITERS = names('cp mv ln tee install dd touch mkdir rm chmod chown sed truncate');
const OUTSIDE_WORD =
  /^["']?(?:of=)?(?:\/(?:etc|usr|bin|sbin|lib|lib64|opt|root|home|var|boot|srv)(?:\/|$)|~|\$HOME|\.\.\/\.\.)/;

/** Requests of one's own loopback are a matter of course where they are answered. */
const LOOPBACK = /\b(?:localhost|127\.0\.0\.1|\[?::1\]?|0\.0\.0\.0)\b/;
const ELSEWHERE = /:\/\/(?!localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)|@[\w.-]{1,80}|169\.254/;
/** What our own walls answer to a path. */
const OUTSIDE_PATH = /: (?:leads )?outside the workspace|leads outside the workspace/;
const GIT_PATH = /: files of \.git are kept by git|: not shown: files of git/;

/**
 * What a call reached for that the walls of an agent keep from it, in words for a person; undefined when there is nothing to tell. It tells
 * what stands in the call: a command that hides what it does is told as such at best. The walls themselves do not rest on it. Pure.
 */
export function reachOf(call: ReachingCall): string | undefined {
  const { tool, input, isError, text } = call;
  if (tool === 'bash') return commandReach(textOf(input, 'command'), isError);
  if (tool === 'bash_input') return commandReach(textOf(input, 'text'), isError);
  if (!isError) return undefined;
  if (tool === 'webfetch') return shortLine(`an address: ${textOf(input, 'url')}`, WHAT_LIMIT);
  if (tool === 'websearch') return text.includes('secret key') ? 'a search with a key' : undefined;
  if (OUTSIDE_PATH.test(text)) return 'files outside the workspace';
  if (GIT_PATH.test(text)) return 'hooks and settings of git';
  return undefined;
}

function commandReach(whole: string, isError: boolean): string | undefined {
  const command = whole.slice(0, LOOKED_AT).replaceAll(/[^\S\n]+/g, ' ');
  const parts = simpleCommands(command, ANY_START);
  const programs = new Set(parts.map(({ program }) => program));
  const found = COMMANDS.filter(
    ({ mentions = [], pattern, programs: listed = new Set<string>() }) =>
      mentions.some((text) => command.includes(text)) ||
      pattern?.test(command) === true ||
      [...programs].some((program) => listed.has(program)),
  ).map(({ what }) => what);
  const all = new Set(found);
  if (simpleCommands(command, PLAIN_START).some(dumpsEnvironment)) all.add(ENVIRONMENT);
  if (parts.some(writesOutside)) all.add(FILES);
  if (isOwnLoopback(command, isError)) all.delete(NETWORK);
  return all.size === 0 ? undefined : shortLine([...all].join(', '), WHAT_LIMIT);
}

interface SimpleCommand {
  /** Without its folder. */
  readonly program: string;
  readonly words: readonly string[];
}

/** Words that stand before a program. */
const BEFORE = names(
  'exec command builtin env nice time timeout xargs then do else if while until ! {',
);

/** Behind what a program may begin: quotes are no bounds, so that `sh -c "curl …"` is read too. */
const ANY_START = /[;&|\n(){}`"']|\$\(/;
/** The same outside of quotes. */
const PLAIN_START = /[;&|\n(){}`]|\$\(/;

/** What the command starts, as far as it can be read without running it. */
function simpleCommands(command: string, start: RegExp): SimpleCommand[] {
  return command.split(start).flatMap((part) => {
    const words = part.trim().split(' ');
    const at = words.findIndex(
      (word) => !BEFORE.has(word) && !/^\w{1,64}=/.test(word) && !/^[\d-]/.test(word),
    );
    const first = words[at];
    if (first === undefined || first === '')
      return words.includes('env') ? [{ program: 'env', words: [] }] : [];
    return [{ program: first.slice(first.lastIndexOf('/') + 1), words: words.slice(at + 1) }];
  });
}

/** `env` and its like without anything behind them print all of it. */
function dumpsEnvironment({ program, words }: SimpleCommand): boolean {
  if (program === 'env') return words.length === 0;
  return (program === 'export' || program === 'declare') && /^-[px]$/.test(words[0] ?? '');
}

/** A link to any absolute path leads out; other programs may write to a folder for what is passing. */
function writesOutside({ program, words }: SimpleCommand): boolean {
  if (program === 'ln' && words.some((word) => word.startsWith('/'))) return true;
  return WRITERS.has(program) && words.some((word) => OUTSIDE_WORD.test(word));
}

function isOwnLoopback(command: string, isError: boolean): boolean {
  return !isError && LOOPBACK.test(command) && !ELSEWHERE.test(command);
}

function textOf(input: unknown, field: string): string {
  const value = fieldsOf(input)[field];
  return typeof value === 'string' ? value : '';
}
