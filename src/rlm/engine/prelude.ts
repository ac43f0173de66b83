/**
 * What every REPL begins with: the functions that a cell may call. It is JavaScript for the engine, evaluated once. `host` answers at once
 * with JSON, `ask` gives a promise of JSON. It gives back what only the engine may touch.
 */
export const PRELUDE = String.raw`
(function (host, ask, settings) {
  'use strict';
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { defineProperty, getOwnPropertyNames, freeze, is } = Object;
  const SetOf = Set, MapOf = Map, PromiseOf = Promise, ProxyOf = Proxy;
  const shownParts = [];
  let shownLength = 0, shownCut = 0, last, hasLast = false, final = null, isTaken = false, hasLooked = false;
  let waiting = [];

  class RlmError extends Error {
    constructor(code, message) { super(message); this.code = code; this.name = NAMES[code] || 'RlmError'; }
  }
  const NAMES = { BUDGET: 'BudgetError', OVERFLOW: 'OverflowError', DEPTH: 'DepthError', PROVIDER: 'ProviderError', SCHEMA: 'SchemaError', EXHAUSTED: 'ExhaustedError', INVALID: 'QuestionError', TOOL: 'ToolError', DENIED: 'DeniedError' };
  const KINDS = { RangeError, SyntaxError, TypeError };
  const call = (name, ...args) => {
    const { value, error } = parse(host(name, stringify(args)));
    if (error) throw new (KINDS[error.name] || Error)(error.message);
    return value;
  };
  const look = (name, ...args) => { hasLooked = true; return call(name, ...args); };

  class Line {
    constructor({ line, text }) { this.line = line; this.text = text; }
    toString() { return this.line + ':' + this.text; }
  }
  class Lines extends Array {
    static get [Symbol.species]() { return Array; }
    toString() { return Array.from(this).join('\n') + (this.total > this.length ? '\n… ' + (this.total - this.length) + ' more lines match' : ''); }
  }
  class Chunk {
    constructor(facts) { Object.assign(this, facts); }
    get text() { return look('piece', this.start, this.end); }
    toString() { return this.text; }
  }
  class Records {
    constructor() { const { length, columns } = look('recordTable'); this.length = length; this.columns = columns; freeze(this); }
    at(index) { return look('rows', index < 0 ? this.length + index : index, (index < 0 ? this.length + index : index) + 1)[0]; }
    slice(from = 0, to = this.length) { const at = (n) => n < 0 ? Math.max(0, this.length + n) : n; const [first, end] = [at(from), at(to)], rows = []; while (first + rows.length < end && rows.length < 5000) { const more = look('rows', first + rows.length, Math.min(end, first + 5000)); if (more.length === 0) break; for (const row of more) rows.push(row); } return rows; }
    *[Symbol.iterator]() { for (let from = 0; from < this.length;) { const rows = look('rows', from, Math.min(this.length, from + 200)); if (rows.length === 0) return; yield* rows; from += rows.length; } }
    filter(keep) { const found = []; let index = 0; for (const row of this) if (keep(row, index++)) found.push(row); return found; }
    map(make) { const made = []; let index = 0; for (const row of this) made.push(make(row, index++)); return made; }
    forEach(work) { let index = 0; for (const row of this) work(row, index++); }
    reduce(join, ...start) { let index = 0, sum, has = start.length > 0; if (has) sum = start[0]; for (const row of this) { if (has) sum = join(sum, row, index); else { sum = row; has = true; } index++; } return sum; }
    find(keep) { for (const row of this) if (keep(row)) return row; return undefined; }
    some(keep) { for (const row of this) if (keep(row)) return true; return false; }
    every(keep) { for (const row of this) if (!keep(row)) return false; return true; }
    toString() { return '[records: ' + this.length + ' rows' + (this.columns.length ? ', columns ' + this.columns.join(', ') : '') + ']'; }
  }
  const { info } = settings;
  const tooLarge = (what) => { const { RangeError: Kind } = KINDS; throw new Kind('the input has ' + info.bytes + ' bytes, too many for ' + what + ': use grep(), count(), lines(), slice(), chunks() or records()'); };
  class Context {
    get length() { return info.bytes; }
    slice(start, end) { return slice(start, end); }
    substring(start, end) { return slice(Math.max(0, start), end); }
    indexOf(text, from = 0) { return look('find', String(text), from); }
    includes(text) { return look('find', String(text), 0) >= 0; }
    split() { return tooLarge('split()'); }
    match() { return tooLarge('match()'); }
    matchAll() { return tooLarge('matchAll()'); }
    replace() { return tooLarge('replace()'); }
    toLowerCase() { return tooLarge('toLowerCase()'); }
    [Symbol.iterator]() { return tooLarge('a loop over its characters'); }
    toString() { return '[context: ' + info.bytes + ' bytes, ' + info.lines + ' lines, ' + info.type + ']'; }
  }

  const wholeNumber = (value, fallback) => Number.isFinite(Number(value)) && value !== null && value !== undefined ? Math.trunc(Number(value)) : fallback;
  const patternOf = (pattern) => pattern instanceof RegExp ? [pattern.source, pattern.flags] : [String(pattern), ''];
  const head = (n = 10) => look('lines', 1, wholeNumber(n, 10)).join('\n');
  const tail = (n = 10) => look('lines', Math.max(1, info.lines - wholeNumber(n, 10) + 1), info.lines).join('\n');
  const lines = (from, to) => from === undefined ? look('lines', 1, info.lines) : look('lines', wholeNumber(from, 1), wholeNumber(to, wholeNumber(from, 1)));
  const slice = (start = 0, end = info.bytes) => look('slice', wholeNumber(start, 0), wholeNumber(end, info.bytes));
  const grep = (pattern, options = {}) => {
    const [source, flags] = patternOf(pattern);
    const chosen = typeof options === 'number' ? { limit: options } : options;
    const { total, lines: found } = look('grep', source, { limit: wholeNumber(chosen.limit, 200), flags: chosen.flags || flags });
    const result = new Lines();
    for (const line of found) result.push(new Line(line));
    defineProperty(result, 'total', { value: total });
    return result;
  };
  const count = (pattern) => { const [source, flags] = patternOf(pattern); return look('grep', source, { limit: 0, flags }).total; };
  const chunks = (options = {}) => {
    const given = typeof options === 'number' ? { count: options } : options;
    return look('chunks', given).map((facts) => new Chunk(facts));
  };
  const records = () => new Records();
  const outline = (limit = 200) => look('outline', wholeNumber(limit, 200));
  const entries = (query = {}) => {
    const { total, entries: found } = look('entries', query);
    defineProperty(found, 'total', { value: total });
    return found;
  };

  const asText = (value) => {
    if (value instanceof Context) throw new KINDS.RangeError('the whole input is too large for a prompt: ask about chunks(), or search it first');
    if (typeof value === 'string') return value;
    if (isArray(value) && value.every((part) => typeof part === 'string' || part instanceof Line)) return value.map(String).join('\n');
    if (value instanceof Chunk || value instanceof Line || value instanceof Records || value instanceof Error) return String(value);
    return show(value);
  };
  const questionOf = (prompt, second) => {
    const isOptions = typeof second === 'object' && second !== null && !isArray(second) && !(second instanceof Chunk) && !(second instanceof Context);
    const options = isOptions ? second : {};
    const extra = second === undefined || isOptions ? '' : '\n\n' + asText(second);
    const given = typeof prompt === 'object' && prompt !== null && !isArray(prompt) && typeof prompt.prompt === 'string' ? prompt : { prompt: asText(prompt) };
    const merged = Object.assign({}, given, options);
    return {
      prompt: merged.prompt + extra,
      instruction: merged.instruction === undefined ? null : String(merged.instruction),
      schema: merged.schema === undefined ? null : merged.schema,
      model: merged.model === undefined ? null : String(merged.model),
      maxTokens: merged.max_tokens === undefined ? null : wholeNumber(merged.max_tokens, null),
      context: merged.context === undefined || merged.context instanceof Context ? null : asText(merged.context),
      round: wholeNumber(merged.round, 0),
      ...(merged.tools === undefined ? {} : { tools: isArray(merged.tools) ? merged.tools.map(String) : [String(merged.tools)] }),
    };
  };
  const request = (kind, question) => {
    if (question.tools === undefined) hasLooked = true;
    const tokens = Math.ceil((question.prompt.length + (question.instruction || '').length) / 3);
    if (kind === 'llm' && tokens > settings.promptTokens)
      return PromiseOf.reject(new RlmError('OVERFLOW', 'the prompt has about ' + tokens + ' tokens, and the sub-model takes ' + settings.promptTokens + ': cut it with chunks(), or use map(), which does'));
    if (kind === 'rlm' && settings.levels <= 0) kind = 'llm';
    return answerTo(kind, stringify(question));
  };
  const answerTo = (kind, asked) => {
    const promise = ask(kind, asked).then(
      (json) => { hasLooked = true; return parse(json); },
      (json) => { const { code, message } = parse(json); if (code !== 'DENIED') hasLooked = true; throw new RlmError(code, message); },
    );
    promise.catch(() => undefined);
    return promise;
  };
  /** What may be called is decided outside and kept with the answers: whoever runs the cell again need not know it. */
  const tool = new ProxyOf(freeze({}), {
    get: (target, name) => name in target || typeof name !== 'string' || name === 'then' || name === 'toJSON' ? target[name]
      : (given) => answerTo('tool', stringify({ tool: name, arguments: given })),
  });
  const llm_query = (prompt, second) => isArray(prompt) && !prompt.some((part) => part instanceof Line)
    ? settled(prompt.map((part) => request('llm', questionOf(part, second))))
    : request('llm', questionOf(prompt, second));
  const rlm_query = (prompt, second) => {
    const question = questionOf(prompt, second);
    if (settings.levels > 0) return request('rlm', question);
    return request('llm', Object.assign(question, question.context === null ? {} : { prompt: question.prompt + '\n\n' + question.context, context: null }));
  };
  const settled = async (promises) => (await PromiseOf.allSettled(promises)).map((end) => end.status === 'fulfilled' ? end.value : end.reason);
  const askAbout = async (prompt, item, options) => {
    const text = asText(item);
    const room = settings.promptTokens * 3 - prompt.length - 200;
    if (text.length <= room) return request('llm', questionOf(prompt, Object.assign({}, options, { prompt: prompt + '\n\n' + text })));
    const parts = [];
    for (let at = 0; at < text.length; at += room) parts.push(text.slice(at, at + room));
    const answers = await PromiseOf.all(parts.map((part) => request('llm', questionOf(prompt, Object.assign({}, options, { prompt: prompt + '\n\n' + part })))));
    return answers.every((answer) => typeof answer === 'string') ? answers.join('\n') : answers;
  };
  const map = (first, second, third) => {
    const isPrompt = typeof first === 'string';
    const items = isPrompt ? (isArray(second) ? second : chunks(second && second.chunks)) : Array.from(first);
    const work = isPrompt ? first : second;
    const options = (isPrompt && !isArray(second) ? second : third) || {};
    const { chunks: _chunks, ...rest } = options;
    return settled(items.map((item, index) => typeof work === 'function'
      ? (async () => work(item, index))()
      : askAbout(String(work), item, rest)));
  };
  const vote = async (prompt, second, third) => {
    const n = typeof second === 'number' ? second : (second && second.n) || 3;
    const options = (typeof second === 'object' ? second : third) || {};
    const { n: _n, ...rest } = options;
    const rounds = Array.from({ length: Math.max(1, n) }, (_, round) => request('llm', questionOf(prompt, Object.assign({}, rest, { round: round + 1 }))));
    const answers = (await settled(rounds)).filter((answer) => !(answer instanceof Error));
    if (answers.length === 0) await rounds[0];
    const counts = new MapOf();
    for (const answer of answers) {
      const key = typeof answer === 'string' ? answer.trim().toLowerCase() : stringify(answer);
      const known = counts.get(key);
      counts.set(key, { answer: known ? known.answer : answer, votes: (known ? known.votes : 0) + 1 });
    }
    const ranked = [...counts.values()].sort((left, right) => right.votes - left.votes);
    const result = { answer: ranked[0].answer, agreement: ranked[0].votes / answers.length, votes: ranked };
    defineProperty(result, 'toString', { value: () => asText(ranked[0].answer) });
    return result;
  };

  const show = (value, depth = 0) => {
    if (typeof value === 'string') return value;
    if (value === undefined || value === null || typeof value !== 'object') return typeof value === 'function' ? '[function ' + value.name + ']' : String(value);
    if (value instanceof Error) return value.name + ': ' + value.message;
    if (value instanceof Line || value instanceof Lines || value instanceof Records || value instanceof Context) return String(value);
    if (value instanceof Chunk) return '[chunk ' + value.index + ': lines ' + value.firstLine + '-' + value.lastLine + ', ' + (value.end - value.start) + ' bytes, ' + value.title + ']';
    if (value instanceof PromiseOf) return '[promise: await it]';
    if (value instanceof MapOf) return show(Object.fromEntries(value), depth);
    if (value instanceof SetOf) return show([...value], depth);
    if (isArray(value)) {
      const parts = value.slice(0, 200).map((part) => show(part, depth + 1));
      const more = value.length > 200 ? '… ' + (value.length - 200) + ' more' : '';
      if (depth === 0) return parts.concat(more ? [more] : []).join('\n');
      return '[' + parts.concat(more ? [more] : []).join(', ') + ']';
    }
    if (depth > 5) return '[object]';
    try { return stringify(value, (_, inner) => typeof inner === 'bigint' ? String(inner) : inner instanceof MapOf ? Object.fromEntries(inner) : inner instanceof SetOf ? [...inner] : inner) || '{}'; } catch { return '[object]'; }
  };
  const emit = (text) => {
    const room = settings.outputLimit - shownLength;
    if (text.length > room) shownCut += text.length - Math.max(0, room);
    if (room > 0) { shownParts.push(text.slice(0, room)); shownLength += Math.min(text.length, room) + 1; }
  };
  const isOpen = (value) => value instanceof PromiseOf || (isArray(value) && value.some((part) => part instanceof PromiseOf));
  const whole = async (value) => isArray(value) ? settled(value) : value instanceof PromiseOf ? await value : value;
  const names = () => getOwnPropertyNames(globalThis).filter((name) => !baseline.has(name) || !is(globalThis[name], originals.get(name)));
  /** Text with the values of variables that it names in braces, as command lines have them. */
  const filled = (text, pattern) => text.length > 4000 ? text : text.replace(pattern, (found, name) => names().includes(name) ? show(globalThis[name]) : found);
  const fill = (text) => filled(text, /\$?\{([A-Za-z_]\w*)\}/g);
  const print = (...values) => {
    if (!values.some(isOpen)) { emit(values.map((value) => show(value)).join(' ')); return; }
    waiting.push((async () => emit((await PromiseOf.all(values.map(whole))).map((value) => show(value)).join(' ')))());
  };
  const FINAL = (value, options = {}) => {
    if (isTaken) return;
    isTaken = true;
    const finish = async () => {
      const known = await whole(value);
      if (known === undefined || known === null || (typeof known === 'number' && !Number.isFinite(known))) throw new KINDS.TypeError('FINAL was given no value: say in words when there is no answer');
      const evidence = options && isArray(options.evidence) ? options.evidence : options && options.evidence !== undefined ? [options.evidence] : isArray(options) ? options : [];
      final = {
        value: typeof known === 'string' ? known : plain(known),
        evidence: evidence.map((span) => typeof span === 'string' ? { quote: span } : span instanceof Line ? { quote: span.text, line: span.line } : span instanceof Chunk ? { start: span.start, end: span.end } : span),
      };
    };
    waiting.push(finish());
  };
  const plain = (value) => value === undefined ? null : value instanceof Line || value instanceof Chunk || value instanceof Records ? String(value)
    : value instanceof Lines ? value.map(String) : value instanceof Error ? show(value) : isArray(value) ? value.map(plain) : value instanceof MapOf ? Object.fromEntries(value) : value instanceof SetOf ? [...value] : value;
  const FINAL_VAR = (name, options) => {
    if (typeof name !== 'string') return FINAL(name, options);
    const key = name.trim().replace(/^["'\x60]|["'\x60]$/g, '');
    if (!names().includes(key)) throw new ReferenceError('there is no variable ' + key + '; there are: ' + (names().join(', ') || 'none'));
    return FINAL(globalThis[key], options);
  };

  const context = settings.text === null ? freeze(new Context()) : settings.text;
  const api = { head, tail, grep, count, slice, lines, chunks, records, outline, entries, map, vote };
  const offered = Object.assign({ tool }, api);
  const fixed = { context, print, llm_query, rlm_query, FINAL, FINAL_VAR };
  const errors = { RlmError };
  for (const [code, name] of Object.entries(NAMES)) errors[name] = class extends RlmError { static [Symbol.hasInstance](value) { return value instanceof RlmError && value.code === code; } };
  for (const [name, value] of Object.entries(offered)) defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  for (const [name, value] of Object.entries(Object.assign(fixed, errors))) defineProperty(globalThis, name, { value, enumerable: false });
  defineProperty(globalThis, 'rlm', { value: freeze(Object.assign({ fill, last: (value) => { last = value; hasLast = true; } }, api, { info: freeze(info) })), enumerable: false });
  defineProperty(globalThis, 'console', { value: freeze({ log: print, error: print, warn: print, info: print }), enumerable: false });
  delete globalThis.eval;
  defineProperty(globalThis, 'variables', { value: () => names().map((name) => name + ': ' + preview(globalThis[name])).join('\n'), writable: true, configurable: true, enumerable: false });
  const baseline = new SetOf(getOwnPropertyNames(globalThis));
  const originals = new MapOf(getOwnPropertyNames(globalThis).map((name) => [name, globalThis[name]]));

  const written = (value) => {
    const seen = new SetOf();
    const text = stringify(value, function (key, inner) {
      if (typeof inner === 'function') return 'function ' + String(inner);
      if (typeof inner === 'bigint') return 'bigint ' + String(inner);
      if (typeof inner === 'symbol') return String(inner);
      if (inner instanceof PromiseOf) return 'promise';
      if (inner instanceof MapOf) return ['map', ...inner];
      if (inner instanceof SetOf) return ['set', ...inner];
      if (typeof inner === 'object' && inner !== null) { if (seen.has(inner)) return 'again'; seen.add(inner); }
      return inner;
    });
    return text === undefined ? 'undefined' : text;
  };
  return {
    begin: () => { shownParts.length = 0; shownLength = 0; shownCut = 0; last = undefined; hasLast = false; final = null; isTaken = false; waiting = []; },
    async finish() {
      while (waiting.length > 0) { const now = waiting; waiting = []; await PromiseOf.all(now); }
      if (hasLast && shownParts.length === 0 && final === null) { const value = await whole(last); if (value !== undefined) emit(show(value)); }
    },
    state: () => {
      const parts = [];
      for (const name of names().sort()) { let text; try { text = written(globalThis[name]); } catch { text = 'unwritable'; } parts.push(name + '=' + (text.length > 1000000 ? text.length + ':' + text.slice(0, 1000000) : text)); }
      return parts.join('\n');
    },
    outcome: () => stringify({ output: shownParts.join('\n'), cut: shownCut, final, hasLooked }),
    variables: () => stringify(Object.fromEntries(names().map((name) => [name, preview(globalThis[name])]))),
  };
  function preview(value) {
    const kind = value === null ? 'null' : isArray(value) ? 'array of ' + value.length : value instanceof MapOf ? 'map of ' + value.size : typeof value === 'string' ? 'string of ' + value.length : typeof value;
    if (typeof value === 'function') return 'function';
    let text; try { text = show(value, 1); } catch { text = ''; }
    return kind + ': ' + text.slice(0, 80).replace(/\s+/g, ' ');
  }
})
`;
