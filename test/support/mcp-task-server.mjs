// An MCP server without any library whose tool `build` goes on as a task, in the form of 2025-11-25 or of 2026-07-28.
// Usage: node mcp-task-server.mjs 2025|2026 — over standard streams; `taskServer` gives the same to a test that serves http.
// `build {looks, ends, asks}` is at work for so many looks, then ends as told; with `asks` it first wants to know a colour.
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const TASKS = 'io.modelcontextprotocol/tasks';
const SERVER = { name: 'tasks', version: '1' };
const FORM = {
  mode: 'form',
  message: 'Which colour?',
  requestedSchema: {
    type: 'object',
    properties: { colour: { type: 'string', enum: ['red', 'blue'] } },
    required: ['colour'],
  },
};
const refusal = (code, message) => ({ error: { code, message } });
const text = (value, isError = false) => ({ content: [{ type: 'text', text: value }], isError });

/** What such a server answers; `tell(event)` hears `build ID`, `look ID`, `cancel ID` and `answer ID COLOUR`. */
export function taskServer(generation, tell = () => undefined) {
  const isModern = generation === '2026';
  const tasks = new Map();
  const done = (result) => ({ result: isModern ? { resultType: 'complete', ...result } : result });

  function shown({ id, status, left, asked }) {
    const times = { createdAt: '2026-01-01T00:00:00Z', lastUpdatedAt: '2026-01-01T00:00:00Z' };
    const common = { taskId: id, status, statusMessage: `${left} looks left`, ...times };
    if (!isModern) return { ...common, ttl: null, pollInterval: 100 };
    const inputs =
      status === 'input_required'
        ? { inputRequests: { colour: { method: 'elicitation/create', params: asked } } }
        : {};
    return { ...common, ttlMs: null, pollIntervalMs: 100, ...inputs };
  }

  function ended(task) {
    if (task.status === 'completed') return { result: text(`built ${task.colour ?? ''}`.trim()) };
    return task.status === 'failed' ? { error: { code: -32000, message: 'the roof fell in' } } : {};
  }

  function begin({ arguments: input = {} }, meta) {
    const mayBegin = isModern
      ? meta?.['io.modelcontextprotocol/clientCapabilities']?.extensions?.[TASKS] !== undefined
      : true;
    if (!mayBegin) return done(text('not offered'));
    const id = `task-${tasks.size + 1}`;
    const { looks = 2, ends = 'completed', asks = false } = input;
    const task = { id, left: looks, ends, asked: asks ? FORM : undefined, status: 'working' };
    tasks.set(id, task);
    tell(`build ${id}`);
    return isModern
      ? { result: { resultType: 'task', ...shown(task) } }
      : done({ task: shown(task) });
  }

  /** A look is what it has to work for. */
  function move(task) {
    if (!['working', 'input_required'].includes(task.status)) return;
    if (task.asked !== undefined && task.colour === undefined) task.status = 'input_required';
    else if (task.left > 0) task.left -= 1;
    else task.status = task.ends;
  }

  function get(task) {
    tell(`look ${task.id}`);
    move(task);
    return done({ ...shown(task), ...(isModern ? ended(task) : {}) });
  }

  const withTask = (params, act) => {
    const task = tasks.get(params.taskId);
    return task === undefined ? refusal(-32602, `no task ${params.taskId}`) : act(task);
  };

  const methods = {
    'server/discover': () =>
      isModern
        ? done({
            supportedVersions: ['2026-07-28'],
            capabilities: { tools: {}, extensions: { [TASKS]: {} } },
            _meta: { 'io.modelcontextprotocol/serverInfo': SERVER },
          })
        : refusal(-32601, 'Method not found'),
    initialize: () =>
      done({
        protocolVersion: '2025-11-25',
        capabilities: { tools: {}, tasks: { cancel: {}, requests: { tools: { call: {} } } } },
        serverInfo: SERVER,
      }),
    'tools/list': () =>
      done({
        tools: [
          {
            name: 'build',
            description: 'Builds.',
            inputSchema: { type: 'object' },
            ...(isModern ? {} : { execution: { taskSupport: 'required' } }),
          },
        ],
        ...(isModern ? { ttlMs: 60_000, cacheScope: 'private' } : {}),
      }),
    'tools/call': (params) =>
      isModern || params.task !== undefined
        ? begin(params, params._meta)
        : refusal(-32601, 'only as a task'),
    'tasks/get': (params) => withTask(params, get),
    'tasks/cancel': (params) =>
      withTask(params, (task) => {
        tell(`cancel ${task.id}`);
        task.status = 'cancelled';
        return done(isModern ? {} : shown(task));
      }),
    'tasks/result': (params) =>
      withTask(params, (task) => {
        const { result, error } = ended(task);
        return error === undefined ? done(result ?? text('nothing')) : { error };
      }),
    'tasks/update': (params) =>
      withTask(params, (task) => {
        const { action, content } = params.inputResponses.colour;
        task.colour = content?.colour ?? action;
        task.status = 'working';
        tell(`answer ${task.id} ${task.colour}`);
        return done({});
      }),
  };

  /** The answer to a message, without its frame; undefined for a notification. */
  const answer = ({ method, id, params = {} }) => {
    if (id === undefined || method === undefined) return undefined;
    return methods[method]?.(params) ?? refusal(-32601, 'Method not found');
  };
  answer.isAsking = (id) => tasks.get(id)?.status === 'input_required';
  return answer;
}

function serveStreams(generation) {
  const answer = taskServer(generation, (event) => appendFileSync('events.txt', `${event}\n`));
  const write = (value) =>
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...value })}\n`);
  /** A task of 2025 asks while its result is asked for, which is answered when it has ended. */
  let waiting;
  createInterface({ input: process.stdin }).on('line', (line) => {
    const message = JSON.parse(line);
    if (message.method === undefined && message.id === 'colour-1') {
      answer({
        id: 0,
        method: 'tasks/update',
        params: { taskId: waiting, inputResponses: { colour: message.result } },
      });
      return;
    }
    if (generation === '2025' && message.method === 'tasks/result') {
      if (answer.isAsking(message.params.taskId)) {
        waiting = message.params.taskId;
        write({ id: 'colour-1', method: 'elicitation/create', params: FORM });
        return;
      }
    }
    const given = answer(message);
    if (given !== undefined) write({ id: message.id, ...given });
  });
  process.stdin.on('end', () => process.exit(0));
}

if (process.argv[1]?.endsWith('mcp-task-server.mjs')) serveStreams(process.argv[2] ?? '2026');
