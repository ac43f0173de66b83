// Joins the compiled command line and the worker, each with the packages that it uses, into a few files below dist/programs: Node would
// else look for, read and link a thousand modules for each command and each start. What is not always needed lies in files of its own.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const target = join(dist, 'programs');

/** Packages that find files of their own by their place on the disk, and one of ink's that is never loaded. */
const PLACED =
  /^(node:|react-devtools-core$|@temporalio\/(worker|core-bridge)(\/|$)|@vscode\/|@pydantic\/|@jitl\/|@hyzyla\/)/;
/** In a worker Temporal's packages lie beside it whatever we do, and what they share among each other must not exist twice. */
const PLACED_OR_TEMPORAL = new RegExp(`${PLACED.source}|^@temporalio/`);

/** Rooms whose modules are read by most commands. */
const SHARED = /\/dist\/(domain|report|config|observability)\//;

/** Modules of ours keep the address that they had: they find their neighbours by it. */
const ownAddresses = {
  name: 'own-addresses',
  load(id) {
    const path = relative(dist, id);
    if (path.startsWith('..') || !path.endsWith('.js')) return null;
    const address = JSON.stringify(`../${path.split(sep).join('/')}`);
    const code = readFileSync(id, 'utf8').replaceAll(
      'import.meta.url',
      `new URL(${address}, import.meta.url).href`,
    );
    return { code, map: existsSync(`${id}.map`) ? mapOf(id) : null };
  },
};

/** The compiler's map, with the places of the sources written out. */
function mapOf(id) {
  const map = JSON.parse(readFileSync(`${id}.map`, 'utf8'));
  const sources = map.sources.map((source) => fileURLToPath(new URL(source, pathToFileURL(id))));
  return { ...map, sources };
}

const temporary = `${target}.${process.pid}`;
const commands = await joinPrograms({
  input: { cli: join(dist, 'cli', 'main.js'), help: join(dist, 'cli', 'help', 'entry.js') },
  external: PLACED,
  chunkFileNames: '[name]-[hash].js',
});
const worker = await joinPrograms({
  input: { worker: join(dist, 'workers', 'entry.js') },
  external: PLACED_OR_TEMPORAL,
  chunkFileNames: 'worker-[name]-[hash].js',
});
// What `--help` and completion need to know of all commands: reading it is quicker than loading them.
const { createProgram } = await import(pathToFileURL(join(dist, 'cli', 'program.js')).href);
const { describeProgram } = await import(
  pathToFileURL(join(dist, 'cli', 'help', 'describe-program.js')).href
);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
writeFileSync(
  join(temporary, 'commands.json'),
  JSON.stringify(describeProgram(createProgram(version))),
);
rmSync(target, { recursive: true, force: true });
renameSync(temporary, target);
console.log(`command line: ${commands} KiB, worker: ${worker} KiB in dist/programs`);

/** Joins what the inputs reach; KiB of what came of it. */
async function joinPrograms({ input, external, chunkFileNames }) {
  const bundle = await rolldown({
    input,
    external,
    platform: 'node',
    // a package's own ES modules before its older forms, which hide what they require
    resolve: { mainFields: ['module', 'main'] },
    plugins: [ownAddresses],
  });
  const { output } = await bundle.write({
    dir: temporary,
    format: 'esm',
    sourcemap: true,
    chunkFileNames,
    // what most commands need lies together: else each further command cuts it into more files
    codeSplitting: { groups: [{ name: 'shared', test: SHARED, minShareCount: 8 }] },
  });
  await bundle.close();
  const bytes = output.reduce((sum, { code = '' }) => sum + code.length, 0);
  return (bytes / 1024).toFixed(0);
}
