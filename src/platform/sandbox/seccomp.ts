/** One instruction of classic BPF: code, jumps for true and false, operand (linux/filter.h). */
type Instruction = readonly [code: number, whenTrue: number, whenFalse: number, operand: number];

/** Numbers of one processor: its audit architecture (linux/audit.h) and its system calls. */
interface Machine {
  readonly architecture: number;
  /** Refused with EPERM. */
  readonly refused: readonly number[];
  /** Answered with ENOSYS, so that the C library and Node fall back. */
  readonly missing: readonly number[];
  readonly clone: number;
  readonly socket: number;
  readonly ioctl: number;
  /** x86 carries a second call table in the same architecture. */
  readonly hasX32: boolean;
}

/**
 * What no build or test needs: kernel modules and kexec, clocks, mounts and namespaces, keyrings, bpf, perf, other
 * processes' memory, handles of files. The same calls on both machines, from the kernel's tables (asm/unistd_64.h,
 * asm-generic/unistd.h).
 */
const MACHINES: Readonly<Record<string, Machine>> = {
  x64: {
    architecture: 0xc000003e,
    refused: [
      246, 320, 175, 313, 176, 169, 167, 168, 163, 164, 227, 305, 159, 165, 166, 155, 429, 428, 430,
      431, 432, 433, 442, 308, 272, 250, 248, 249, 321, 298, 323, 304, 303, 179, 443, 212, 103, 172,
      173, 154, 153, 310, 311, 312, 438, 300, 180, 134, 156,
    ],
    missing: [435, 425, 426, 427],
    clone: 56,
    socket: 41,
    ioctl: 16,
    hasX32: true,
  },
  arm64: {
    architecture: 0xc00000b7,
    refused: [
      104, 294, 105, 273, 106, 142, 224, 225, 89, 170, 112, 266, 171, 40, 39, 41, 429, 428, 430,
      431, 432, 433, 442, 268, 97, 219, 217, 218, 280, 241, 282, 265, 264, 60, 443, 18, 116, 58,
      270, 271, 272, 438, 262, 42,
    ],
    missing: [435, 425, 426, 427],
    clone: 220,
    socket: 198,
    ioctl: 29,
    hasX32: false,
  },
};

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const ERRNO = 0x00050000;
const EPERM = ERRNO | 1;
const ENOSYS = ERRNO | 38;
const EAFNOSUPPORT = ERRNO | 97;

/** Offsets in struct seccomp_data. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const argument = (index: number): number => 16 + 8 * index;

const X32_BIT = 0x40000000;
/** CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}. */
const NAMESPACE_FLAGS = 0x7e020000;
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK; AF_VSOCK would reach the hypervisor past every network namespace. */
const SOCKET_FAMILIES = [1, 2, 10, 16];
/** TIOCSTI and TIOCLINUX put characters into somebody else's terminal. */
const TERMINAL_INJECTIONS = [0x5412, 0x541c];

/**
 * The system call filter of sandboxed commands as bubblewrap reads it (`--seccomp`): a deny-list, so that what is new in
 * a kernel is not broken; foreign ABIs are killed. Undefined on a processor whose numbers are not known here.
 */
export function seccompFilter(machine: string = process.arch): Buffer | undefined {
  const numbers = MACHINES[machine];
  if (numbers === undefined) return undefined;
  const program: readonly Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [JUMP_EQUAL, 1, 0, numbers.architecture],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER],
    ...(numbers.hasX32 ? answer(JUMP_AT_LEAST, X32_BIT, ENOSYS) : []),
    ...numbers.missing.flatMap((number) => answer(JUMP_EQUAL, number, ENOSYS)),
    ...numbers.refused.flatMap((number) => answer(JUMP_EQUAL, number, EPERM)),
    ...inspect(numbers.clone, [
      [LOAD, 0, 0, argument(0)],
      ...answer(JUMP_ANY_BIT, NAMESPACE_FLAGS, EPERM),
      [RETURN, 0, 0, ALLOW],
    ]),
    ...inspect(numbers.socket, [
      [LOAD, 0, 0, argument(0)],
      ...SOCKET_FAMILIES.flatMap((family) => answer(JUMP_EQUAL, family, ALLOW)),
      [RETURN, 0, 0, EAFNOSUPPORT],
    ]),
    ...inspect(numbers.ioctl, [
      [LOAD, 0, 0, argument(1)],
      ...TERMINAL_INJECTIONS.flatMap((request) => answer(JUMP_EQUAL, request, EPERM)),
      [RETURN, 0, 0, ALLOW],
    ]),
    [RETURN, 0, 0, ALLOW],
  ];
  return encode(program);
}

/** When the loaded word compares, the call is answered so; else the program goes on. */
function answer(jump: number, operand: number, verdict: number): Instruction[] {
  return [
    [jump, 0, 1, operand],
    [RETURN, 0, 0, verdict],
  ];
}

/** `body` for one call alone; it always ends in a verdict. */
function inspect(number: number, body: readonly Instruction[]): Instruction[] {
  return [[JUMP_EQUAL, 0, body.length, number], ...body];
}

/** Instructions as struct sock_filter in the byte order of both machines. */
function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, whenTrue, whenFalse, operand]] of program.entries()) {
    const at = index * 8;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(whenTrue, at + 2);
    bytes.writeUInt8(whenFalse, at + 3);
    bytes.writeUInt32LE(operand >>> 0, at + 4);
  }
  return bytes;
}
