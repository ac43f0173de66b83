import type { ElicitRequest, ElicitResult } from '@modelcontextprotocol/client';
import { isRecord, visibleLine, type AskedPerson, type ParkedAnswer } from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import { sha256 } from '../../platform/index.js';

const MESSAGE = 1200;
const NAME = 64;
const DESCRIPTION = 120;
const OPTION = 100;
const MOST_FIELDS = 12;
const MOST_OPTIONS = 10;
/** The most that `askedPersonSchema` takes. */
const MOST_ASKED = 3000;
const ID_CHARACTERS = 16;
const YES_OR_NO: readonly string[] = ['yes', 'no'];

/** A field of the form that a server wants filled in. */
interface Field {
  readonly name: string;
  readonly type: 'string' | 'number' | 'integer' | 'boolean';
  readonly description: string;
  readonly options: readonly string[];
  readonly isRequired: boolean;
  /** What it holds where nothing is written; undefined = nothing. */
  readonly value: string | number | boolean | undefined;
}

/** A question of a server in the form in which a person is asked. */
interface ReadQuestion {
  readonly id: string;
  readonly asked: AskedPerson;
  readonly fields: readonly Field[];
}

/** One call that runs, and what its server wanted to know in the meantime. */
export interface AskingCall {
  /** What was asked and could not be answered; the first of it. */
  readonly asked: AskedPerson | undefined;
  /** Several calls ran: it may have been asked for another one. */
  readonly isShared: boolean;
  /** Resolves when something was asked, whatever it was answered. */
  readonly heard: Promise<void>;
  /** Answers what was asked within this call and no other: what a server wants to know of one task. */
  answer(params: ElicitRequest['params']): ElicitResult;
  /** The call has ended. */
  end(): void;
}

interface RunningCall {
  readonly answers: ReadonlyMap<string, string>;
  asked: AskedPerson | undefined;
  isShared: boolean;
  readonly hear: () => void;
}

/**
 * Answers what a server asks in the middle of a call, with what a person has answered to the same question before. Nobody is waited for:
 * a question without an answer ends the call, the person is asked durably, and the call is made again with the answer.
 */
export class ElicitationDesk {
  private readonly server: string;
  private readonly running = new Set<RunningCall>();

  /** `server` = its name in the configuration, which the person is told. */
  constructor(server: string) {
    this.server = server;
  }

  begin(answers: readonly ParkedAnswer[] = []): AskingCall {
    let hear: () => void = () => undefined;
    const heard = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const call: RunningCall = {
      answers: new Map(answers.map(({ id, answer }) => [id, answer])),
      asked: undefined,
      isShared: false,
      hear,
    };
    this.running.add(call);
    return {
      get asked() {
        return call.asked;
      },
      get isShared() {
        return call.isShared;
      },
      heard,
      answer: (params) => answerFor(call, readQuestion(params, this.server)),
      end: () => {
        this.running.delete(call);
      },
    };
  }

  /** What the server is told. */
  answer(params: ElicitRequest['params']): ElicitResult {
    for (const one of this.running) one.hear();
    const question = readQuestion(params, this.server);
    const [call, ...others] = this.running;
    if (question === undefined || call === undefined) return { action: 'decline' };
    if (others.length > 0) {
      // Which of several calls it belongs to cannot be known: those that get no answer are made again, each by itself.
      for (const one of this.running)
        if (one.asked === undefined) Object.assign(one, { asked: question.asked, isShared: true });
      return { action: 'cancel' };
    }
    return answerFor(call, question);
  }
}

/** What the person said to the same question before; else the question is to be put to them. */
function answerFor(call: RunningCall, question: ReadQuestion | undefined): ElicitResult {
  if (question === undefined) return { action: 'decline' };
  const text = call.answers.get(question.id);
  const answer = text === undefined ? undefined : fillIn(text, question.fields);
  if (answer !== undefined && answer.problem === undefined) return answer.result;
  const problem = answer === undefined ? '' : `The answer before did not fit: ${answer.problem}. `;
  call.asked ??= { ...question.asked, question: cut(problem + question.asked.question) };
  return { action: 'cancel' };
}

function cut(question: string): string {
  return question.slice(0, MOST_ASKED);
}

/** The question behind a request; undefined for one that no line of text can answer. What is ours comes before the server's own words. */
function readQuestion(params: ElicitRequest['params'], server: string): ReadQuestion | undefined {
  if (params.mode === 'url') return undefined;
  const message = visibleLine(params.message).slice(0, MESSAGE);
  const fields = readFields(params.requestedSchema);
  if (fields === undefined || fields.length > MOST_FIELDS) return undefined;
  const [first, ...others] = fields;
  const isChoice = first !== undefined && others.length === 0 && first.options.length > 0;
  const isConfirmation = first === undefined || (others.length === 0 && first.type === 'boolean');
  const form = isChoice || isConfirmation ? '' : `Answer with ${describeFields(fields)}. `;
  const options = isChoice ? first.options : YES_OR_NO.filter(() => isConfirmation);
  const id = sha256(`${message}\n${JSON.stringify(fields)}`).slice(0, ID_CHARACTERS);
  return {
    id,
    asked: {
      id,
      question: cut(`${form}MCP server ${server} asks: ${message}`),
      options: [...options].slice(0, MOST_OPTIONS),
    },
    fields,
  };
}

