import { fieldsOf } from '../../domain/index.js';
import { endOfValue, parseObject } from './json-text.js';
import type { RawCall } from './call-assembly.js';

/** What a text holds of a model's own notation for tool calls. */
export interface TemplateCalls {
  /** The calls that could be read; empty when the text only looks like one. */
  readonly calls: readonly RawCall[];
  /** What stands before the first call. */
  readonly text: string;
}

/** Marks by which the templates of model families begin a call; none of them occurs in prose or code. */
const MARKS: readonly string[] = [
  '<|tool_calls_section_begin|>',
  '<|tool_call_begin|>',
  '<|tool_call|>',
  '<|tool_call>',
  '<|tool_calls|>',
  '<|python_tag|>',
  '<|action_start|>',
  '<tool_call>',
  '<toolcall>',
  '<tool_calls>',
  '<function_calls>',
  '<function_call>',
  '<functioncall>',
  '<function=',
  '<invoke name=',
  '<minimax:tool_call>',
  '<seed:tool_call>',
  '<｜tool▁calls▁begin｜>',
  '<｜tool▁call▁begin｜>',
  '<｜tool_calls_begin｜>',
  '<｜tool_call_begin｜>',
  '<｜DSML｜',
  '[TOOL_CALLS]',
  '[TOOL_REQUEST]',
  '<|channel|>commentary to=',
  '<|start|>assistant<|channel|>',
  ' to=functions.',
];

/** A text of a model is looked through up to here; a call that begins later is none that a server left unread. */
const LONGEST_TEXT = 512 * 1024;
const MAX_CALLS = 50;
/** Each one is looked for to the end of the text, so there may not be many. */
const MAX_PAIRS = 100;

/**
 * The tool calls of a text in which a server left its model's own notation unread (Kimi, Hermes and Qwen, GLM, DeepSeek,
 * MiniMax, Mistral, Llama, Harmony), or undefined when it holds none. Marks inside a code fence are a quotation.
 */
export function readTemplateCalls(whole: string): TemplateCalls | undefined {
  const text = whole.slice(0, LONGEST_TEXT);
  const at = firstMark(text);
  if (at === undefined) return undefined;
  const part = text.slice(at);
  const calls = [readTagged(part), readNamed(part), readObjects(part)].find(
    (found) => found.length > 0,
  );
  return { calls: (calls ?? []).slice(0, MAX_CALLS), text: text.slice(0, at).trim() };
}

function firstMark(text: string): number | undefined {
  const places = MARKS.map((mark) => text.indexOf(mark)).filter((at) => at >= 0);
  if (places.length === 0) return undefined;
  const first = Math.min(...places);
  const fences = text.slice(0, first).split('```').length - 1;
  const ticks = text.slice(0, first).split('`').length - 1;
  return fences % 2 === 1 || ticks % 2 === 1 ? undefined : first;
}

/** `<invoke name="x"><parameter name="k">v</parameter>`, `<function=x><parameter=k>v`, `<tool_call>x <arg_key>k</arg_key>`. */
function readTagged(text: string): RawCall[] {
  const heads = [
    ...text.matchAll(
      /<(?:｜DSML｜)?invoke name="([^"<>]{1,200})"[^<>]{0,200}>|<function=([^<>{]{1,200})>|<tool_call>\s{0,20}([\w.:-]{1,200})\s{0,20}(?=<arg_key>|<\/tool_call>)/g,
    ),
  ];
  return heads.slice(0, MAX_CALLS).map((head, index) => {
    const body = text.slice(head.index + head[0].length, heads[index + 1]?.index ?? text.length);
    return {
      id: '',
      name: (head[1] ?? head[2] ?? head[3] ?? '').trim(),
      arguments: taggedBody(body),
    };
  });
}

function taggedBody(body: string): string {
  const pairs = [
    ...readPairs(body, /<(?:｜DSML｜)?parameter name="([^"<>]{1,200})"[^<>]{0,200}>/g, [
      '</parameter>',
      '</｜DSML｜parameter>',
    ]),
    ...readPairs(body, /<parameter=([^<>]{1,200})>/g, ['</parameter>']),
    ...readPairs(body, /<arg_key>([^<>]{1,200})<\/arg_key>\s{0,20}<arg_value>/g, ['</arg_value>']),
  ];
  if (pairs.length > 0) return JSON.stringify(Object.fromEntries(pairs));
  const start = body.indexOf('{');
  const end = start < 0 ? undefined : endOfValue(body, start);
  return start < 0 || end === undefined ? '{}' : body.slice(start, end);
}

/** Names with the texts between their tag and the end tag; one line break at each end belongs to the notation. */
function readPairs(body: string, head: RegExp, ends: readonly string[]): Array<[string, string]> {
  return [...body.matchAll(head)].slice(0, MAX_PAIRS).map((match) => {
    const from = match.index + match[0].length;
    const stops = ends.map((end) => body.indexOf(end, from)).filter((at) => at >= 0);
    const value = body.slice(from, stops.length === 0 ? body.length : Math.min(...stops));
    return [(match[1] ?? '').trim(), value.replace(/^\r?\n/, '').replace(/\r?\n$/, '')];
  });
}

/** The name in front of its object: `functions.x:0<|tool_call_argument_begin|>{…}`, `function<sep>x` and a fence, `x[ARGS]{…}`. */
function readNamed(text: string): RawCall[] {
  const heads = [
    ...text.matchAll(
      /(?:tool_call_begin\|>|tool▁call▁begin｜>|tool_call_begin｜>|\[TOOL_CALLS\]|<\|tool_call>call:|commentary to=| to=)\s{0,20}(?:function(?:<｜tool▁sep｜>|<｜tool_sep｜>))?([\w./:-]{1,200})/g,
    ),
  ];
  return heads.slice(0, MAX_CALLS).flatMap((head) => {
    const from = head.index + head[0].length;
    const start = text.slice(from, from + 200).indexOf('{');
    const end = start < 0 ? undefined : endOfValue(text, from + start);
    const object = end === undefined ? '' : text.slice(from + start, end);
    return parseObject(object) === undefined
      ? []
      : [{ id: '', name: head[1] ?? '', arguments: object }];
  });
}

/** Objects that hold name and arguments: `<tool_call>{"name": …, "arguments": {…}}`, also several or in a list. */
function readObjects(text: string): RawCall[] {
  const calls: RawCall[] = [];
  for (let at = text.indexOf('{'); at >= 0 && calls.length < MAX_CALLS;) {
    const end = endOfValue(text, at);
    if (end === undefined) break;
    const call = toCall(parseObject(text.slice(at, end)));
    if (call !== undefined) calls.push(call);
    at = text.indexOf('{', end);
  }
  return calls;
}

const NAME_FIELDS = ['tool', 'name', 'tool_name', 'function'];

/** The call that an object describes, under any of the names that templates give its parts. */
export function toCall(object: Readonly<Record<string, unknown>> | undefined): RawCall | undefined {
  if (object === undefined) return undefined;
  const inner = fieldsOf(object['function']);
  if (Object.keys(inner).length > 0) return toCall(inner);
  const name = NAME_FIELDS.map((field) => object[field]).find(
    (each) => typeof each === 'string' && each !== '',
  );
  const given =
    object['arguments'] ?? object['parameters'] ?? object['args'] ?? object['input'] ?? {};
  if (typeof name !== 'string' || typeof given === 'number' || typeof given === 'boolean')
    return undefined;
  return { id: '', name, arguments: typeof given === 'string' ? given : JSON.stringify(given) };
}
