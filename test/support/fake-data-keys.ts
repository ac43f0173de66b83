import { randomBytes } from 'node:crypto';
import { InfrastructureError } from '../../src/domain/light/error.js';
import type { DataKeys } from '../../src/platform/codec/data-keys.js';

/** A key server in memory. */
export interface FakeDataKeys extends DataKeys {
  /** Requests so far. */
  readonly calls: { created: number; unwrapped: number };
  /** Nothing answers while it is true. */
  isDown: boolean;
}

/** Keys whose wrapped form is a name. */
export function fakeDataKeys(): FakeDataKeys {
  const known = new Map<string, Buffer>();
  const calls = { created: 0, unwrapped: 0 };
  const requireUp = (): void => {
    if (keys.isDown) throw new InfrastructureError('ERR_VAULT_UNREACHABLE', { message: 'silent' });
  };
  const keys: FakeDataKeys = {
    calls,
    isDown: false,
    async create() {
      requireUp();
      calls.created += 1;
      const wrapped = `vault:v1:${known.size}`;
      const plaintext = randomBytes(32);
      known.set(wrapped, plaintext);
      return { plaintext, wrapped };
    },
    async unwrap(wrapped) {
      requireUp();
      calls.unwrapped += 1;
      return known.get(wrapped) ?? randomBytes(32);
    },
  };
  return keys;
}
