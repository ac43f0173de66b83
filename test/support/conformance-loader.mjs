// Lets the conformance judge run on Node 20: it imports `fs.globSync` of Node 22, for a command that is not used here.
// Usage: node --import ./test/support/conformance-loader.mjs …; this file is its own hook.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) register(import.meta.url);

const JUDGE = /\/@modelcontextprotocol\/conformance\/dist\/index\.js$/;
const IMPORTED = /globSync as ([\w$]+),?/;

export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!JUDGE.test(url)) return loaded;
  const source = loaded.source.toString();
  const name = IMPORTED.exec(source)?.[1];
  if (name === undefined) return loaded;
  return {
    ...loaded,
    source: `${source.replace(IMPORTED, '')}\nfunction ${name}() { return []; }\n`,
  };
}
