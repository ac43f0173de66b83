import { link, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  InvariantError,
  taskRequestSchema,
  taskViewSchema,
  type TaskRequest,
  type TaskView,
} from '../../domain/index.js';
import type { Envelope } from '../codec/envelope.js';
import { openStored } from '../codec/stored-bytes.js';
import { readBoundedBytes } from '../light/bounded-file.js';
import { sha256 } from '../storage/blob-store.js';
import { isNotFound, writeDurableFile } from '../storage/durable-file.js';
import { homePaths } from '../storage/home.js';

/** Which task a message made, and when: the same message again makes no other. */
export interface TaskKey {
  readonly taskId: string;
  /** Of what was handed in. */
  readonly digest: string;
  /** ISO 8601. */
  readonly at: string;
}

/** What is kept of tasks from outside beside their events. */
export interface TaskFiles {
  /**
   * The task of a message: `wanted` where nobody had it or it is older than `maxAgeMs`, else the one that came first. Of many at once
   * exactly one wins, in whatever process.
   */
  reserve(key: string, wanted: TaskKey, maxAgeMs: number): Promise<TaskKey>;
  writeRequest(request: TaskRequest): Promise<void>;
  /** Ids of the tasks of one context of one owner, in no order. */
  context(owner: string, contextId: string): Promise<string[]>;
  /** Undefined when there is no such task. Throws `ERR_TASK_FILE_INVALID`, `ERR_CODEC_OFF`. */
  readRequest(taskId: string): Promise<TaskRequest | undefined>;
  /** Ids, newest first. */
  list(): Promise<string[]>;
  /** The last view of a task that has ended. */
  writeEnd(view: TaskView): Promise<void>;
  readEnd(taskId: string): Promise<TaskView | undefined>;
  writeArtifact(taskId: string, artifactId: string, text: string): Promise<void>;
  readArtifact(taskId: string, artifactId: string): Promise<string | undefined>;
  /** Folder of one task, for what its run reads: the PRD, input files, the clone. Absolute. */
  folder(taskId: string): string;
}

/** Requests of 10 MiB, with what JSON adds. */
const LARGEST = 64 * 1024 * 1024;
const MODE = { mode: 0o600 } as const;
const TASK_ID = /^[0-9a-hjkmnp-tv-z]{26}$/;
const ARTIFACT_ID = /^[\w-]{1,64}$/;

const keySchema = z.object({
  taskId: z.string().regex(TASK_ID),
  digest: z.string(),
  at: z.string(),
});

/** The tasks of a home; with an envelope everything is encrypted. Opening costs nothing. */
export function createTaskFiles(home: string, envelope: Envelope | null): TaskFiles {
  const root = homePaths(home).tasks;
  const folder = (taskId: string): string => join(root, requireName(taskId, TASK_ID));
  const sealed = createSealedFiles(envelope);
  const contextFolder = (owner: string, contextId: string): string =>
    join(root, '.contexts', sha256(JSON.stringify([owner, contextId])));
  return {
    folder,
    async reserve(key, wanted, maxAgeMs) {
      const keys = join(root, '.keys');
      await mkdir(keys, { recursive: true });
      return reserve(join(keys, requireName(key, /^[0-9a-f]{64}$/)), wanted, maxAgeMs);
    },
    async writeRequest(request) {
      await mkdir(folder(request.taskId), { recursive: true });
      const text = JSON.stringify(taskRequestSchema.parse(request));
      await sealed.write(join(folder(request.taskId), 'request.json'), text);
      const members = contextFolder(request.owner, request.contextId);
      await mkdir(members, { recursive: true });
      await writeFile(join(members, request.taskId), '', MODE);
    },
    async context(owner, contextId) {
      const names = await readdir(contextFolder(owner, contextId)).catch(() => []);
      return names.filter((name) => TASK_ID.test(name));
    },
    async readRequest(taskId) {
      if (!TASK_ID.test(taskId)) return undefined;
      const file = join(folder(taskId), 'request.json');
      const request = await parsed(taskRequestSchema, sealed, file);
      if (request !== undefined && request.taskId !== taskId)
        throw unreadable(file, 'it is that of another task');
      return request;
    },
    async list() {
      const names = await readdir(root).catch(() => []);
      return names
        .filter((name) => TASK_ID.test(name))
        .toSorted()
        .toReversed();
    },
    async writeEnd(view) {
      await sealed.write(join(folder(view.taskId), 'end.json'), JSON.stringify(view));
    },
    readEnd: (taskId) => parsed(taskViewSchema, sealed, join(folder(taskId), 'end.json')),
    async writeArtifact(taskId, artifactId, text) {
      const artifacts = join(folder(taskId), 'artifacts');
      await mkdir(artifacts, { recursive: true });
      await sealed.write(join(artifacts, requireName(artifactId, ARTIFACT_ID)), text);
    },
    async readArtifact(taskId, artifactId) {
      if (!ARTIFACT_ID.test(artifactId)) return undefined;
      return sealed.read(join(folder(taskId), 'artifacts', artifactId));
    },
  };
}

