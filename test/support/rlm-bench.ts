import { createHash } from 'node:crypto';
import {
  InfrastructureError,
  type BlobRef,
  type ContentType,
  type ContextManifest,
} from '../../src/domain/index.js';
import type { BlobStore } from '../../src/platform/index.js';
import { ContextReader } from '../../src/rlm/context/context-reader.js';
import { ingestContext } from '../../src/rlm/context/ingest.js';
import { ReplVm, type CellStep, type ReplSettings } from '../../src/rlm/engine/repl-vm.js';

/** Blobs in memory. */
export class MemoryBlobs implements BlobStore {
  readonly content = new Map<string, Buffer>();

  put(content: string | Uint8Array): Promise<BlobRef> {
    const bytes = Buffer.from(content as Uint8Array);
    const digest = createHash('sha256').update(bytes).digest('hex');
    this.content.set(digest, bytes);
    return Promise.resolve({ digest, bytes: bytes.length });
  }

  get(ref: BlobRef): Promise<Buffer> {
    const bytes = this.content.get(ref.digest);
    if (bytes === undefined)
      return Promise.reject(
        new InfrastructureError('ERR_BLOB_MISSING', {
          message: `blob ${ref.digest} is not in the store`,
          hint: 'none',
          isRetryable: false,
        }),
      );
    return Promise.resolve(bytes);
  }

  async getText(ref: BlobRef): Promise<string> {
    return (await this.get(ref)).toString('utf8');
  }

  path(ref: BlobRef): string {
    return `/nowhere/${ref.digest}`;
  }
}

/** An input, stored in memory. */
export async function storedInput(
  text: string | Uint8Array | Readonly<Record<string, string | Uint8Array>>,
  type: ContentType | 'auto' = 'auto',
): Promise<{ manifest: ContextManifest; ref: BlobRef; blobs: MemoryBlobs; reader: ContextReader }> {
  const blobs = new MemoryBlobs();
  const files = typeof text === 'string' || text instanceof Uint8Array ? { '': text } : text;
  const inputs = Object.entries(files).map(([name, content]) => ({
    name,
    async *open() {
      yield Buffer.from(content as Uint8Array);
    },
  }));
  const { manifest, ref } = await ingestContext(inputs, { blobs, type });
  const reader = new ContextReader(manifest, (block) => {
    const bytes = blobs.content.get(block.ref.digest);
    if (bytes === undefined) throw new Error('no block');
    return bytes;
  });
  return { manifest, ref, blobs, reader };
}

const SETTINGS: ReplSettings = {
  promptTokens: 2000,
  chunkBytes: 1500,
  levels: 0,
  outputLimit: 4000,
  seed: 'test',
  nowMs: 0,
};

/** A REPL over a text. */
export async function openRepl(
  text: string | Readonly<Record<string, string>> = 'alpha\nbeta\ngamma\n',
  settings: Partial<ReplSettings> = {},
): Promise<ReplVm> {
  const { reader } = await storedInput(text);
  return ReplVm.open(reader, { ...SETTINGS, ...settings });
}

/** Runs a cell to its end; each question is answered by `answer`, which may refuse. */
export function runCell(
  vm: ReplVm,
  code: string,
  answer: (prompt: string, kind: string) => unknown = () => 'yes',
): CellStep & { readonly waves: number[] } {
  const waves: number[] = [];
  let step = vm.run(code);
  while (!step.isDone) {
    waves.push(step.questions.length);
    step = vm.settle(
      step.questions.map(({ id, kind, question }) => {
        const value = answer((JSON.parse(question) as { prompt: string }).prompt, kind);
        return value instanceof Error
          ? { id, code: 'BUDGET', message: value.message }
          : { id, answer: JSON.stringify(value) };
      }),
    );
  }
  return { ...step, waves };
}
