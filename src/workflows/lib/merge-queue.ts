/** Two changes that cannot be put together without somebody who looks at them. */
interface Conflicting<Conflict> {
  readonly kind: 'conflict';
  readonly conflict: Conflict;
  /** The head that the candidate conflicts with. */
  readonly head: string;
}

/** What a queue needs to know of the work that lands in it. */
export interface MergeWork<Candidate, Conflict, Landing> {
  /** The head now. */
  readonly head: () => string;
  /** The commit that the candidate's work started from. */
  readonly base: (candidate: Candidate) => string;
  /** Commits a candidate that starts from the head. */
  readonly commit: (candidate: Candidate, head: string) => Promise<Landing>;
  /** Puts a candidate on a head that has moved, proves the result again and commits it; or says what conflicts. */
  readonly merge: (candidate: Candidate, head: string) => Promise<Landing | Conflicting<Conflict>>;
  /** Has somebody resolve a conflict; the queue is free meanwhile. */
  readonly resolve: (
    candidate: Candidate,
    conflict: Conflict,
    head: string,
  ) => Promise<{ readonly isResolved: boolean; readonly candidate: Candidate }>;
  /** What becomes of work that still conflicts. */
  readonly giveUp: (candidate: Candidate, conflict: Conflict) => Promise<Landing>;
}

/**
 * A durable merge queue: proven work lands one after the other, each on top of what landed before. No place in it is held while
 * somebody resolves a conflict, which may happen once for each candidate.
 */
export class MergeQueue<Candidate, Conflict, Landing extends { readonly kind: string }> {
  private readonly work: MergeWork<Candidate, Conflict, Landing>;
  private tail: Promise<unknown> = Promise.resolve();

  constructor(work: MergeWork<Candidate, Conflict, Landing>) {
    this.work = work;
  }

  /** Lands a candidate, or gives it up after one try to resolve its conflict. */
  async land(candidate: Candidate): Promise<Landing> {
    const first = await this.inTurn(() => this.tryLand(candidate));
    if (!isConflict<Conflict, Landing>(first)) return first;
    const resolution = await this.work.resolve(candidate, first.conflict, first.head);
    if (!resolution.isResolved) return this.work.giveUp(resolution.candidate, first.conflict);
    const second = await this.inTurn(() => this.tryLand(resolution.candidate));
    return isConflict<Conflict, Landing>(second)
      ? this.work.giveUp(resolution.candidate, second.conflict)
      : second;
  }

  private tryLand(candidate: Candidate): Promise<Landing | Conflicting<Conflict>> {
    const head = this.work.head();
    return this.work.base(candidate) === head
      ? this.work.commit(candidate, head)
      : this.work.merge(candidate, head);
  }

  /** One at a time, in the order of asking; a failure of one is no failure of the next. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.tail.then(work);
    this.tail = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }
}

function isConflict<Conflict, Landing extends { readonly kind: string }>(
  result: Landing | Conflicting<Conflict>,
): result is Conflicting<Conflict> {
  return result.kind === 'conflict';
}
