// npm run bench:tui [-- --lines 5000 --keys 200]
// What the terminal UI costs: time to its first frame, processor time and bytes written for so many tool lines, and how long a key takes
// until it is drawn while agents work. No service, no terminal and no model: the screen draws on a stream that counts.
import { EventEmitter } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '5000' }, keys: { type: 'string', default: '200' } },
});
const lines = Number(values.lines);
const keys = Number(values.keys);
const begun = performance.now();
const { Screen } = await import('../../dist/tui/screen/screen.js');
const { THEMES } = await import('../../dist/tui/screen/theme.js');
const { DEFAULT_KEYS } = await import('../../dist/tui/state/keys.js');
const { openView } = await import('../../dist/tui/state/view-state.js');

/** A terminal that counts what is written, and knows when something was. */
class CountingTerminal extends EventEmitter {
  columns = 100;
  rows = 30;
  isTTY = true;
  bytes = 0;
  clears = 0;
  write(text) {
    this.bytes += Buffer.byteLength(text);
    if (text.includes('\u001b[2J') || text.includes('\u001b[3J')) this.clears += 1;
    this.emit('written', text);
    return true;
  }
}

const terminal = new CountingTerminal();
const first = new Promise((seen) =>
  terminal.once('written', () => seen(performance.now() - begun)),
);
const screen = await Screen.open(openView({ session: null, agent: 'build', model: 'a/b' }), {
  stdout: terminal,
  keys: DEFAULT_KEYS,
  theme: THEMES.dark,
  onEffect: () => undefined,
});
const firstPaintMs = await first;

const event = (type, seq, text) => ({
  kind: 'event',
  event: { source: 'agent', seq, type, at: new Date().toISOString(), story: 'T1', text },
});
screen.take(event('story.start', 1, 'work'));

/** Milliseconds from a key to the bytes that show it. */
async function keyMs() {
  const from = performance.now();
  const drawn = new Promise((seen) => {
    const look = (text) => {
      if (!text.includes('x\u001b[7m')) return;
      terminal.removeListener('written', look);
      seen(performance.now() - from);
    };
    terminal.on('written', look);
  });
  screen.type({ kind: 'text', text: 'x', isPaste: false });
  const took = await drawn;
  screen.take({ kind: 'editor', text: '' });
  return took;
}

const before = { cpu: process.cpuUsage(), bytes: terminal.bytes, at: performance.now() };
const latencies = [];
const every = Math.max(1, Math.floor(lines / keys));
for (let index = 0; index < lines; index += 1) {
  screen.take(event('tool.start', 2 * index + 2, `bash: step ${index}`));
  screen.take(event('tool.end', 2 * index + 3, `bash: step ${index} (exit 0)`));
  if (index % every === 0) latencies.push(await keyMs());
  else if (index % 10 === 0) await delay(5);
}
await delay(200);
const cpu = process.cpuUsage(before.cpu);
const seconds = (performance.now() - before.at) / 1000;
const written = terminal.bytes - before.bytes;
await screen.close();

const sorted = latencies.toSorted((a, b) => a - b);
const at = (share) =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
console.log(`node ${process.version}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}\n`);
console.log(
  '| tool lines | first frame, ms | processor, s | KiB/s written | clears | key p50, ms | key p95, ms | RSS, MB |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
console.log(
  `| ${lines} | ${firstPaintMs.toFixed(0)} | ${((cpu.user + cpu.system) / 1e6).toFixed(2)} | ${(written / 1024 / seconds).toFixed(0)} | ${terminal.clears} | ${at(0.5)} | ${at(0.95)} | ${(process.memoryUsage.rss() / 1e6).toFixed(0)} |`,
);
