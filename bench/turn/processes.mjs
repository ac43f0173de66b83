// CPU and memory of process trees, read from /proc (Linux).
import { readdirSync, readFileSync } from 'node:fs';

/** Kernel clock ticks a second; 100 on every Linux that Node runs on (getconf CLK_TCK). */
const TICKS = 100;

/** Fields of /proc/PID/stat after the command name, which may hold spaces and brackets. */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
    return {
      pid,
      parent: Number(fields[1]),
      ticks: utime + stime + cutime + cstime,
      waited: cutime + cstime,
    };
  } catch {
    return null;
  }
}

/** The given processes and all their living descendants. */
export function processTree(roots) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null);
  const wanted = new Set(roots);
  for (let grew = true; grew;) {
    grew = false;
    for (const { pid, parent } of all) {
      if (!wanted.has(pid) && wanted.has(parent)) {
        wanted.add(pid);
        grew = true;
      }
    }
  }
  return all.filter(({ pid }) => wanted.has(pid));
}

/** CPU seconds of the trees so far: own time of all living processes and of the children they have waited for. */
export function cpuSeconds(roots) {
  return processTree(roots).reduce((total, { ticks }) => total + ticks, 0) / TICKS;
}

/** CPU seconds of the ended children that a process has waited for. */
export function waitedCpuSeconds(pid) {
  return (readStat(pid)?.waited ?? 0) / TICKS;
}

/** Proportional memory of the trees in MB (PSS, so that shared pages count once). */
export function memoryMb(roots) {
  return processTree(roots).reduce((total, { pid }) => total + pssMb(pid), 0);
}

function pssMb(pid) {
  try {
    const found = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return found === null ? 0 : Number(found[1]) / 1024;
  } catch {
    return 0;
  }
}

/** Samples the memory of trees until stopped; `stop` gives back the highest value in MB. */
export function watchMemory(roots, intervalMs = 500) {
  let peak = memoryMb(roots());
  const timer = setInterval(() => {
    peak = Math.max(peak, memoryMb(roots()));
  }, intervalMs);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(peak, memoryMb(roots()));
    },
  };
}
