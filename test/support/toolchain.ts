import { spawnSync } from 'node:child_process';

/** True when a toolchain works: a proxy of its manager may be on PATH without any toolchain behind it. */
export function isToolchainUsable(program: string): boolean {
  const version = program === 'go' ? 'version' : '--version';
  return spawnSync(program, [version], { stdio: 'ignore' }).status === 0;
}
