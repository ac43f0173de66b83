/** Cores that work in this process shares, when it could use more than one. */
export interface CoreBudget {
  /** Counts work that is done in any case; the answer ends it. */
  enter(): () => void;
  /** A core that nobody uses, or undefined; the answer gives it back. */
  tryTake(): (() => void) | undefined;
}

/** A budget of so many cores. */
export function createCoreBudget(cores: number): CoreBudget {
  let used = 0;
  const take = (): (() => void) => {
    let isMine = true;
    used += 1;
    return () => {
      if (isMine) used -= 1;
      isMine = false;
    };
  };
  return { enter: take, tryTake: () => (used < cores ? take() : undefined) };
}
