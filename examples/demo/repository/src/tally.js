/** Counts things by name. */
export function createTally() {
  const counts = new Map();
  return {
    add(name) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    count(name) {
      return counts.get(name) ?? 0;
    },
  };
}
