import { z } from 'zod';
import { InvalidInputError } from '../../domain/index.js';
import type { VaultAnswer } from './vault-http.js';
import type { VaultClient } from './vault-client.js';

/** One key-value engine of Vault, whichever of its two versions it is (found out once). */
export interface KvEngine {
  /** Fields of a secret, or null when there is none; `answer` holds what Vault said. */
  read(path: string): Promise<KvSecret>;
  /** Replaces a secret. */
  write(path: string, fields: Readonly<Record<string, unknown>>): Promise<KvSecret>;
  /** Names directly below a path; folders end with a slash. Null when Vault refuses to list. */
  list(path: string): Promise<readonly string[] | null>;
}

/** One answer about a secret. */
export interface KvSecret {
  readonly answer: VaultAnswer;
  /** Path that was asked, for messages. */
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>> | null;
}

/**
 * The engine at `mount`. Throws what the client throws, and `ERR_VAULT_MOUNT` (exit 2) when nothing is mounted there or
 * it is no key-value engine.
 */
export function createKvEngine(client: VaultClient, mount: string): KvEngine {
  let version: Promise<KvVersion> | undefined;
  const detect = (): Promise<KvVersion> => {
    version ??= detectVersion(client, mount);
    version.catch(() => {
      version = undefined;
    });
    return version;
  };
  const place = async (kind: 'data' | 'metadata', path: string): Promise<string> =>
    [mount, ...((await detect()) === 2 ? [kind] : []), path].join('/');
  const checked = (answer: VaultAnswer): VaultAnswer => {
    // A missing secret comes without a reason; a missing engine with this one.
    const isMissing =
      answer.status === 404 && answer.errors.some((text) => /no handler/i.test(text));
    if (!isMissing) return answer;
    version = undefined;
    throw wrongMount(mount, 'nothing is mounted there');
  };
  return {
    async read(path) {
      const full = await place('data', path);
      const answer = checked(await client.read(full));
      const fields = answer.status === 200 ? secretFields(answer.body, await detect()) : null;
      return { answer, path: full, fields };
    },
    async write(path, fields) {
      const full = await place('data', path);
      const body = (await detect()) === 2 ? { data: fields } : fields;
      return { answer: checked(await client.write(full, body)), path: full, fields };
    },
    async list(path) {
      const answer = checked(await client.list(await place('metadata', path)));
      if (answer.status === 404) return [];
      const parsed = listSchema.safeParse(answer.body);
      return parsed.success ? parsed.data.data.keys : null;
    },
  };
}

type KvVersion = 1 | 2;

const mountSchema = z.object({
  data: z.object({
    type: z.string().optional(),
    options: z.object({ version: z.string().optional() }).nullish(),
  }),
});

const listSchema = z.object({ data: z.object({ keys: z.array(z.string()) }) });

/** Policies often hide the mount's own record; version 2 is then the likely one. */
async function detectVersion(client: VaultClient, mount: string): Promise<KvVersion> {
  const answer = await client.read(`sys/internal/ui/mounts/${mount}`);
  const parsed = mountSchema.safeParse(answer.body);
  if (answer.status !== 200 || !parsed.success) return 2;
  const { type, options } = parsed.data.data;
  if (type !== undefined && type !== 'kv' && type !== 'generic')
    throw wrongMount(mount, `it is an engine of type ${type}`);
  return options?.version === '2' ? 2 : 1;
}

function wrongMount(mount: string, reason: string): InvalidInputError {
  return new InvalidInputError('ERR_VAULT_MOUNT', {
    message: `there is no key-value engine at "${mount}" in this Vault: ${reason}`,
    where: { field: 'vault.mount' },
    hint: 'correct VAULT_MOUNT or [vault] mount; vault secrets list shows what is mounted',
  });
}

const envelopeSchema = z.object({ data: z.record(z.string(), z.unknown()) });
const versionedSchema = z.object({ data: z.record(z.string(), z.unknown()).nullable() });

/** A deleted version 2 secret answers with data null. */
function secretFields(body: unknown, version: KvVersion): Record<string, unknown> | null {
  const outer = envelopeSchema.safeParse(body);
  if (!outer.success) return null;
  if (version === 1) return outer.data.data;
  const inner = versionedSchema.safeParse(outer.data.data);
  return inner.success ? inner.data.data : null;
}
