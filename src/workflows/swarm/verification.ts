import {
  existingChecks,
  isPassing,
  proofLimitMs,
  taskVerdict,
  type Evidence,
  type Judgement,
  type Proof,
} from '../../domain/index.js';
import { taskProfile } from '../../contracts/index.js';
import { checkFacts } from '../lib/check-facts.js';
import { withStory } from '../lib/ledger.js';
import { workflowScope } from '../lib/scope.js';
import type { Coordinator } from './coordinator.js';
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
    const hasChanges = input.hasFiles && record.headCommit !== record.baseCommit;
    const isChecked = hasChanges && input.checks.length > 0 ? await this.check() : null;
    const isJudged = input.verify > 0 ? await this.judge() : null;
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
    const { state } = this;
    const commits = this.swarm.landed;
    let green = -1;
    let red = commits.length - 1;
    let proof = last;
    while (red - green > 1) {
      const middle = Math.floor((green + red) / 2);
      const commit = commits[middle];
      if (commit === undefined) return;
      const tried = await this.prove(commit.commit);
      if (tried.verdict === 'failed' || tried.verdict === 'setup-failed') {
        red = middle;
        proof = tried;
      } else green = middle;
    }
    const culprit = commits[red];
    if (culprit === undefined) return;
    const names = proof.evidence
      .filter((evidence) => !isPassing(evidence))
      .map(({ check }) => check)
      .join(', ');
    const reason = `${names === '' ? 'set-up' : names} fails with its changes, and not before them`;
    state.record = withStory(state.record, culprit.id, (entry) => ({
      ...entry,
      status: 'failed',
      reason,
      attempts: entry.attempts.map((attempt, index) =>
        index === entry.attempts.length - 1
          ? { ...attempt, outcome: 'checks_failed', reason, evidence: proof.evidence }
          : attempt,
      ),
    }));
    state.events.add('story.end', {
      story: culprit.id,
      text: `failed: ${reason}`,
      data: { status: 'failed' },
    });
  }

  private async judge(): Promise<boolean> {
    const { state } = this;
    const { verify } = state.input;
    const numbers = Array.from({ length: verify }, (_, index) => index + 1);
    const judgements = await Promise.all(numbers.map((number) => this.askJudge(number)));
    state.set({ judgements });
    const passed = judgements.filter(({ verdict }) => verdict === 'pass').length;
    state.events.add('run.note', { text: `${passed} of ${verify} judges say that it is done` });
    return passed * 2 > verify;
  }

  private async askJudge(number: number): Promise<Judgement> {
    const { state, swarm } = this;
    const { input, record } = state;
    const { task, branch, author, setup, hasFiles, options } = input;
    const id = `judge-${number}`;
    const lane = hasFiles ? swarm.lanes.first.lane : null;
    const { prompt, frozen } = await state.steps.run('beginJudge', {
      who: id,
      summary: `${id} · what it is asked`,
      args: {
        task,
        branch,
        author,
        setup,
        lane,
        base: record.baseCommit,
        head: record.headCommit,
        answer: record.swarm?.answer?.ref ?? null,
      },
    });
    const profile = taskProfile(hasFiles ? 'explore' : 'answer', options.maxTurns);
    const { result } = await swarm.agents.run({
      id,
      title: 'judges the result',
      place: `${state.round}`,
      attempt: 1,
      profile: { ...profile, ...frozen },
      prompt,
      workspace: lane,
      basis: `${workflowScope()} ${record.headCommit}`,
    });
    state.addOverhead(result.spending);
    return result.outcome === 'done'
      ? taskVerdict(result.summary)
      : { verdict: 'none', reason: result.reason };
  }
}

function describe(evidence: Evidence): string {
  const { check, exitCode } = evidence;
  return `${check}: ${isPassing(evidence) ? 'passed' : `failed (exit ${exitCode ?? 'none'})`}`;
}
