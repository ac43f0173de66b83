import {
  isYes,
  joinedOnce,
  MOST_DENIALS,
  shortLine,
  type RuleNote,
  type StallObservation,
  type ToolCallSummary,
  type ToolResult,
} from '../../../domain/index.js';
import { tellHooks } from '../../hooks/run-moment.js';
import { awaitAnswer } from './question.js';
import { noteReaches } from './reaches.js';
import type { AgentSession } from '../session.js';
import { answerCall } from '../task-tool.js';

const TITLE_LIMIT = 100;
const RULE_LIMIT = 900;
const QUESTION_LIMIT = 1800;
const ANSWER_LIMIT = 300;

/** Why a call is not carried out; undefined = a person said yes to this very call. */
export async function askConsent(
  session: AgentSession,
  call: ToolCallSummary,
  note: RuleNote,
): Promise<string | undefined> {
  // one question at a time: an answer belongs to the one that is open
  return session.consents.run(() => askOne(session, call, note));
}

async function askOne(
  session: AgentSession,
  call: ToolCallSummary,
  { rule, call: shown }: RuleNote,
): Promise<string | undefined> {
  const rules = session.input.questions;
  const refusal = (why: string): string =>
    `${call.name}: not run, it needs the yes of a person (rule ${rule}), and ${why}.`;
  if (rules === undefined) return refusal('nobody can be asked here');
  if (shown === undefined)
    return refusal(
      'it is too long for a person to look at: make it shorter, or write a file first',
    );
  if (session.input.granted?.includes(grantOf(call)) === true) {
    session.events.add('permission.answer', {
      text: shortLine(`${call.title}: yes, by the answer to an earlier attempt`, ANSWER_LIMIT),
      data: { tool: call.name, call: call.digest, is_allowed: true },
    });
    return undefined;
  }
  if (session.parked !== undefined) return refusal('another question is open');
  const question = shortLine(
    `May this be run? ${shown} (rule ${rule}; call ${call.digest})`,
    QUESTION_LIMIT,
  );
  const which = { tool: call.name, call: call.digest };
  const close = (answered: string, isAllowed: boolean): void =>
    session.events.add('permission.answer', {
      text: shortLine(`${call.title}: ${answered}`, ANSWER_LIMIT),
      data: { ...which, is_allowed: isAllowed },
    });
  session.events.add('permission.ask', { text: question, data: which });
  const answer = await awaitAnswer(session, {
    line: question,
    waitMs: rules.waitMs,
    onLeft: (why) => close(why, false),
  });
  if (answer !== undefined) {
    const isAllowed = isYes(answer);
    close(answer, isAllowed);
    // anything else is a no with its reason
    return isAllowed ? undefined : refusal(`the person who owns this work answers: ${answer}`);
  }
  if (rules.unattended === 'deny') {
    close('nobody answered', false);
    return refusal('nobody answered');
  }
  session.parked = { question, options: ['yes', 'no'], grants: [grantOf(call)] };
  session.events.add('question.park', { text: question, data: which });
  return refusal('nobody answered: the task is set aside until somebody does');
}

/** How a yes to a call is kept for later attempts: it holds for this tool with these very arguments. */
function grantOf({ digest }: ToolCallSummary): string {
  return `call ${digest}`;
}

/** Answers a call that the workflow would have carried out, and a rule forbids. */
export function refuseCall(
  session: AgentSession,
  call: ToolCallSummary,
  text: string,
): StallObservation {
  return answerCall(session, call, { isError: true, answer: { text } });
}

/** Keeps what rules refused, for the report. */
export function noteDenial(session: AgentSession, title: string, { rule }: RuleNote): void {
  const { denials = [] } = session.state;
  session.events.add('permission.deny', { text: shortLine(`${title}: ${rule}`, RULE_LIMIT) });
  const noted = { title: shortLine(title, TITLE_LIMIT), rule: shortLine(rule, RULE_LIMIT) };
  session.state.denials = joinedOnce(denials, [noted], MOST_DENIALS);
}

/** Tells of rules and hooks that a result speaks of. */
export function noteRules(session: AgentSession, call: ToolCallSummary, result: ToolResult): void {
  for (const note of [result.ruled ?? [], result.innerRuled ?? []].flat())
    noteDenial(session, call.title, note);
  noteReaches(session, result.reaches);
  tellHooks(session.events, result.hooks ?? []);
}
