// npm run bench:serve [-- --tasks 100 --streams 1000 --real]
// The server for tasks from outside: so many tasks sent at once that are waited for, then so many idle streams. Over tasks in memory, and
// with --real also as `codetether up` serves it.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureMemory } from './memory.mjs';
import { measureReal } from './real.mjs';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '100' },
    streams: { type: 'string', default: '1000' },
    real: { type: 'boolean', default: false },
  },
});
const counts = { taskCount: Number(values.tasks), streamCount: Number(values.streams) };

console.log(`${cpus().length} cores, load ${loadavg()[0].toFixed(1)}; figures of one run\n`);
console.log('| what | figure |');
console.log('| --- | --- |');
await measureMemory(counts);
if (values.real) await measureReal(counts);
