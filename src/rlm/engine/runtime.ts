import engine from '@jitl/quickjs-wasmfile-release-sync';
import { createHash } from 'node:crypto';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';

/** Pages of 64 KiB. The limit of the engine itself does not bound bulk data; the memory does. */
const MOST_PAGES = 1024;
const FIRST_PAGES = 256;
// Types of the package describe it as the form that Node does not load.
const variant = engine as unknown as QuickJSSyncVariant;
/** Node has it; its types do not. */
const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => never;
  };
};

/** A runtime with memory of its own: 16 MiB at first, 64 MiB at most. */
export async function openRuntime(): Promise<QuickJSRuntime> {
  const wasmMemory = new wasm.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
  const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory }));
  return module.newRuntime();
}

/** Code after which a replay sees the same moment and the same random numbers. Pure. */
export function frozenClock(seed: string, nowMs: number): string {
  return script(createHash('sha256').update(seed).digest().readUInt32LE(0), nowMs);
}

/** Multiply-with-carry, as good as needed for samples. */
const script = (start: number, now: number): string => `
{
  let z = ${start >>> 0}, w = 362436069;
  Math.random = () => {
    z = (36969 * (z & 65535) + (z >>> 16)) >>> 0; w = (18000 * (w & 65535) + (w >>> 16)) >>> 0;
    return (((z << 16) + (w & 65535)) >>> 0) / 4294967296;
  };
  const Real = Date, now = ${now};
  const Frozen = function Date(...args) {
    const made = args.length === 0 ? new Real(now) : new Real(...args);
    return new.target === undefined ? String(made) : Object.setPrototypeOf(made, new.target.prototype);
  };
  const fixed = (name, value) => Object.defineProperty(Frozen, name, { value, writable: true, configurable: true });
  fixed('now', () => now); fixed('parse', Real.parse); fixed('UTC', Real.UTC);
  Object.defineProperty(Frozen, 'length', { value: 7, configurable: true });
  Frozen.prototype = Real.prototype;
  // whoever looks for the clock finds this one
  Object.defineProperty(Real.prototype, 'constructor', { value: Frozen, writable: true, configurable: true });
  globalThis.Date = Frozen;
  delete globalThis.performance;
}`;
