import type { ClaimRecord } from './claim-record.js';
import type { ClaimStore } from './claim-store.js';

/** The record of one task, in memory and on the disk. */
export class KeptRecord {
  readonly #store: ClaimStore;
  #record: ClaimRecord;
  #saving: Promise<void> = Promise.resolve();

  constructor(record: ClaimRecord, store: ClaimStore) {
    this.#record = record;
    this.#store = store;
  }

  /** As it was saved last. */
  get record(): ClaimRecord {
    return this.#record;
  }

  /** One after the other, and nothing behind the last stage: whoever is late with an earlier one is not written down. */
  async save(record: ClaimRecord): Promise<void> {
    const saved = this.#saving.then(async () => {
      if (this.#record.stage === 'released') return;
      await this.#store.save(record);
      this.#record = record;
    });
    this.#saving = saved.catch(() => undefined);
    await saved;
  }
}
