import { turnOfStory, type RunEvent } from '../../domain/index.js';
import type { Block, OpenAsk, OpenPrompt, Tone, WorkView } from './view-state.js';

/** A state of work with what is to be written for good. */
export interface WorkStep {
  readonly work: WorkView;
  readonly out: readonly Block[];
}

type Step = (work: WorkView, event: RunEvent) => WorkStep;

const same: Step = (work) => ({ work, out: [] });

/** A line that stays. */
export function note(text: string, tone: Tone = 'faint'): Block {
  return { kind: 'note', text, tone };
}

const said =
  (tone: Tone, prefix = ''): Step =>
  (work, { text = '' }) => ({ work, out: [note(`${prefix}${text}`, tone)] });

/** What each kind of event changes; kinds that are not named here change nothing. */
const STEPS: Partial<Record<RunEvent['type'], Step>> = {
  'story.start': beginPrompt,
  'story.end': endPrompt,
  'story.note': said('warning'),
  'model.end': endCall,
  'model.switch': said('warning'),
  'tool.start': (work, { source, text = '', at }) => ({
    work: { ...work, tools: [...work.tools, { source, title: text, startedAt: at }] },
    out: [],
  }),
  'tool.end': endTool,
  'setup.start': said('faint'),
  'setup.end': said('faint'),
  'commit.end': said('good', 'committed '),
  'stall.note': said('warning'),
  'compaction.end': said('warning'),
  'question.ask': ask,
  'permission.ask': ask,
  'question.answer': answered,
  'permission.answer': answered,
  'question.default': answered,
  'question.park': answered,
  'permission.deny': said('warning', 'refused: '),
  'wall.reach': said('warning', 'reached beyond its walls: '),
  'hook.end': (work, { text = '', data }) => ({
    work,
    out: data?.['outcome'] === 'passed' ? [] : [note(text, 'warning')],
  }),
  'run.wait': wait,
  'run.pause': (work, { text = '' }) => ({
    work: { ...work, pausedFor: text },
    out: [note(text, 'warning')],
  }),
  'run.resume': resume,
  'run.note': said('faint'),
  'run.end': endRun,
};

/** Takes one event of a session in. Pure. */
export function takeEvent(work: WorkView, event: RunEvent): WorkStep {
  return (STEPS[event.type] ?? same)(work, event);
}

function whoOf(data: RunEvent['data']): string {
  const who = data?.['who'];
  return typeof who === 'string' ? who : '';
}

function beginPrompt(work: WorkView, { story = '', text = '' }: RunEvent): WorkStep {
  const turn = turnOfStory(story);
  if (turn === undefined) return { work, out: [] };
  const known = work.prompts.find((prompt) => prompt.turn === turn);
  const begun: OpenPrompt = {
    turn,
    text: text === '' ? (known?.text ?? '') : text,
    status: 'working',
  };
  const prompts = [...work.prompts.filter((prompt) => prompt.turn !== turn), begun];
  return {
    work: { ...work, prompts: prompts.toSorted((a, b) => a.turn - b.turn) },
    out: [{ kind: 'prompt', text: begun.text }],
  };
}

/** A prompt ends with everything that its agents had open, whatever of it was told. */
function endPrompt(work: WorkView, { story = '', text = '' }: RunEvent): WorkStep {
  const turn = turnOfStory(story);
  if (turn === undefined) return { work, out: [] };
  const isGood = text.startsWith('unverified') || text.startsWith('passed');
  return {
    work: {
      ...work,
      prompts: work.prompts.filter((prompt) => prompt.turn !== turn),
      calls: {},
      waits: {},
      asks: [],
      tools: [],
    },
    out: isGood ? [] : [note(text, 'bad')],
  };
}

function endCall(work: WorkView, { source, story = '', data }: RunEvent): WorkStep {
  // a call is named by the step that makes it, which is named by its workflow
  const tokens = numberOf(data?.['tokens']);
  const cost = data?.['cost_micro_usd'];
  const calls = Object.fromEntries(
    Object.entries(work.calls).filter(([call]) => !call.startsWith(`${source}#`)),
  );
  return {
    work: {
      ...work,
      calls,
      waits: without(work.waits, story),
      // whoever asks makes no call until that is over, whether the log told of it or not
      asks: work.asks.filter((open) => open.source !== source),
      tokens: work.tokens + tokens,
      // what is not known is not nothing
      costMicroUsd:
        work.costMicroUsd === null || typeof cost !== 'number' ? null : work.costMicroUsd + cost,
    },
    out: [],
  };
}

function endTool(work: WorkView, { source, text = '', data }: RunEvent): WorkStep {
  const at = work.tools.findIndex((tool) => tool.source === source && text.startsWith(tool.title));
  const preview = data?.['preview'];
  return {
    work: { ...work, tools: work.tools.filter((_tool, index) => index !== at) },
    out: [
      {
        kind: 'tool',
        title: text,
        preview: typeof preview === 'string' ? preview : '',
        isError: data?.['is_error'] === true,
      },
    ],
  };
}

function ask(work: WorkView, { source, story = '', text = '', type, data }: RunEvent): WorkStep {
  const whole = data?.['question'];
  const question = typeof whole === 'string' ? whole : text;
  const isConsent = type === 'permission.ask';
  const call = callOf(data);
  const others = work.asks.filter((open) => open.source !== source || open.call !== call);
  return {
    work: { ...work, asks: [...others, { source, story, call, text: question, isConsent }] },
    out: [note(isConsent ? question : `asks: ${question}`, 'warning')],
  };
}

/** The call that an event is about; empty where it does not tell. */
function callOf(data: RunEvent['data']): string {
  const call = data?.['call'];
  return typeof call === 'string' ? call : '';
}

/** A question and its end tell the same call; what does not tell any ends all that its agent asks. */
function answered(work: WorkView, { source, text = '', type, data }: RunEvent): WorkStep {
  const call = callOf(data);
  const isOver = (open: OpenAsk): boolean =>
    open.source === source && (call === '' || open.call === '' || open.call === call);
  const words =
    type === 'question.park'
      ? `set aside: ${text}`
      : type === 'question.default'
        ? `assumes: ${text}`
        : `answered: ${text}`;
  return {
    work: { ...work, asks: work.asks.filter((open) => !isOver(open)) },
    out: [note(words)],
  };
}

/** Who waits for an answer has asked already. */
function wait(work: WorkView, { text = '', data }: RunEvent): WorkStep {
  if (/^\S+ waits until \S+: asks: /.test(text)) return { work, out: [] };
  const waits = { ...work.waits, [whoOf(data)]: text };
  return { work: { ...work, waits }, out: [note(text, 'warning')] };
}

/** One of them works again, or everybody after a pause. */
function resume(work: WorkView, { text = '' }: RunEvent): WorkStep {
  const who = /^(.*): works again$/.exec(text)?.[1];
  if (who !== undefined) return { work: { ...work, waits: without(work.waits, who) }, out: [] };
  return { work: { ...work, pausedFor: null, waits: {} }, out: [note(text)] };
}

/** Nothing is open any more: a session that was cancelled leaves out what waited. */
function endRun(work: WorkView, { text = '' }: RunEvent): WorkStep {
  const left = work.prompts.length;
  return {
    work: {
      ...work,
      prompts: [],
      calls: {},
      waits: {},
      asks: [],
      tools: [],
      pausedFor: null,
    },
    out: left === 0 ? [] : [note(text, 'bad')],
  };
}

function without(
  record: Readonly<Record<string, string>>,
  key: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
