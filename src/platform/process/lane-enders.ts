/** Something that is kept open for a lane between calls of tools, such as a program that knows its files. */
export interface LaneHolder {
  /** It may write into the files of the lane. */
  readonly mayWrite: boolean;
  /** True while somebody waits for it. */
  readonly isBusy: () => boolean;
  /** Ends it; resolves when nothing of it is left. Never rejects. */
  readonly end: () => Promise<void>;
}

const holders = new Map<string, Set<LaneHolder>>();

/** Has `holder` ended with what runs in the background of a lane (its state folder); returns what takes it off the list again. */
export function holdForLane(lane: string, holder: LaneHolder): () => void {
  const known = holders.get(lane) ?? new Set<LaneHolder>();
  holders.set(lane, known);
  known.add(holder);
  return () => {
    known.delete(holder);
    if (known.size === 0 && holders.get(lane) === known) holders.delete(lane);
  };
}

/** True while something is kept open that may write into the files of a lane. */
export function isHeldByWriter(lane: string): boolean {
  return [...(holders.get(lane) ?? [])].some(({ mayWrite }) => mayWrite);
}

/** Ends what is kept open for a lane, all of it or only what nobody waits for. */
export async function endHolders(lane: string, which: 'all' | 'idle'): Promise<void> {
  const known = [...(holders.get(lane) ?? [])];
  const ending = known.filter((holder) => which === 'all' || !holder.isBusy());
  await Promise.all(ending.map((holder) => holder.end()));
}
