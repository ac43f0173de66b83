/**
 * What a script finds, in its own language. Every call of the host is a promise, settled one at a time: so it is known which end made a
 * script go on (`mark`), and which ends a join has waited for (`join`).
 */
export const SCRIPT_PRELUDE = `
(host, given) => {
  'use strict';
  const { args, budget: total } = JSON.parse(given);
  const all = Promise.all.bind(Promise), settled = Promise.allSettled.bind(Promise);
  const isPlain = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

  class ScriptError extends Error {
    constructor(code, message) { super(message); this.name = code; this.code = code; }
  }
  const fail = (message) => { throw TypeError(message); };

  let asked = 0;
  const call = async (kind, payload) => {
    // where the script was when it asked; of thousands there is no room for that
    asked += 1;
    const { stack } = asked > 2000 ? {} : new Error();
    let text;
    try { text = JSON.stringify(payload); } catch { fail(kind + ': what is passed is no JSON'); }
    try { return JSON.parse(await host.ask(kind, text)); }
    catch (error) {
      if (typeof error !== 'string') throw error;
      const { code, message } = JSON.parse(error);
      throw Object.assign(new ScriptError(code, message), stack === undefined ? {} : { stack });
    }
  };
  const orSettled = async (isSettled, work) => {
    if (!isSettled) return work();
    try { return { status: 'fulfilled', value: await work() }; }
    catch (reason) { return { status: 'rejected', reason: { code: reason.code ?? reason.name, message: String(reason.message ?? reason) } }; }
  };

  const OPTIONS = new Set(['schema', 'label', 'phase', 'model', 'profile', 'agentType', 'isolation', 'touches', 'timeout', 'settle', 'effort']);
  const MOST = 4096;
  let current = null;
  const agent = async (prompt, options = {}) => {
    if (typeof prompt !== 'string' || prompt.trim() === '') fail('agent(prompt, options): the prompt is a text');
    if (!isPlain(options)) fail('agent(prompt, options): the options are an object');
    const odd = Object.keys(options).find((name) => !OPTIONS.has(name));
    if (odd !== undefined) fail('agent: unknown option ' + odd + '; there are ' + [...OPTIONS].join(', '));
    const { settle = false, agentType, profile = agentType, phase = current, ...rest } = options;
    return orSettled(settle, () => call('agent', { prompt, ...rest, ...(profile === undefined ? {} : { profile }), ...(phase === null ? {} : { phase }) }));
  };

  /** Each strand of a join ends with its own mark; whoever waited for all of them goes on after all of them. */
  const joined = async (strands, wait) => {
    const marks = [];
    const watched = strands.map(async (strand) => {
      try { return await strand; } finally { marks.push(host.mark()); }
    });
    try { return await wait(watched); } finally { host.join(JSON.stringify(marks)); }
  };
  const define = (target, name, value) => Object.defineProperty(target, name, { value, writable: false, configurable: false, enumerable: false });
  define(Promise, 'all', (items) => joined([...items], all));
  define(Promise, 'allSettled', (items) => joined([...items], settled));

  const parallel = async (thunks, { settle = false } = {}) => {
    if (!Array.isArray(thunks)) fail('parallel(thunks): an array of functions');
    if (thunks.length > MOST) throw RangeError('at most ' + MOST + ' at once, not ' + thunks.length + ': take them in parts');
    const odd = thunks.findIndex((one) => typeof one !== 'function' && typeof one?.then !== 'function');
    if (odd >= 0) fail('parallel(thunks): element ' + odd + ' is no function');
    const run = async (one) => (typeof one === 'function' ? one() : one);
    return joined(thunks.map((one) => orSettled(settle, async () => {
      if (settle) return run(one);
      try { return await run(one); } catch (error) { host.log('warning', String(error)); return null; }
    })), all);
  };
  const pipeline = async (items, ...stages) => {
    if (!Array.isArray(items)) fail('pipeline(items, ...stages): an array of items');
    const odd = stages.findIndex((one) => typeof one !== 'function');
    if (odd >= 0) fail('pipeline(items, ...stages): stage ' + (odd + 1) + ' is no function');
    return parallel(items.map((item, index) => async () => {
      let value = item;
      for (const stage of stages) value = await stage(value, item, index);
      return value;
    }));
  };

  const text = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return String(value);
    try { return JSON.stringify(value) ?? String(value); } catch { return String(value); }
  };
  const log = (...values) => { host.log('info', values.map(text).join(' ')); };
  const phase = (title) => { current = String(title); host.phase(current); };
  const sleep = (milliseconds) => {
    if (typeof milliseconds !== 'number' || !(milliseconds >= 0)) fail('sleep(milliseconds): a number');
    return call('sleep', { milliseconds: Math.round(milliseconds) });
  };
  const ask = (question, options = {}) => {
    if (typeof question !== 'string' || question.trim() === '') fail('ask(question, options): the question is a text');
    return call('ask', { question, options: options.options ?? [], ...(options.default === undefined ? {} : { default: options.default }) });
  };
  const workflowAt = (depth) => async (name, given) => {
    if (typeof name !== 'string' || name === '') fail('workflow(name, args): the name of a script');
    if (depth >= 5) fail('workflow: scripts that start scripts, five deep');
    const main = host.program(name), before = current;
    try { return await main(given === undefined ? null : given, workflowAt(depth + 1)); }
    finally { current = before; }
  };
  const workflow = workflowAt(0);
  const budget = Object.freeze({
    total,
    spent: () => host.spent(),
    remaining: () => (total === null ? Infinity : Math.max(0, total - host.spent())),
  });
  const globals = { agent, ask, args, budget, log, parallel, phase, pipeline, sleep, workflow, console: Object.freeze({ log, info: log, warn: log, error: log, debug: log }) };
  for (const [name, value] of Object.entries(globals)) define(globalThis, name, value);

  const outcome = { state: 'running' };
  return {
    run: (main) => {
      (async () => main(args, workflow))().then(
        (value) => {
          try { outcome.value = JSON.stringify(value === undefined ? null : value) ?? 'null'; outcome.state = 'done'; }
          catch { outcome.error = { name: 'TypeError', message: 'the result of the script is no JSON' }; outcome.state = 'failed'; }
        },
        (error) => {
          const isError = error instanceof Error;
          outcome.error = { name: isError ? error.name : 'Error', message: isError ? error.message : text(error), stack: isError ? error.stack : undefined };
          outcome.state = 'failed';
        },
      );
    },
    outcome: () => JSON.stringify(outcome),
  };
}`;
