import { describe, expect, it } from 'vitest';
import { seccompFilter } from '../../../../src/platform/sandbox/seccomp.js';

const ARCHITECTURES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const errno = (code: number): number => 0x00050000 | code;

/** Runs the filter as the kernel does. */
function judge(
  filter: Buffer,
  call: { architecture: number; number: number; args?: readonly number[] },
): number {
  const data = new Map([
    [0, call.number],
    [4, call.architecture],
    ...(call.args ?? []).map((value, index) => [16 + 8 * index, value] as const),
  ]);
  let loaded = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const code = filter.readUInt16LE(at);
    const operand = filter.readUInt32LE(at + 4);
    const jump = (isTrue: boolean): void => {
      at += 8 * filter.readUInt8(at + (isTrue ? 2 : 3));
    };
    if (code === 0x06) return operand;
    if (code === 0x20) loaded = data.get(operand) ?? 0;
    else if (code === 0x15) jump(loaded === operand);
    else if (code === 0x35) jump(loaded >= operand);
    else if (code === 0x45) jump((loaded & operand) !== 0);
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the filter has no end');
}

describe.each(['x64', 'arm64'] as const)('the filter of %s', (machine) => {
  const filter = seccompFilter(machine) ?? Buffer.alloc(0);
  const architecture = ARCHITECTURES[machine];
  const numbers = {
    x64: { keyctl: 250, unshare: 272, getppid: 110, clone: 56, socket: 41, ioctl: 16 },
    arm64: { keyctl: 219, unshare: 97, getppid: 173, clone: 220, socket: 198, ioctl: 29 },
  }[machine];
  const verdict = (number: number, ...args: number[]): number =>
    judge(filter, { architecture, number, args });

  it('refuses, hides and allows', () => {
    expect([verdict(numbers.keyctl), verdict(numbers.unshare)]).toEqual([errno(1), errno(1)]);
    expect([verdict(435), verdict(425)]).toEqual([errno(38), errno(38)]);
    expect([verdict(numbers.getppid), verdict(9999)]).toEqual([ALLOW, ALLOW]);
    expect(verdict(numbers.clone, 0x11)).toBe(ALLOW);
    expect(verdict(numbers.clone, 0x10000000)).toBe(errno(1));
    expect([1, 2, 10, 16].map((family) => verdict(numbers.socket, family))).toEqual(
      Array.from({ length: 4 }, () => ALLOW),
    );
    expect([17, 38, 40].map((family) => verdict(numbers.socket, family))).toEqual(
      Array.from({ length: 3 }, () => errno(97)),
    );
    expect(verdict(numbers.ioctl, 0, 0x5412)).toBe(errno(1));
    expect(verdict(numbers.ioctl, 0, 0x5401)).toBe(ALLOW);
  });

  it('kills another ABI', () => {
    expect(judge(filter, { architecture: 0x40000003, number: 1 })).toBe(KILL);
    if (machine === 'x64') expect(verdict(0x40000001)).toBe(errno(38));
  });
});

describe('a processor whose numbers are not known', () => {
  it('has no filter', () => {
    expect(seccompFilter('riscv64')).toBeUndefined();
  });
});
