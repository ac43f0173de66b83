// Parts of rows that earlier runs measured, one JSON line each: a run that was stopped goes on behind them.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** What the file at `path` holds, and where more is kept; without a path nothing is. */
export function openKept(path) {
  const parts = path === undefined || !existsSync(path) ? [] : readParts(path);
  return {
    /** Parts of this row whose seeds are all wanted; of seeds that two runs measured at once, the first. */
    partsOf({ size, name, types }, most) {
      const known = new Set();
      return parts.filter((part) => {
        const isOfRow =
          part.size === size && part.name === name && part.types.join() === types.join();
        const isWanted = isOfRow && part.seeds.every((seed) => seed <= most && !known.has(seed));
        if (isWanted) for (const seed of part.seeds) known.add(seed);
        return isWanted;
      });
    },
    keep(part) {
      if (path !== undefined) appendFileSync(path, `\n${JSON.stringify(part)}\n`);
    },
  };
}

/** A line that was cut by the end of a run is none. */
function readParts(path) {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}
