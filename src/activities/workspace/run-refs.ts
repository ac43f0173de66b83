import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fetchArguments,
  openUserRepository,
  readBounded,
  UPLOAD_PACK,
  writeDurableFile,
  type Git,
} from '../../platform/index.js';

/** Files of a run's folder of refs; `.git` folders of lanes are made from them. */
export const RUN_REFS = {
  /** Tags, branches and remote-tracking branches as git's own `packed-refs`. */
  packed: 'packed-refs',
  /** `REF TARGET` a line: refs that name another. */
  symbolic: 'symbolic-refs',
  /** Where the history of a shallow clone ends. */
  shallow: 'shallow',
  /** Remotes and upstreams, as lines of git's configuration. */
  config: 'config',
} as const;

/** A file of shallow commits that is larger than this is damaged. */
const LARGEST_SHALLOW = 64 * 1024 * 1024;
/** A repository with more refs than this keeps its branches and the newest-named tags. */
const MOST_REFS = 50_000;
/** Branches that tools compare with although nobody has checked them out. */
const TRUNKS = ['main', 'master', 'develop', 'trunk'];
const HEAD_OF_REMOTE = /^refs\/remotes\/([^/]+)\/HEAD$/;

interface Ref {
  readonly id: string;
  readonly name: string;
  /** What an annotated tag stands for. */
  readonly peeled: string | undefined;
}

interface Listing {
  readonly refs: readonly Ref[];
  /** Refs that name another, with its name. */
  readonly symbolic: ReadonlyMap<string, string>;
}

/**
 * Keeps what the repository's tags, branches and the remote-tracking branches around its HEAD are when a run begins, so that
 * `git describe` and comparisons with the base work in lanes as they do for the person. The repository is only read; its
 * objects come into the bare clone that `git` works on. A ref whose objects are missing there is left out.
 */
export async function keepRunRefs(git: Git, repository: string, folder: string): Promise<void> {
  const listing = await listRefs(git, repository);
  const settings = await readSettings(repository);
  const wanted = chooseRefs(listing, settings);
  const present = await bringObjects(git, repository, wanted);
  const kept = wanted.filter(({ id, peeled }) => present.has(id) && present.has(peeled ?? id));
  const names = new Set(kept.map(({ name }) => name));
  const symbolic = [...listing.symbolic].filter(
    ([name, target]) => HEAD_OF_REMOTE.test(name) && names.has(target),
  );
  await mkdir(folder, { recursive: true });
  await writeDurableFile(join(folder, RUN_REFS.packed), renderPacked(kept));
  await writeDurableFile(
    join(folder, RUN_REFS.symbolic),
    symbolic.map(([name, target]) => `${name} ${target}\n`).join(''),
  );
  await writeDurableFile(join(folder, RUN_REFS.config), renderSettings(settings, names));
  await keepShallow(git, folder);
}

async function listRefs(git: Git, repository: string): Promise<Listing> {
  const answer = await git.run(['ls-remote', '--symref', ...UPLOAD_PACK, repository]);
  const symbolic = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const line of answer.stdout.toString('utf8').split('\n')) {
    const [value = '', name] = line.split('\t');
    if (name === undefined) continue;
    if (value.startsWith('ref: ')) symbolic.set(name, value.slice('ref: '.length));
    else ids.set(name, value);
  }
  const refs = [...ids]
    .filter(([name]) => name.startsWith('refs/') && !name.endsWith('^{}'))
    .map(([name, id]) => ({ id, name, peeled: ids.get(`${name}^{}`) }));
  return { refs, symbolic };
}

/** One `NAME=VALUE` of the repository's own configuration. */
interface Setting {
  /** `remote` or `branch`. */
  readonly section: string;
  /** Name of the remote or branch. */
  readonly subsection: string;
  readonly key: string;
  readonly value: string;
}

async function readSettings(repository: string): Promise<Setting[]> {
  const pattern = '^(remote\\..*\\.url|branch\\..*\\.(remote|merge))$';
  const { git } = await openUserRepository(repository);
  const answer = await git.run(['config', '--local', '-z', '--get-regexp', pattern], {
    accept: [1],
  });
  return answer.stdout
    .toString('utf8')
    .split('\0')
    .flatMap((entry) => {
      const feed = entry.indexOf('\n');
      const full = feed < 0 ? entry : entry.slice(0, feed);
      const first = full.indexOf('.');
      const last = full.lastIndexOf('.');
      if (feed < 0 || first === last) return [];
      const subsection = full.slice(first + 1, last);
      const value = entry.slice(feed + 1);
      return [{ section: full.slice(0, first), subsection, key: full.slice(last + 1), value }];
    });
}

