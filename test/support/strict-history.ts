/** Whose rules a strict server follows. */
export type Family = 'plain' | 'kimi' | 'mistral' | 'deepseek' | 'gemini';

type Fields = Readonly<Record<string, unknown>>;

interface Call {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
  readonly extra: Fields;
}

/** A message of either wire in one form. */
interface Plain {
  readonly role: string;
  readonly text: string;
  readonly calls: readonly Call[];
  readonly results: readonly string[];
  readonly reasoning: string;
}

const IDS: Readonly<Record<Family | 'anthropic', RegExp>> = {
  plain: /^[a-zA-Z0-9_-]{1,40}$/,
  kimi: /^[a-zA-Z0-9_.:-]{1,64}$/,
  mistral: /^[a-zA-Z0-9]{9}$/,
  deepseek: /^[a-zA-Z0-9_-]{1,40}$/,
  gemini: /^[a-zA-Z0-9_-]{1,40}$/,
  anthropic: /^[a-zA-Z0-9_-]{1,64}$/,
};

/** What a strict server refuses in a request; empty when it takes it. Written from the servers' documents, not from our code. */
export function faultsOfRequest(
  body: Fields,
  wire: 'openai-chat' | 'anthropic-messages',
  family: Family,
): string[] {
  const isAnthropic = wire === 'anthropic-messages';
  const messages = listOf(body['messages']).map((message) =>
    isAnthropic ? fromMessages(message) : fromChat(message),
  );
  const names = listOf(body['tools']).map((tool) => {
    const { name } = isAnthropic ? tool : recordOf(tool['function']);
    return wordOf(name);
  });
  return [
    ...names.flatMap((name) => nameFault(name)),
    ...orderFaults(messages, { family, isAnthropic }),
    ...callFaults(messages, IDS[isAnthropic ? 'anthropic' : family]),
    ...messages.flatMap((message, at) => contentFaults(message, at, isAnthropic)),
    ...(isAnthropic ? [] : messages.flatMap((message, at) => familyFaults(message, at, family))),
    ...(/\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])/i.test(JSON.stringify(body))
      ? ['half a surrogate pair']
      : []),
  ];
}

function fromChat(message: Fields): Plain {
  const calls = listOf(message['tool_calls']).map((call) => {
    const { id, function: part, type: _type, ...extra } = call;
    const { name, arguments: given } = recordOf(part);
    return { id: wordOf(id), name: wordOf(name), arguments: given, extra };
  });
  const result = message['tool_call_id'];
  return {
    role: wordOf(message['role']),
    text: chatText(message),
    calls,
    results: typeof result === 'string' ? [result] : [],
    reasoning: wordOf(message['reasoning_content'] ?? message['reasoning']),
  };
}

/** Only a person's message may have parts. */
function chatText({ role, content }: Fields): string {
  if (typeof content === 'string') return content;
  return role === 'user'
    ? listOf(content)
        .map(({ text }) => wordOf(text))
        .join('')
    : '';
}

function fromMessages(message: Fields): Plain {
  const blocks = typeof message['content'] === 'string' ? [] : listOf(message['content']);
  const results = blocks.filter((block) => block['type'] === 'tool_result');
  const texts = blocks.map((block) => wordOf(block['text'] ?? block['content']));
  return {
    role: results.length > 0 ? 'tool' : wordOf(message['role']),
    text: texts.join(''),
    calls: blocks
      .filter((block) => block['type'] === 'tool_use')
      .map((block) => ({
        id: wordOf(block['id']),
        name: wordOf(block['name']),
        arguments: block['input'],
        extra: {},
      })),
    results: results.map((block) => wordOf(block['tool_use_id'])),
    reasoning: '',
  };
}

function orderFaults(
  messages: readonly Plain[],
  { family, isAnthropic }: { family: Family; isAnthropic: boolean },
): string[] {
  const roles = messages.map((message) => message.role);
  const isMistral = family === 'mistral' && !isAnthropic;
  const faults = roles.flatMap((role, at) => {
    const before = roles[at - 1];
    return [
      ...(role === 'system' && at > 0 ? [`message ${at}: system is not first`] : []),
      ...(role === before && role !== 'tool' ? [`message ${at}: two of ${role} in a row`] : []),
      ...(isMistral && role === 'user' && before === 'tool'
        ? [`message ${at}: unexpected role 'user' after role 'tool'`]
        : []),
    ];
  });
  if (roles.at(-1) === 'assistant') faults.push('the last message is the assistant’s');
  if (roles.find((role) => role !== 'system') !== 'user')
    faults.push('the first message is not the user’s');
  return faults;
}

function callFaults(messages: readonly Plain[], id: RegExp): string[] {
  const faults: string[] = [];
  const known = new Set<string>();
  let open: string[] = [];
  for (const [at, message] of messages.entries()) {
    for (const result of message.results) {
      if (!open.includes(result))
        faults.push(`message ${at}: a result without its call (${result})`);
      open = open.filter((each) => each !== result);
    }
    if (message.results.length === 0 && open.length > 0) {
      faults.push(`message ${at}: calls without results (${open.join()})`);
      open = [];
    }
    for (const call of message.calls) {
      if (!id.test(call.id)) faults.push(`message ${at}: id "${call.id}" has a wrong form`);
      if (known.has(call.id)) faults.push(`message ${at}: id "${call.id}" is there twice`);
      known.add(call.id);
      open.push(call.id);
      faults.push(...nameFault(call.name), ...argumentFault(call.arguments, at));
    }
  }
  return open.length > 0 ? [...faults, `calls without results (${open.join()})`] : faults;
}

function nameFault(name: string): string[] {
  return /^[a-zA-Z0-9_-]{1,64}$/.test(name) ? [] : [`the name "${name}" has a wrong form`];
}

function argumentFault(given: unknown, at: number): string[] {
  try {
    const value: unknown = typeof given === 'string' ? JSON.parse(given) : given;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return [];
  } catch {
    // said below
  }
  return [`message ${at}: arguments are no JSON object`];
}

function contentFaults(message: Plain, at: number, isAnthropic: boolean): string[] {
  const isBlank = message.text.trim() === '';
  if (message.role === 'assistant')
    return isBlank && message.calls.length === 0
      ? [`the message at position ${at} with role 'assistant' must not be empty`]
      : [];
  if (message.role === 'tool' && isAnthropic) return [];
  return isBlank ? [`message ${at}: ${message.role} without content`] : [];
}

function familyFaults(message: Plain, at: number, family: Family): string[] {
  if (message.calls.length === 0) return [];
  if ((family === 'kimi' || family === 'deepseek') && message.reasoning === '') {
    return [
      `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${at}`,
    ];
  }
  const [first] = message.calls;
  const google = recordOf(recordOf(first?.extra['extra_content'])['google']);
  if (family === 'gemini' && typeof google['thought_signature'] !== 'string')
    return [`message ${at}: function call is missing a thought_signature`];
  return [];
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function recordOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}
