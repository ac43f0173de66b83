import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isRecord,
  pushProgressSchema,
  pushRecordSchema,
  type PushOrder,
  type PushRecord,
  type PushStatus,
} from '../../domain/index.js';
import type { Envelope } from '../codec/envelope.js';
import { openStored } from '../codec/stored-bytes.js';
import { isNotFound, namesIn, writeDurableFile } from '../storage/durable-file.js';

/** Configurations of deliveries on disk, and how their deliveries stand. */
export interface PushFiles {
  /** Undefined = there is none. */
  read(taskId: string, id: string): Promise<PushRecord | undefined>;
  list(taskId: string): Promise<readonly PushRecord[]>;
  /** Those of all tasks. */
  all(): AsyncIterable<PushRecord>;
  write(record: PushRecord): Promise<void>;
  remove(taskId: string, id: string): Promise<void>;
  /** How this generation stands; undefined = nothing was tried yet. */
  readStatus(order: PushOrder): Promise<PushStatus | undefined>;
  /** Written by deliveries only, so that nobody else writes it meanwhile. */
  writeStatus(order: PushOrder, status: PushStatus): Promise<void>;
}

const SECRET = 0o600;
const CONFIG = '.json';
const TASK = /^[0-9a-hjkmnp-tv-z]{26}$/;
const ID = /^[\w.-]{1,64}$/;

/**
 * Files below `folder`, one folder a task. What a configuration holds is secret: only this user reads it, and `envelope` encrypts it.
 * Throws what the disk and the envelope throw.
 */
export function createPushFiles(folder: string, envelope: Envelope | null): PushFiles {
  const fileOf = (taskId: string, name: string): string => join(folder, taskId, name);
  const read = async (taskId: string, id: string): Promise<PushRecord | undefined> => {
    if (!TASK.test(taskId) || !ID.test(id)) return undefined;
    const path = fileOf(taskId, `${id}${CONFIG}`);
    const bytes = await readOrNone(path);
    if (bytes === undefined) return undefined;
    const plain = await openStored({ bytes, path, context: contextOf(taskId, id) }, envelope);
    return pushRecordSchema.parse(JSON.parse(plain.toString('utf8')));
  };
  const list = async (taskId: string): Promise<readonly PushRecord[]> => {
    if (!TASK.test(taskId)) return [];
    const names = (await namesIn(join(folder, taskId))).filter((name) => name.endsWith(CONFIG));
    const records = await Promise.all(
      names.toSorted().map((name) => read(taskId, name.slice(0, -CONFIG.length))),
    );
    return records.filter((record) => record !== undefined);
  };
  return {
    read,
    list,
    async *all() {
      for (const taskId of await namesIn(folder)) yield* await list(taskId);
    },
    async write(record) {
      const { taskId, id } = record.config;
      const plain = Buffer.from(JSON.stringify(record));
      const bytes = envelope === null ? plain : await envelope.seal(plain, contextOf(taskId, id));
      await writeDurableFile(fileOf(taskId, `${id}${CONFIG}`), bytes, { mode: SECRET });
    },
    async remove(taskId, id) {
      if (!TASK.test(taskId) || !ID.test(id)) return;
      await rm(fileOf(taskId, `${id}${CONFIG}`), { force: true });
      const status = `${id}~`;
      for (const name of await namesIn(join(folder, taskId)))
        if (name.startsWith(status)) await rm(fileOf(taskId, name), { force: true });
    },
    async readStatus({ taskId, id, generation }) {
      const bytes = await readOrNone(fileOf(taskId, statusName(id, generation)));
      if (bytes === undefined) return undefined;
      const known: unknown = JSON.parse(bytes.toString('utf8'));
      return isRecord(known) ? pushProgressSchema.parse(known).status : undefined;
    },
    async writeStatus({ taskId, id, generation }, status) {
      const progress = { version: 1, generation, status };
      const path = fileOf(taskId, statusName(id, generation));
      await writeDurableFile(path, JSON.stringify(progress), { mode: SECRET });
    },
  };
}

/** No id holds a `~`, and no name of a configuration ends so. */
function statusName(id: string, generation: string): string {
  return `${id}~${generation}.status`;
}

function contextOf(taskId: string, id: string): string {
  return `push:${taskId}/${id}`;
}

async function readOrNone(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