function chooseRefs({ refs, symbolic }: Listing, settings: readonly Setting[]): Ref[] {
  const head = symbolic.get('HEAD')?.replace('refs/heads/', '');
  const names = new Set(TRUNKS);
  if (head !== undefined) names.add(head);
  for (const { section, subsection, key, value } of settings) {
    if (section === 'branch' && subsection === head && key === 'merge')
      names.add(value.replace('refs/heads/', ''));
  }
  const targets = new Set(
    [...symbolic].filter(([name]) => HEAD_OF_REMOTE.test(name)).map(([, target]) => target),
  );
  const isNear = (name: string): boolean =>
    targets.has(name) || names.has(name.split('/').slice(3).join('/'));
  const branches = refs.filter(
    ({ name }) =>
      name.startsWith('refs/heads/') || (name.startsWith('refs/remotes/') && isNear(name)),
  );
  const tags = refs.filter(({ name }) => name.startsWith('refs/tags/'));
  const chosen = [...branches, ...tags.slice(-Math.max(0, MOST_REFS - branches.length))];
  return chosen.filter(({ name }) => !symbolic.has(name));
}

/** Ids that the bare clone has, after it was asked to bring the others. */
async function bringObjects(
  git: Git,
  repository: string,
  wanted: readonly Ref[],
): Promise<Set<string>> {
  const ids = [...new Set(wanted.flatMap(({ id, peeled }) => [id, peeled ?? id]))];
  const present = await presentObjects(git, ids);
  const absent = [...new Set(wanted.map(({ id }) => id))].filter((id) => !present.has(id));
  if (absent.length === 0) return present;
  // A single ref that names nothing would fail the fetch of all.
  const there = await presentObjects((await openUserRepository(repository)).git, absent);
  const missing = absent.filter((id) => there.has(id));
  const [command = 'fetch', ...rest] = fetchArguments(repository, []);
  const answer = await git.run([command, '--update-shallow', '--stdin', ...rest], {
    stdin: missing.map((id) => `${id}\n`).join(''),
    accept: [1, 128],
  });
  const isWhole = answer.exitCode === 0 && missing.length === absent.length;
  return isWhole ? new Set(ids) : presentObjects(git, ids);
}

async function presentObjects(git: Git, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const answer = await git.run(['cat-file', '--batch-check=%(objectname)'], {
    stdin: ids.map((id) => `${id}\n`).join(''),
  });
  const lines = answer.stdout.toString('utf8').split('\n');
  return new Set(lines.filter((line) => line !== '' && !line.endsWith(' missing')));
}

function renderPacked(refs: readonly Ref[]): string {
  const sorted = [...refs].sort((left, right) =>
    Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)),
  );
  const lines = sorted.map(
    ({ id, name, peeled }) => `${id} ${name}\n${peeled === undefined ? '' : `^${peeled}\n`}`,
  );
  return `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`;
}

/** Remotes, with addresses in a network but without passwords in them, and upstreams of branches that are kept. */
function renderSettings(settings: readonly Setting[], names: ReadonlySet<string>): string {
  const lines: string[] = [];
  for (const { section, subsection, key, value } of settings) {
    const title = `[${section} ${configValue(subsection)}]`;
    if (section === 'remote') {
      const url = publicAddress(value);
      const fetch = `+refs/heads/*:refs/remotes/${subsection}/*`;
      lines.push(title, `\tfetch = ${configValue(fetch)}`);
      if (url !== undefined) lines.push(`\turl = ${configValue(url)}`);
    } else if (names.has(`refs/heads/${subsection}`)) {
      lines.push(title, `\t${key} = ${configValue(value)}`);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** The address without credentials; undefined for a folder of this machine. */
export function publicAddress(address: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) {
    if (!URL.canParse(address)) return undefined;
    const url = new URL(address);
    if (url.protocol === 'file:' || url.hostname === '') return undefined;
    if (url.protocol !== 'ssh:') url.username = '';
    url.password = '';
    url.search = '';
    return url.href;
  }
  // `git@host:path`, which is no folder.
  return /^([\w.-]+@)?[\w.-]+:(?!\/\/)/.test(address) ? address : undefined;
}

async function keepShallow(git: Git, folder: string): Promise<void> {
  const path = (await git.run(['rev-parse', '--git-path', 'shallow'])).stdout.toString('utf8');
  const target = join(folder, RUN_REFS.shallow);
  const source = path.trim();
  const facts = await stat(source).catch(() => undefined);
  if (facts === undefined) await rm(target, { force: true });
  else await writeDurableFile(target, await readBounded(source, LARGEST_SHALLOW));
}

/** A value as git's configuration files take it. */
export function configValue(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, ' ')}"`;
}
