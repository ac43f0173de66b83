import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  excludesFile,
  isNotFound,
  keptBytes,
  noteEngineWrite,
  writeLooseCommit,
  type WorkspaceFolders,
} from '../../platform/index.js';
import { bareExcludes } from './bare-clone.js';
import { refsBeside } from './layout.js';
import { configValue, RUN_REFS } from './run-refs.js';

/** What the lane's own repository shows to whoever works there. */
export interface LaneHead {
  readonly commit: string;
  readonly branch: string;
  readonly author: { readonly name: string; readonly email: string };
  /** A tree that HEAD shows as a commit of its own on top of `commit`. Default: HEAD is `commit`. */
  readonly onTop?: { readonly tree: string; readonly message: string };
}

/**
 * Gives a lane a fresh `.git`, so that agents and checks can use git there: the run's branch, and the person's tags, branches
 * and remote-tracking branches as they were when the run began. It borrows the bare clone's objects (bound
 * read-only in the sandbox) and is thrown away with every story. The engine never runs git in it: an agent may have
 * planted hooks or an fsmonitor there, which must not run outside the sandbox.
 */
export async function plantLaneGit(lane: WorkspaceFolders, head: LaneHead): Promise<void> {
  const folder = join(lane.root, '.git');
  noteEngineWrite(folder);
  await rm(folder, { recursive: true, force: true });
  const ref = `refs/heads/${head.branch}`;
  await mkdir(join(folder, 'objects', 'info'), { recursive: true });
  await mkdir(dirname(join(folder, ref)), { recursive: true });
  await mkdir(join(folder, 'info'), { recursive: true });
  const commit = await headCommit(folder, head);
  const refs = refsBeside(lane);
  await Promise.all([
    writeFile(join(folder, 'HEAD'), `ref: ${ref}\n`),
    writeFile(join(folder, ref), `${commit}\n`),
    writeFile(join(folder, 'objects', 'info', 'alternates'), `${join(lane.gitDir, 'objects')}\n`),
    writeFile(join(folder, 'config'), await laneConfig(head, refs)),
    plantRefs(folder, refs, ref),
    copyFile(join(lane.state, 'index'), join(folder, 'index')),
    writeExcludes(lane, join(folder, 'info', 'exclude')),
    // A conversion would show files as changed that nobody touched.
    writeFile(keptBytes(folder), await readOptional(keptBytes(lane.gitDir))),
  ]);
}

/** The commit lies in the lane's own objects, and goes with them. */
async function headCommit(folder: string, { commit, onTop, author }: LaneHead): Promise<string> {
  if (onTop === undefined) return commit;
  return writeLooseCommit(folder, {
    tree: onTop.tree,
    parents: [commit],
    message: onTop.message,
    name: personName(author.name),
    email: personName(author.email),
    timestamp: Math.floor(Date.now() / 1000),
  });
}

/** As git itself writes names into commits. */
export function personName(text: string): string {
  const name = text.replace(/[\p{Cc}<>]/gu, ' ').trim();
  return name === '' ? 'CodeTether' : name;
}

async function plantRefs(folder: string, refs: string, head: string): Promise<void> {
  const packed = await readOptional(join(refs, RUN_REFS.packed));
  await writeFile(join(folder, RUN_REFS.packed), besideHead(packed, head));
  const shallow = await readOptional(join(refs, RUN_REFS.shallow));
  if (shallow !== '') await writeFile(join(folder, RUN_REFS.shallow), shallow);
  for (const line of (await readOptional(join(refs, RUN_REFS.symbolic))).split('\n')) {
    const [name = '', target = ''] = line.split(' ');
    if (name === '') continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), `ref: ${target}\n`);
  }
}

/** Without branches that git could not keep beside the one that HEAD is on. */
function besideHead(packed: string, head: string): string {
  const parts = head.split('/');
  const above = parts.map((_, at) => ` ${parts.slice(0, at).join('/')}\n`).slice(3);
  const isInTheWay = packed.includes(` ${head}/`) || above.some((name) => packed.includes(name));
  if (!isInTheWay) return packed;
  let isDropped = false;
  const lines = packed.split('\n').filter((line) => {
    if (!line.startsWith('^'))
      isDropped =
        line.includes(` ${head}/`) || above.includes(`${line.slice(line.indexOf(' '))}\n`);
    return !isDropped;
  });
  return lines.join('\n');
}

/** What set-up made, and what the person's own git ignores, is not shown as untracked to whoever works there. */
async function writeExcludes(lane: WorkspaceFolders, target: string): Promise<void> {
  const own = await readOptional(bareExcludes(lane.gitDir));
  await writeFile(target, own + (await readOptional(excludesFile(lane))));
}

async function readOptional(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return '';
  }
}

async function laneConfig({ author }: LaneHead, refs: string): Promise<string> {
  return [
    '[core]',
    '\trepositoryformatversion = 0',
    '\tfilemode = true',
    '\tbare = false',
    '[user]',
    `\tname = ${configValue(author.name)}`,
    `\temail = ${configValue(author.email)}`,
    '[gc]',
    '\tauto = 0',
    await readOptional(join(refs, RUN_REFS.config)),
  ].join('\n');
}