/** Undefined where a name or a choice is longer than can be shown whole: what a person says yes to must be what is meant. */
function readFields(schema: unknown): Field[] | undefined {
  if (!isRecord(schema) || !isRecord(schema['properties'])) return [];
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const fields = Object.entries(schema['properties'])
    .slice(0, MOST_FIELDS + 1)
    .map(([name, property]) => readField(name, property, required.includes(name)));
  const isShown = fields.every(
    ({ name, options }) => name.length <= NAME && options.every((one) => one.length <= OPTION),
  );
  return isShown ? fields : undefined;
}

function readField(name: string, property: unknown, isRequired: boolean): Field {
  const facts = isRecord(property) ? property : {};
  const type = (['number', 'integer', 'boolean'] as const).find((known) => known === facts['type']);
  const described = facts['description'] ?? facts['title'];
  const field: Field = {
    name,
    type: type ?? 'string',
    description: typeof described === 'string' ? visibleLine(described).slice(0, DESCRIPTION) : '',
    options: optionsOf(facts),
    isRequired,
    value: undefined,
  };
  const given = facts['default'];
  const isPlain = ['string', 'number', 'boolean'].includes(typeof given);
  return isPlain ? { ...field, value: readValue(String(given).slice(0, OPTION), field) } : field;
}

function optionsOf(facts: Record<string, unknown>): string[] {
  const titled: readonly unknown[] = Array.isArray(facts['oneOf']) ? facts['oneOf'] : [];
  const listed: readonly unknown[] = Array.isArray(facts['enum']) ? facts['enum'] : [];
  return [...listed, ...titled.map((one) => (isRecord(one) ? one['const'] : undefined))]
    .filter((value): value is string => typeof value === 'string')
    .slice(0, MOST_OPTIONS);
}

function describeFields(fields: readonly Field[]): string {
  const parts = fields.map(({ name, type, description, options, isRequired, value }) => {
    const kind = options.length > 0 ? options.join(' | ') : type;
    const otherwise = value === undefined ? '' : `default ${visibleLine(String(value))}`;
    const note = [kind, description, otherwise, isRequired ? '' : 'optional'].filter(
      (part) => part !== '',
    );
    return `${visibleLine(name)} (${note.join('; ')})`;
  });
  return fields.length === 1 ? (parts[0] ?? '') : `NAME=VALUE; NAME=VALUE for ${parts.join(', ')}`;
}

type Filled =
  | { readonly problem?: undefined; readonly result: ElicitResult }
  | { readonly problem: string };

const NO = /^(no|n|decline|cancel)$/i;
const YES = /^(yes|y|ok|accept|true)$/i;

/** The form, filled in with what a person wrote. */
function fillIn(text: string, fields: readonly Field[]): Filled {
  const line = text.trim();
  // What a server is told leaves the machine, and what a person writes is recorded.
  if (redactText(line) !== line) return { problem: 'it holds what looks like a secret key' };
  const [first, ...others] = fields;
  if (first === undefined)
    return { result: YES.test(line) ? { action: 'accept', content: {} } : { action: 'decline' } };
  if (NO.test(line) && first.type !== 'boolean' && !first.options.includes(line))
    return { result: { action: 'decline' } };
  const given = others.length === 0 ? { [first.name]: ownValue(line, first.name) } : pairsOf(line);
  const content: [string, string | number | boolean][] = [];
  for (const field of fields) {
    const { value, problem } = fillField(
      field,
      Object.hasOwn(given, field.name) ? given[field.name] : '',
    );
    if (problem !== undefined) return { problem };
    if (value !== undefined) content.push([field.name, value]);
  }
  return { result: { action: 'accept', content: Object.fromEntries(content) } };
}

/** What one field holds; nothing for one that may be left out. */
function fillField(
  field: Field,
  written = '',
): { readonly value?: Field['value']; readonly problem?: string } {
  const { name, type, options, isRequired, value } = field;
  if (written === '') {
    if (value !== undefined || !isRequired) return { value };
    return { problem: `${name} is missing` };
  }
  const read = readValue(written, field);
  return read === undefined
    ? { problem: `${name} is no ${options.join(' | ') || type}` }
    : { value: read };
}

/** The value of the only field, which may be written with its name all the same. */
function ownValue(line: string, name: string): string {
  return line.startsWith(`${name}=`) ? line.slice(name.length + 1).trim() : line;
}

/** `a=1; b=2`, also one a line, with colons, or as a JSON object. */
function pairsOf(line: string): Record<string, string> {
  if (line.startsWith('{')) {
    try {
      const value: unknown = JSON.parse(line);
      if (isRecord(value))
        return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]));
    } catch {
      // Then it is read as pairs.
    }
  }
  const pairs = line.split(/[;\n]/).flatMap((part) => {
    const at = part.search(/[=:]/);
    return at < 1 ? [] : [[part.slice(0, at).trim(), part.slice(at + 1).trim()] as const];
  });
  return Object.fromEntries(pairs);
}

function readValue(value: string, { type, options }: Field): string | number | boolean | undefined {
  if (options.length > 0) return options.includes(value) ? value : undefined;
  if (type === 'boolean')
    return YES.test(value) || (/^(no|n|false)$/i.test(value) ? false : undefined);
  if (type === 'string') return value;
  const number = Number(value);
  const fits = Number.isFinite(number) && (type === 'number' || Number.isInteger(number));
  return fits ? number : undefined;
}
