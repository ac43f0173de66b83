const DONE_WORDS = new Set(
  'done pass passing passed complete completed closed accepted verified finished resolved merged shipped released deployed implemented delivered fixed success succeeded'.split(
    ' ',
  ),
);
const LEFT_OUT_WORDS = new Set(
  'cancelled,canceled,deferred,dropped,rejected,obsolete,abandoned,superseded,removed,deleted,duplicate,tombstone,skipped,skip,archived,wontfix,declined,wont fix,wont do,will not do,out of scope,not planned,not needed'.split(
    ',',
  ),
);
const OPEN_WORDS = new Set(
  'pending,todo,open,new,started,doing,wip,ready,backlog,draft,blocked,failed,failing,fail,review,active,planned,queued,paused,waiting,incomplete,unstarted,approved,proposed,reopened,hooked,pinned,inprogress,notstarted,to do,in progress,not started,in review,ready for review,ready for dev,ready for development,not done,on hold,up next,not passing,not passed'.split(
    ',',
  ),
);

/** What a status says: nothing left to do, not to be worked on, to do, or a word that nobody knows (read as to do). */
export type StatusMeaning = 'done' | 'left-out' | 'open' | 'unknown';

/** Characters of a status; what is longer is a sentence. */
const STATUS_LIMIT = 80;

/** The meaning of a status in any spelling: `In-Progress`, `in_progress` and `in progress` are one. */
export function statusMeaning(status: string): StatusMeaning {
  if (status.length > STATUS_LIMIT) return 'unknown';
  const spelled = status
    .trim()
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[\s_-]+/g, ' ');
  const word = /\p{L}(?:.*\p{L})?/su.exec(spelled)?.[0] ?? '';
  if (DONE_WORDS.has(word) || /[✅✔☑]|^\s*100 ?%\s*$/u.test(status)) return 'done';
  if (LEFT_OUT_WORDS.has(word)) return 'left-out';
  return OPEN_WORDS.has(word) || word === '' ? 'open' : 'unknown';
}

/** True for a status that says that nothing is left to do, for example `done` or `passing`. */
export function isDoneWord(status: unknown): boolean {
  return typeof status === 'string' && statusMeaning(status) === 'done';
}

/** The word that this file itself uses for finished work, or for work to do; the usual one where it uses none. */
export function statusWord(statuses: readonly unknown[], isDone: boolean): string {
  const used = statuses.find(
    (status) =>
      typeof status === 'string' &&
      status !== '' &&
      statusMeaning(status) === (isDone ? 'done' : 'open'),
  );
  return typeof used === 'string' ? used : isDone ? 'done' : 'pending';
}
