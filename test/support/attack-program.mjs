/**
 * Tries to get out of the sandbox, as the user that runs it. Usage: node attack-program.mjs FOLDER. Prints one JSON document: per
 * attack what the sandboxed command wrote. The test decides what may stand there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { closeInheritedDescriptors } from '../../dist/platform/light/inherited-descriptors.js';
import { commandUserId, wrapCommand } from '../../dist/platform/sandbox/wrap-command.js';
import { detectSandbox } from '../../dist/platform/sandbox/detect.js';
import { openEgress } from '../../dist/platform/egress/open-egress.js';
import { runProcess } from '../../dist/platform/process/run-process.js';
import { setHostEnvironment } from '../../dist/platform/process/host-environment.js';

closeInheritedDescriptors();
const [folder = ''] = process.argv.slice(2);
setHostEnvironment(process.env);

const home = join(folder, 'state');
const root = join(home, 'lane', 'tree');
mkdirSync(root, { recursive: true });
const sandbox = await detectSandbox();
const place = { root, cwd: root, home: join(home, 'lane', 'home'), masked: [home] };

async function attack(script, options = {}) {
  const { argv = ['bash', '-c', script], ...further } = options;
  const wrapped = await wrapCommand(sandbox, { ...place, argv, network: 'none', ...further });
  const result = await runProcess({ ...wrapped, timeoutMs: 60_000, maxOutputBytes: 100_000 });
  return result.output.head.trim();
}

/** A service on the host's loopback, which says a word that must never be read. */
const canary = createServer((socket) => socket.end('canary')).listen(0, '127.0.0.1');
await new Promise((resolve) => canary.once('listening', resolve));
const { port } = canary.address();
/** Something on the host that listens in the file system. */
const socketPath = process.env.WALL_SOCKET ?? '';
const named = socketPath === '' ? null : createServer((socket) => socket.end('canary'));
if (named !== null) await new Promise((resolve) => named.listen(socketPath, resolve));

const CONNECT_FORMS = `
import socket, sys
forms = ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '0.0.0.0', '2130706433', '127.1', '0x7f000001',
         '10.0.0.1', '169.254.169.254', 'localhost', 'LOCALHOST.', 'registry.npmjs.org@127.0.0.1', 'listed.example']
asked = ['CONNECT %s:443 HTTP/1.1' % form for form in forms] + ['CONNECT registry.npmjs.org:22 HTTP/1.1', 'CONNECT 127.0.0.1:${port} HTTP/1.1',
         'GET http://127.0.0.1:${port}/ HTTP/1.1']
for line in asked:
    s = socket.create_connection(('127.0.0.1', 3128), 10)
    s.sendall((line + '\\r\\nHost: x\\r\\n\\r\\n').encode())
    print(s.recv(100).decode().split()[1])
`;

async function proxied() {
  const uid = commandUserId(sandbox, { root, masked: [home] });
  // Loopback names on the list are refused after they were resolved.
  const network = {
    allow: ['127.0.0.1', 'localhost', '10.0.0.1', 'registry.npmjs.org'],
    allowPrivate: [],
  };
  const egress = await openEgress({ network, uid });
  const further = { network: 'proxied', egress: egress.entrance, extraEnv: egress.variables };
  try {
    return {
      forms: await attack('', { ...further, argv: egress.wrap(['python3', '-c', CONNECT_FORMS]) }),
      loopback: await attack('', {
        ...further,
        argv: egress.wrap(['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`]),
      }),
      status: await attack('', { ...further, argv: egress.wrap(['bash', '-c', 'exit 7']) }),
      refused: egress
        .traffic()
        .filter((entry) => entry.refusals > 0)
        .map((entry) => entry.host),
    };
  } finally {
    await egress.close();
  }
}

const FORKS = `
import os, time
made = 0
for _ in range(300):
    try:
        pid = os.fork()
    except OSError:
        break
    if pid == 0:
        time.sleep(60); os._exit(0)
    made += 1
print(made)
`;

const SYSTEM_CALLS = `
import ctypes, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(*numbers):
    ctypes.set_errno(0)
    libc.syscall(*numbers)
    return ctypes.get_errno()
x64 = ctypes.sizeof(ctypes.c_void_p) == 8 and __import__('platform').machine() == 'x86_64'
print('keyctl', call(250 if x64 else 219, 0, -3, 0))
print('bpf', call(321 if x64 else 280, 0, 0, 0))
print('io_uring', call(425, 1, 0))
try:
    socket.socket(40, socket.SOCK_STREAM)
    print('vsock open')
except OSError as error:
    print('vsock', error.errno)
`;

const SCAN = `
import os, re
wanted = b'SENTINEL-' + b'5f0c1e'
found = []
for pid in filter(str.isdigit, os.listdir('/proc')):
    if int(pid) == os.getpid(): continue
    for part in ('environ', 'cmdline'):
        try:
            if wanted in open('/proc/%s/%s' % (pid, part), 'rb').read(): found.append(pid + part)
        except OSError: pass
    try:
        memory = open('/proc/%s/mem' % pid, 'rb', 0)
        for line in open('/proc/%s/maps' % pid):
            match = re.match(r'([0-9a-f]+)-([0-9a-f]+) rw', line)
            if not match: continue
            start, end = (int(part, 16) for part in match.groups())
            try:
                memory.seek(start)
                if wanted in memory.read(end - start): found.append(pid + 'mem')
            except (OSError, ValueError, OverflowError): pass
    except OSError: pass
print('found', found)
`;

writeFileSync(join(root, 'scan.py'), SCAN);
const document = {
  level: sandbox.level,
  kinds: sandbox.kinds,
  reason: sandbox.reason,
  rights: await attack('id -u; grep -E "^(CapEff|Seccomp|NoNewPrivs):" /proc/self/status'),
  again: await attack('grep "^Seccomp:" /proc/self/status'),
  // access(2) alone: nothing is opened
  access: await attack(
    'for path in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /sys/kernel; do [ -w "$path" ] && echo "$path writable"; done; for path in /etc/shadow /etc/gshadow; do [ -r "$path" ] && echo "$path readable"; done; true',
  ),
  descriptors: await attack('ls /proc/$$/fd'),
  sentinel: await attack('env | grep -c SENTINEL; python3 scan.py'),
  forks: await attack(`ulimit -u 100 && python3 - <<'END'\n${FORKS}\nEND`),
  limits: await attack('ulimit -u; ulimit -f; ulimit -d; ulimit -c'),
  memory: await attack('python3 -c "bytearray(5 << 30)" 2>&1 | tail -n 1'),
  mounts: await attack('grep " tmpfs " /proc/self/mounts'),
  shm: await attack('head -c 100M /dev/zero > /dev/shm/x; stat -c %s /dev/shm/x; touch /dev/x'),
  calls: await attack(`python3 - <<'END'\n${SYSTEM_CALLS}\nEND`),
  loopback: await attack(`exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`),
  socket: await attack(
    `python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect('${socketPath}'); print(s.recv(10))" 2>&1 | tail -n 1`,
  ),
  secrets: await attack(
    `for path in .ssh/id .cargo/credentials.toml .m2/settings.xml .docker/config.json .pgpass .bash_history .mozilla/x; do [ -e "${process.env.HOME}/$path" ] && echo "$path seen"; done; cat "${process.env.HOME}/.cargo/bin/tool" "${process.env.HOME}/tools/node/lib/part"`,
  ),
  proxied: await proxied(),
};
canary.close();
named?.close();
process.stdout.write(JSON.stringify(document));
process.exit(0);