/** Names come from outside and become parts of paths. */
function requireName(name: string, pattern: RegExp): string {
  if (pattern.test(name)) return name;
  throw new InvariantError('ERR_TASK_FILE_INVALID', {
    message: 'a name of a task file has characters that it must not have',
    hint: 'this is a defect: report it',
  });
}

/** A link is made whole or not at all, and only where nothing is. */
async function reserve(path: string, wanted: TaskKey, maxAgeMs: number): Promise<TaskKey> {
  const draft = `${path}.${wanted.taskId}`;
  await writeDurableFile(draft, JSON.stringify(wanted), MODE);
  try {
    while (!(await linked(draft, path))) {
      const known = await readKey(path);
      if (known !== undefined && Date.parse(wanted.at) - Date.parse(known.at) < maxAgeMs)
        return known;
      await takeAway(path, { known, draft });
    }
    return wanted;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Takes an expired or damaged key away; one that somebody else put there meanwhile is put back. */
async function takeAway(
  path: string,
  { known, draft }: { readonly known: TaskKey | undefined; readonly draft: string },
): Promise<void> {
  const taken = `${draft}.old`;
  try {
    await rename(path, taken);
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  const found = await readKey(taken);
  if (found !== undefined && found.taskId !== known?.taskId) await linked(taken, path);
  await rm(taken, { force: true });
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function readKey(path: string): Promise<TaskKey | undefined> {
  try {
    const parsedKey = keySchema.safeParse(
      JSON.parse((await readBoundedBytes(path, LARGEST)).toString('utf8')),
    );
    return parsedKey.data;
  } catch {
    return undefined;
  }
}

interface SealedFiles {
  write(path: string, text: string): Promise<void>;
  /** Undefined when there is none. */
  read(path: string): Promise<string | undefined>;
}

function createSealedFiles(envelope: Envelope | null): SealedFiles {
  return {
    async write(path, text) {
      const bytes = Buffer.from(text);
      await writeDurableFile(path, (await envelope?.seal(bytes, contextOf(path))) ?? bytes, MODE);
    },
    async read(path) {
      let bytes: Buffer;
      try {
        bytes = await readBoundedBytes(path, LARGEST);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
      return (await openStored({ bytes, path, context: contextOf(path) }, envelope)).toString(
        'utf8',
      );
    },
  };
}

/** What binds sealed bytes to their place: the task and the name of the file. */
function contextOf(path: string): string {
  return `task:${path.split('/').slice(-3).join('/')}`;
}

async function parsed<Schema extends z.ZodType>(
  schema: Schema,
  files: SealedFiles,
  path: string,
): Promise<z.output<Schema> | undefined> {
  const text = await files.read(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(path, 'it is not what was written there', cause);
  }
}

function unreadable(file: string, reason: string, cause?: unknown): InvariantError {
  return new InvariantError('ERR_TASK_FILE_INVALID', {
    message: `the file of a task cannot be read: ${reason}`,
    where: { file },
    hint: 'keep the file and report it; the work of the task is safe in its run',
    cause,
  });
}
