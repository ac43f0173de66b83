import { condition, isCancellation, patched } from '@temporalio/workflow';
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
/** What the log says in place of an answer. */
const UNANSWERED = 'nobody answered, the agent decides';
const LEFT = 'nobody answered before the agent was ended';
const LINE_LIMIT = 300;
const LONGEST_QUESTION = 2000;

/** Events by which a question ends. */
type ClosingType = 'question.answer' | 'question.default' | 'question.park';

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
  const answer = await answerOf(session, call, { asked, waitMs: rules.waitMs });
  if (answer !== undefined) {
    const text = `The person who owns this work answers: ${answer}`;
    return answerCall(session, call, { isError: false, answer: { text } });
  }
  const { text, isError } = withoutAnswer(session, call, {
    asked,
    unattended: rules.unattended,
  });
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
  const asked = { question, options };
  const answer = await answerOf(session, call, { asked, waitMs: rules.waitMs });
  if (answer !== undefined) return answer;
  if (rules.unattended === 'park') {
    session.parked = openQuestion({ question: question.slice(0, LONGEST_QUESTION), options });
    close(session, call, { type: 'question.park', text: question });
    // Histories of before 'closed-asks' were silent here, and need not have written anything next.
  } else if (patched('closed-asks'))
    close(session, call, { type: 'question.default', text: `${question} → ${UNANSWERED}` });
  return undefined;
}

type Asked = Pick<QuestionCall, 'question' | 'options' | 'recommendation' | 'default'>;

/** Asks in the log, and waits; undefined = the asker tells what becomes of it. */
async function answerOf(
  session: AgentSession,
  call: ToolCallSummary,
  { asked, waitMs }: { readonly asked: Asked; readonly waitMs: number },
): Promise<string | undefined> {
  const whole = questionLine(asked);
  const line = shortLine(whole, LINE_LIMIT);
  session.events.add('question.ask', { text: line, data: { question: whole, call: call.digest } });
  const answer = await awaitAnswer(session, {
    line,
    waitMs,
    onLeft: (why) => close(session, call, { type: 'question.answer', text: why }),
  });
  if (answer !== undefined) close(session, call, { type: 'question.answer', text: answer });
  return answer;
}

/** Tells the log that the question of a call waits no more. */
function close(
  { events }: AgentSession,
  { digest }: ToolCallSummary,
  { type, text }: { readonly type: ClosingType; readonly text: string },
): void {
  events.add(type, { text: shortLine(text, LINE_LIMIT), data: { call: digest } });
}

/** What is waited for. */
interface Waiting {
  readonly line: string;
  readonly waitMs: number;
  /** Tells the log that the one who asked is no more. */
  readonly onLeft: (why: string) => void;
}

/** The next word of the person within the time; what was said before the question is no answer to it. */
export async function awaitAnswer(
  session: AgentSession,
  { line, waitMs, onLeft }: Waiting,
): Promise<string | undefined> {
  if (waitMs === 0) return undefined;
  const before = session.mail.length;
  const until = new Date(Date.now() + waitMs).toISOString();
  try {
    await session.flushEvents();
    await session.spender.tell({ reason: `asks: ${line}`, until }, 'open');
    await condition(() => session.mail.length > before, waitMs);
    const [answer] = session.mail.splice(before, 1);
    await session.spender.tell(null, answer === undefined ? 'unanswered' : 'answered');
    return answer;
  } catch (error) {
    // Histories of before 'closed-asks' had nothing more to write when they were cancelled here.
    if (isCancellation(error) && patched('closed-asks')) onLeft(LEFT);
    throw error;
  }
}

function withoutAnswer(
  session: AgentSession,
  call: ToolCallSummary,
  { asked, unattended }: { readonly asked: QuestionCall; readonly unattended: 'park' | 'deny' },
): { readonly text: string; readonly isError: boolean } {
  const { question, default: assumed } = asked;
  if (assumed !== undefined) {
    const { assumptions = [] } = session.state;
    session.state.assumptions = [...assumptions, { question, assumed }].slice(-MOST_ASSUMPTIONS);
    close(session, call, { type: 'question.default', text: `${question} → ${assumed}` });
    return { text: `Nobody answered. Go on with your default: ${assumed}`, isError: false };
  }
  if (unattended === 'deny') {
    close(session, call, { type: 'question.default', text: `${question} → ${UNANSWERED}` });
    return { text: `Nobody answered. ${NOBODY}`, isError: true };
  }
  session.parked = openQuestion(asked);
  close(session, call, { type: 'question.park', text: question });
  return { text: 'Nobody answered. The task is set aside until somebody does.', isError: false };
}

function openQuestion({ question, options, recommendation }: Asked): OpenQuestion {
  return { question, options, ...(recommendation === undefined ? {} : { recommendation }) };
}
