import { condition } from '@temporalio/workflow';
import {
  MOST_ASSUMPTIONS,
  questionCallSchema,
  questionLine,
  shortLine,
  type AskedPerson,
  type OpenQuestion,
  type QuestionCall,
  type StallObservation,
  type ToolCallSummary,
} from '../../../domain/index.js';
import type { AgentSession } from '../session.js';
import { answerCall, beginCall, parseArguments } from '../task-tool.js';

const NOBODY = 'Nobody can be asked here: decide by yourself, and say in the end what you assumed.';
const LINE_LIMIT = 300;
const LONGEST_QUESTION = 2000;

/**
 * Carries out one call of `question`: waits durably for a word of the person, without a slot of any queue. Without one the agent
 * goes on with its own default, or its story is set aside, or it decides by itself, as the run's rules say.
 */
export async function askPerson(
  session: AgentSession,
  call: ToolCallSummary,
): Promise<StallObservation> {
  const asked = parseArguments(questionCallSchema, call);
  if ('problem' in asked)
    return answerCall(session, call, { isError: true, answer: { text: asked.problem } });
  const rules = session.input.questions;
  if (rules === undefined)
    return answerCall(session, call, { isError: true, answer: { text: NOBODY } });
  beginCall(session, call);
  const line = shortLine(questionLine(asked), LINE_LIMIT);
  session.events.add('question.ask', { text: line, data: { question: questionLine(asked) } });
  const answer = await awaitAnswer(session, line, rules.waitMs);
  if (answer !== undefined) {
    session.events.add('question.answer', { text: shortLine(answer, LINE_LIMIT) });
    const text = `The person who owns this work answers: ${answer}`;
    return answerCall(session, call, { isError: false, answer: { text } });
  }
  const { text, isError } = withoutAnswer(session, asked, rules.unattended);
  return answerCall(session, call, { isError, answer: { text } });
}

/**
 * Asks what a call of another tool has to know before it can be made, by the same rules. Undefined without an answer: the call's result
 * says what was asked, and the story is set aside where the rules say so.
 */
export async function askForCall(
  session: AgentSession,
  call: ToolCallSummary,
  { question, options }: AskedPerson,
): Promise<string | undefined> {
  const rules = session.input.questions;
  // a word that comes now is for the question that is open
  if (rules === undefined || session.parked !== undefined) return undefined;
  session.do(call.title);
  const whole = questionLine({ question, options });
  const line = shortLine(whole, LINE_LIMIT);
  session.events.add('question.ask', { text: line, data: { question: whole } });
  const answer = await awaitAnswer(session, line, rules.waitMs);
  if (answer !== undefined) {
    session.events.add('question.answer', { text: shortLine(answer, LINE_LIMIT) });
    return answer;
  }
  if (rules.unattended === 'park') {
    const asked = question.slice(0, LONGEST_QUESTION);
    session.parked = openQuestion({ question: asked, options });
    session.events.add('question.park', { text: shortLine(question, LINE_LIMIT) });
  }
  return undefined;
}

/** The next word of the person within the time; what was said before the question is no answer to it. */
export async function awaitAnswer(
  session: AgentSession,
  line: string,
  waitMs: number,
): Promise<string | undefined> {
  if (waitMs === 0) return undefined;
  const before = session.mail.length;
  const until = new Date(Date.now() + waitMs).toISOString();
  await session.flushEvents();
  await session.spender.tell({ reason: `asks: ${line}`, until }, 'open');
  await condition(() => session.mail.length > before, waitMs);
  const [answer] = session.mail.splice(before, 1);
  await session.spender.tell(null, answer === undefined ? 'unanswered' : 'answered');
  return answer;
}

function withoutAnswer(
  session: AgentSession,
  asked: QuestionCall,
  unattended: 'park' | 'deny',
): { readonly text: string; readonly isError: boolean } {
  const { question, default: assumed } = asked;
  if (assumed !== undefined) {
    const { assumptions = [] } = session.state;
    session.state.assumptions = [...assumptions, { question, assumed }].slice(-MOST_ASSUMPTIONS);
    session.events.add('question.default', {
      text: shortLine(`${question} → ${assumed}`, LINE_LIMIT),
    });
    return { text: `Nobody answered. Go on with your default: ${assumed}`, isError: false };
  }
  if (unattended === 'deny') return { text: `Nobody answered. ${NOBODY}`, isError: true };
  session.parked = openQuestion(asked);
  session.events.add('question.park', { text: shortLine(question, LINE_LIMIT) });
  return { text: 'Nobody answered. The task is set aside until somebody does.', isError: false };
}

function openQuestion({ question, options, recommendation }: QuestionCall): OpenQuestion {
  return { question, options, ...(recommendation === undefined ? {} : { recommendation }) };
}
