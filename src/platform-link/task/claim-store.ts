import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CodetetherError } from '../../domain/index.js';
import {
  isNotFound,
  readBounded,
  sha256,
  syncDirectory,
  writeDurableFile,
} from '../../platform/index.js';
import {
  claimRecordSchema,
  sessionSchema,
  type ClaimRecord,
  type Session,
} from './claim-record.js';

/** Everything about one platform that outlives the process. */
export interface ClaimStore {
  /** The same for every start. */
  readonly workerId: string;
  /** What was asked for, in no order; records that were given back too. */
  records(): readonly ClaimRecord[];
  get(id: string): ClaimRecord | undefined;
  /** On the disk when it returns. */
  save(record: ClaimRecord): Promise<void>;
  /** Forgets a task that was never ours. */
  forget(id: string): Promise<void>;
  session(key: string): Session | undefined;
  saveSession(keys: readonly string[], session: Session): Promise<void>;
}

/** Tasks that were given back and are remembered. */
const MOST_REMEMBERED = 500;
/** A session has some keys for each of its tasks. */
const MOST_SESSIONS = 2000;
/** A record holds one order, and an order one prompt. */
const RECORD_BYTES = 16 * 1024 * 1024;

const workerSchema = z.object({
  version: z.literal(1),
  server: z.string(),
  workerId: z.string().min(1).max(100),
});
const sessionsSchema = z.object({
  version: z.literal(1),
  sessions: z.record(z.string(), sessionSchema),
});

/** Folder of one platform below the home. */
export function linkFolder(home: string, server: string): string {
  return join(home, 'platform', sha256(server).slice(0, 16));
}

/** Opens the store below `folder`; damaged records are told to `onDamage` and left where they are. */
export async function openClaimStore(
  folder: string,
  server: string,
  onDamage: (path: string) => void = () => undefined,
): Promise<ClaimStore> {
  const tasks = join(folder, 'tasks');
  await mkdir(tasks, { recursive: true, mode: 0o700 });
  const workerId = await ownWorkerId(folder, server);
  const records = new Map<string, ClaimRecord>();
  for (const name of await readdir(tasks)) {
    if (!name.endsWith('.json') || name.startsWith('.')) continue;
    const path = join(tasks, name);
    const record = await readParsed(path, claimRecordSchema);
    if (record === undefined) onDamage(path);
    else records.set(record.id, record);
  }
  const sessionsPath = join(folder, 'sessions.json');
  const kept = (await readParsed(sessionsPath, sessionsSchema))?.sessions ?? {};
  const sessions = new Map<string, Session>(Object.entries(kept));
  const pathOf = (id: string): string => join(tasks, `${sha256(id).slice(0, 32)}.json`);
  const forget = async (id: string): Promise<void> => {
    records.delete(id);
    await rm(pathOf(id), { force: true });
    await syncDirectory(tasks);
  };
  return {
    workerId,
    records: () => [...records.values()],
    get: (id) => records.get(id),
    async save(record) {
      await writeDurableFile(pathOf(record.id), `${JSON.stringify(record)}\n`, { mode: 0o600 });
      records.set(record.id, record);
      if (record.stage === 'released') for (const id of surplus(records)) await forget(id);
    },
    forget,
    session: (key) => sessions.get(key),
    async saveSession(keys, session) {
      for (const key of keys) sessions.set(key, session);
      const newest = [...sessions].sort((left, right) => right[1].at.localeCompare(left[1].at));
      for (const [old] of newest.slice(MOST_SESSIONS)) sessions.delete(old);
      const document = { version: 1, sessions: Object.fromEntries(sessions) };
      await writeDurableFile(sessionsPath, `${JSON.stringify(document)}\n`, { mode: 0o600 });
    },
  };
}

/** Tasks that were given back longest ago, beyond those that are remembered. */
function surplus(records: ReadonlyMap<string, ClaimRecord>): string[] {
  const released = [...records.values()].flatMap((record) =>
    record.stage === 'released' ? [{ id: record.id, at: record.at }] : [],
  );
  if (released.length <= MOST_REMEMBERED) return [];
  return released
    .sort((left, right) => left.at.localeCompare(right.at))
    .slice(0, released.length - MOST_REMEMBERED)
    .map(({ id }) => id);
}

async function ownWorkerId(folder: string, server: string): Promise<string> {
  const path = join(folder, 'worker.json');
  const known = await readParsed(path, workerSchema);
  if (known !== undefined) return known.workerId;
  const workerId = `wrk_${Math.floor(Date.now() / 1000)}_${randomBytes(6).toString('hex')}`;
  await writeDurableFile(path, `${JSON.stringify({ version: 1, server, workerId })}\n`, {
    mode: 0o600,
  });
  return workerId;
}

/** The file's value; undefined when there is no file, or when it is damaged. */
async function readParsed<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readBounded(path, RECORD_BYTES))).data;
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError || error instanceof CodetetherError)
      return undefined;
    throw error;
  }
}
