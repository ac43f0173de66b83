import { getExternalWorkflowHandle, patched } from '@temporalio/workflow';
import {
  leaseRequestSignal,
  standstillSignal,
  type LeaseRequest,
  type StandstillReport,
} from '../../contracts/index.js';

/** Whom a workflow reports to, and under which names. */
export interface OwnerLink {
  /** Id of the workflow that pays; undefined = nobody. */
  readonly owner: string | undefined;
  /** Story or subtask, as people name it. */
  readonly story: string;
  /** Id of the workflow that holds the lease in the owner's book; absent in runs of before it was told. */
  readonly holder?: string | undefined;
}

/**
 * Tells the owner that a child waits, or works again, and what it has spent. Resolves when the owner has it; never rejects:
 * an owner that is gone needs no word.
 */
export async function tellOwner(
  { owner, ...who }: OwnerLink,
  report: Omit<StandstillReport, 'story' | 'holder'>,
): Promise<void> {
  if (owner === undefined) return;
  await getExternalWorkflowHandle(owner)
    .signal(standstillSignal, { ...who, ...report })
    .catch(() => undefined);
}

/** What a workflow tells its owner while it works, without waiting for it. */
export class OwnerWord {
  private readonly link: OwnerLink;
  private last: Promise<void> = Promise.resolve();
  private open = 0;

  constructor(link: OwnerLink) {
    this.link = link;
  }

  /** Tells it; resolves when the owner has it. */
  tell(report: Omit<StandstillReport, 'story' | 'holder'>): Promise<void> {
    if (this.link.owner === undefined) return Promise.resolve();
    this.open += 1;
    const told = tellOwner(this.link, report).then(() => {
      this.open -= 1;
    });
    this.last = Promise.all([this.last, told]).then(() => undefined);
    return told;
  }

  /** To be awaited before the workflow ends: a word that comes behind its end is taken for one of whoever is next. */
  async heard(): Promise<void> {
    // Histories of before 'last-word' ended while it was on its way.
    if (this.open > 0 && patched('last-word')) await this.last;
  }
}

/** Asks the owner for more budget; rejects when there is no such workflow. */
export async function askOwner(
  { owner, ...who }: OwnerLink,
  request: Pick<LeaseRequest, 'needed' | 'canWait'>,
): Promise<void> {
  if (owner === undefined) return;
  await getExternalWorkflowHandle(owner).signal(leaseRequestSignal, { ...who, ...request });
}
