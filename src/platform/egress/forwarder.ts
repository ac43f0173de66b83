/**
 * Runs inside the sandbox of a set-up command, by `node -e`: arguments are the proxy's socket, a port and the command. Copies
 * bytes between that port of the sandbox's own loopback and the socket, starts the command once it listens, and ends with
 * its status. A text and not a file: it needs nothing of our installation, which the sandbox may not show.
 */
export const FORWARDER = `const net = require('node:net');
const { spawn } = require('node:child_process');
const [socket, port, command, ...args] = process.argv.slice(1);
const server = net.createServer({ allowHalfOpen: true }, (client) => {
  const up = net.connect({ path: socket, allowHalfOpen: true });
  client.pipe(up).pipe(client);
  client.on('error', () => up.destroy());
  up.on('error', () => client.destroy());
});
server.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(command, args, { stdio: 'inherit' });
  child.once('error', (error) => { console.error(command + ': ' + error.message); process.exit(127); });
  child.once('exit', (code, signal) => process.exit(signal === null ? code : 128));
});
process.on('SIGTERM', () => undefined);`;
