// Joins each compiled program and the packages that it uses into a few files below dist/programs: Node would else look for, read and
// link a thousand modules for each command. What only some commands need lies in files of its own, loaded by those.
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const target = join(dist, 'programs');
const temporary = `${target}.${process.pid}`;

// What stays outside finds files of its own by its place on the disk. A worker's SDK is one piece with such parts in it.
const PROGRAMS = {
  cli: {
    entry: 'cli/main.js',
    external: /^(node:|@temporalio\/(worker|core-bridge)(\/|$)|@vscode\/ripgrep|@pydantic\/)/,
  },
  worker: {
    entry: 'workers/entry.js',
    external: /^(node:|@temporalio\/|@vscode\/ripgrep|@pydantic\/)/,
  },
};

/** A joined command line starts the joined worker. */
const ENTRY_OF_WORKER = ["'../workers/entry.js'", "'../programs/worker/worker.js'"];

/** Modules of ours keep the address that they had: they find their neighbours by it. */
const ownAddresses = {
  name: 'own-addresses',
  load(id) {
    const path = relative(dist, id).split(sep).join('/');
    if (path.startsWith('..') || !path.endsWith('.js')) return null;
    const address = JSON.stringify(`../../${path}`);
    const code = readFileSync(id, 'utf8')
      .replaceAll(...ENTRY_OF_WORKER)
      .replaceAll('import.meta.url', `new URL(${address}, import.meta.url).href`);
    return { code, map: existsSync(`${id}.map`) ? mapOf(id) : null };
  },
};

/** The compiler's map, with the places of the sources written out. */
function mapOf(id) {
  const map = JSON.parse(readFileSync(`${id}.map`, 'utf8'));
  const sources = map.sources.map((source) => fileURLToPath(new URL(source, pathToFileURL(id))));
  return { ...map, sources };
}

async function joinProgram(name, { entry, external }) {
  const bundle = await rolldown({
    input: { [name]: join(dist, entry) },
    platform: 'node',
    external,
    // a package's own ES modules before its older forms, which hide what they require
    resolve: { mainFields: ['module', 'main'] },
    plugins: [ownAddresses],
  });
  const { output } = await bundle.write({
    dir: join(temporary, name),
    format: 'esm',
    sourcemap: true,
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  const bytes = output.reduce((sum, { code = '' }) => sum + code.length, 0);
  console.log(`${name}: ${(bytes / 1024).toFixed(0)} KiB in dist/programs/${name}`);
}

for (const [name, program] of Object.entries(PROGRAMS)) await joinProgram(name, program);
rmSync(target, { recursive: true, force: true });
renameSync(temporary, target);
