import {
  existingChecks,
  isPassing,
  isSatisfied,
  proofLimitMs,
  type Evidence,
  type Proof,
} from '../../domain/index.js';
import { checkFacts } from '../lib/check-facts.js';
import { withStory } from '../lib/ledger.js';
import { stopIfCancelled } from '../lib/scope.js';
import type { Coordinator } from './coordinator.js';
import { askJudges } from './judges.js';
import type { SwarmState } from './swarm-state.js';

/**
 * Whether the merged result is right: the project's checks on exactly its tree, and as many judges as were asked for. Nobody's word
 * about its own work counts.
 */
export class Verification {
  private readonly state: SwarmState;
  private readonly swarm: Coordinator;

  constructor(state: SwarmState, swarm: Coordinator) {
    this.state = state;
    this.swarm = swarm;
  }

  /** Checks, names the first subtask with which they are red, and asks the judges. */
  async run(): Promise<void> {
    const { state } = this;
    const { input, record } = state;
    const isSecond = input.edition >= 2;
    const hasChanges = input.hasFiles && record.headCommit !== record.baseCommit;
    const isChecked = hasChanges && input.checks.length > 0 ? await this.check() : null;
    if (isSecond) stopIfCancelled();
    // red is red, whatever anybody says of it
    const isAsked = input.verify > 0 && !(isSecond && isChecked === false);
    const isJudged = isAsked ? await askJudges(state, this.swarm) : null;
    const words = [isChecked, isJudged].filter((word) => word !== null);
    state.set({ isVerified: words.length === 0 ? null : words.every(Boolean) });
    await state.save();
  }

  /** True = green, false = red; null = every check is absent. */
  private async check(): Promise<boolean | null> {
    const { state } = this;
    const { headCommit } = state.record;
    state.events.add('check.start', {
      text: `checking the merged tree ${headCommit.slice(0, 10)}`,
    });
    const proof = await this.prove(headCommit);
    state.set({ evidence: proof.evidence });
    for (const evidence of proof.evidence)
      state.events.add('check.end', { text: describe(evidence), data: checkFacts(evidence) });
    if (proof.verdict === 'unverified') return null;
    if (proof.verdict === 'passed') return true;
    await this.blame(proof);
    return false;
  }

  private prove(tree: string): Promise<Proof> {
    const { state } = this;
    const { checks, setup, options, branch, author } = state.input;
    return state.steps.run('proveMerged', {
      who: 'checks',
      summary: `checks of ${tree.slice(0, 10)}`,
      extraMs: proofLimitMs({ checks, verificationSteps: [], setup }),
      args: {
        tree,
        checks,
        setup,
        proofLane: this.swarm.lanes.first.proofLane,
        base: state.record.baseCommit,
        verificationSteps: [],
        baseline: options.allowRedBaseline ? (state.record.baseline ?? null) : null,
        existing: existingChecks(state.record),
        head: { branch, author, subject: 'swarm' },
      },
    });
  }

  /** The first commit with which the checks are red, by halving: its subtask failed, the others did not. */
  private async blame(last: Proof): Promise<void> {
    if (await this.wasRedBefore(last)) return;
    const commits = this.swarm.landed;
    let green = -1;
    let red = commits.length - 1;
    let proof = last;
    while (red - green > 1) {
      const middle = Math.floor((green + red) / 2);
      const commit = commits[middle];
      if (commit === undefined) return;
      const tried = await this.prove(commit.commit);
      if (isRedProof(tried)) {
        red = middle;
        proof = tried;
      } else green = middle;
    }
    const culprit = commits[red];
    if (culprit === undefined) return;
    const reason = `${redNames(proof)} fails with its changes, and not before them`;
    this.fail(culprit.id, reason, proof);
  }

  /**
   * Halving needs a green beginning: what an earlier start of this swarm landed may have been red, and nothing that landed since is to
   * blame for that. Whoever was to repair it has not.
   */
  private async wasRedBefore(last: Proof): Promise<boolean> {
    const { input, record } = this.state;
    const before = input.carried?.headCommit ?? record.baseCommit;
    if (input.edition < 2 || before === record.baseCommit) return false;
    const proof = before === record.headCommit ? last : await this.prove(before);
    if (!isRedProof(proof)) return false;
    const where = `before this start of the swarm already, at ${before.slice(0, 10)}`;
    const blamed = record.stories.filter(
      ({ status, attempts }) =>
        isSatisfied(status) && attempts.some(({ outcome }) => outcome === 'checks_failed'),
    );
    for (const { story } of blamed)
      this.fail(story.id, `${redNames(last)} still fails: it was red ${where}`, last);
    const note = `${redNames(last)} was red ${where}: what landed since is not blamed for it`;
    this.state.record = { ...this.state.record, notes: [...this.state.record.notes, note] };
    this.state.events.add('run.note', { text: note });
    return true;
  }

  private fail(id: string, reason: string, { evidence }: Proof): void {
    const { state } = this;
    state.record = withStory(state.record, id, (entry) => ({
      ...entry,
      status: 'failed',
      reason,
      attempts: entry.attempts.map((attempt, index) =>
        index === entry.attempts.length - 1
          ? { ...attempt, outcome: 'checks_failed', reason, evidence }
          : attempt,
      ),
    }));
    state.events.add('story.end', {
      story: id,
      text: `failed: ${reason}`,
      data: { status: 'failed' },
    });
  }
}

function isRedProof({ verdict }: Proof): boolean {
  return verdict === 'failed' || verdict === 'setup-failed';
}

function redNames({ evidence }: Proof): string {
  const names = evidence.filter((one) => !isPassing(one)).map(({ check }) => check);
  return names.length === 0 ? 'set-up' : names.join(', ');
}

function describe(evidence: Evidence): string {
  const { check, exitCode } = evidence;
  return `${check}: ${isPassing(evidence) ? 'passed' : `failed (exit ${exitCode ?? 'none'})`}`;
}
