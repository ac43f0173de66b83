import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { childrenOf } from './service-home.js';

const LISTEN = '0A';

/** TCP ports of this network namespace on which a process or one of its descendants listens. */
export function listeningPorts(root: number): number[] {
  const sockets = new Set(tree(root).flatMap(socketsOf));
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((path) => readFileSync(path, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && sockets.has(`socket:[${fields[9] ?? ''}]`))
    .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16))
    .sort((left, right) => left - right);
}

function tree(root: number): number[] {
  return [root, ...childrenOf(root).flatMap(tree)];
}

function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}
