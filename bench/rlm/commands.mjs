// Runs command lines of codetether that it is sent, one after the other: starting Node for each of thousands of questions would take most of
// the time. Environment and working folder are those of the process.
import { createInterface } from 'node:readline';

const { main } = await import('../../dist/cli/main.js');
const { stdout, stderr } = process;
const write = stdout.write.bind(stdout);
let out = '';
let log = '';
stdout.write = (text) => {
  out += text;
  return true;
};
stderr.write = (text) => {
  log = (log + text).slice(-4000);
  return true;
};

for await (const line of createInterface({ input: process.stdin })) {
  out = '';
  log = '';
  process.exitCode = 0;
  await main([process.execPath, 'codetether', ...JSON.parse(line)]);
  // each command listens for a reader that leaves early
  stdout.removeAllListeners('error');
  write(`${JSON.stringify({ code: process.exitCode, out, log })}\n`);
}
