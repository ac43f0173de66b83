const DONE_WORDS = [
  'done',
  'pass',
  'passing',
  'passed',
  'complete',
  'completed',
  'closed',
  'accepted',
  'verified',
  'finished',
];

/** True for a status that says that nothing is left to do, for example `done` or `passing`. */
export function isDoneWord(status: unknown): boolean {
  return typeof status === 'string' && DONE_WORDS.includes(status.trim().toLowerCase());
}

/** The word that this file itself uses for finished work, or for work to do; the usual one where it uses none. */
export function statusWord(statuses: readonly unknown[], isDone: boolean): string {
  const used = statuses.find(
    (status) => typeof status === 'string' && status !== '' && isDoneWord(status) === isDone,
  );
  return typeof used === 'string' ? used : isDone ? 'done' : 'pending';
}
