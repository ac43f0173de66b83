// What the model "says": a fixed number of tool calls, then the end. The task's text holds `BENCH kind turns folder`.

/** @typedef {{ kind: 'write' | 'bash' | 'story', turns: number, folder: string, file?: { path: string, content: string } }} Task */

/**
 * Reads the latest task out of a request's messages.
 * @returns {{ task: Task, done: number } | null} the task and how many tool results followed it
 */
export function readTask(messages) {
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const { role, content } = messages[at];
    if (role !== 'user') continue;
    const found = /BENCH (write|bash|story) (\d+) (\S+)/.exec(textOf(content));
    // opencode puts the task into quotes
    const file = /BENCH file ([^\s"]+)/.exec(textOf(content));
    if (file !== null)
      return {
        task: fileTask(file),
        done: messages.slice(at + 1).filter((message) => message.role === 'tool').length,
      };
    const put = /BENCH put (\S+) ([\w-]+)/.exec(textOf(content));
    if (found === null && put === null) continue;
    const done = messages.slice(at + 1).filter((message) => message.role === 'tool').length;
    if (put !== null) return { task: putTask(put), done };
    return { task: { kind: found[1], turns: Number(found[2]), folder: found[3] }, done };
  }
  return null;
}

/** One short file of a name of its own: what each of many agents writes. */
function fileTask([, path]) {
  return { kind: 'write', turns: 1, folder: '.', path };
}

/** One file whose whole content the task names. */
function putTask([, path, content]) {
  const file = { path, content: Buffer.from(content, 'base64url').toString('utf8') };
  return { kind: 'write', turns: 1, folder: '.', file };
}

/** The reply to a normalised chat request, in aimock's form. */
export function chooseReply(body) {
  const found = readTask(body.messages);
  const names = new Set((body.tools ?? []).map((tool) => tool.function?.name ?? tool.name));
  const row = rowAnswer(body.messages);
  if (row !== null) return { content: row };
  // Side requests (titles, summaries) offer no tools.
  if (found === null || names.size === 0) return { content: 'A title' };
  const { task, done } = found;
  if (done < task.turns)
    return { content: `Step ${done + 1}.`, toolCalls: [chooseCall(names, task, done)] };
  if (names.has('story_done') && done === task.turns) {
    return {
      content: '',
      toolCalls: [call('story_done', { status: 'done', summary: 'All steps are done.' }, done)],
    };
  }
  return { content: 'All steps are done.' };
}

/** The answer to a question about one row of a table; every tenth one is a long text first, and JSON when it is asked for again. */
function rowAnswer(messages) {
  const asked = messages
    .map(({ content }) => /BENCH row (\d+)/.exec(textOf(content)))
    .find(Boolean);
  if (asked === undefined) return null;
  const number = Number(asked[1]);
  const isRepair = messages.some(({ role }) => role === 'assistant');
  return number % 10 === 0 && !isRepair
    ? 'I am not sure. '.repeat(400)
    : JSON.stringify({ n: number });
}

/** One small call of the wanted kind, by the names that each agent gives its tools. */
function chooseCall(names, task, done) {
  if (task.file !== undefined) return putCall(task.file, done);
  const kind = task.kind === 'story' ? ['read', 'write', 'bash'][done % 3] : task.kind;
  const file = task.path ?? `bench-${done % 5}.txt`;
  if (kind === 'bash' || names.has('exec_command') || names.has('shell'))
    return shellCall(names, { kind, file, done });
  const path = names.has('read_file') ? file : `${task.folder}/${file}`;
  if (kind === 'read') {
    return names.has('read_file')
      ? call('read_file', { path: 'README.md' }, done)
      : call('read', { filePath: `${task.folder}/README.md` }, done);
  }
  const content = `line ${done}\n`;
  return names.has('write_file')
    ? call('write_file', { path, content }, done)
    : call('write', { filePath: path, content }, done);
}

function putCall({ path, content }, done) {
  const bytes = Buffer.from(content).toString('base64');
  return call('bash', { command: `printf %s '${bytes}' | base64 -d > ${path}` }, done);
}

function shellCall(names, { kind, file, done }) {
  const command =
    kind === 'write'
      ? `printf 'line ${done}\\n' > ${file}`
      : kind === 'read'
        ? 'cat README.md'
        : `echo step ${done} | tee -a bench-log.txt`;
  if (names.has('exec_command')) return call('exec_command', { cmd: command }, done);
  if (names.has('shell')) return call('shell', { command: ['bash', '-lc', command] }, done);
  return call(
    'bash',
    names.has('write_file') ? { command } : { command, description: 'A step' },
    done,
  );
}

function call(name, args, done) {
  return { id: `call_${done}_${name}`, name, arguments: JSON.stringify(args) };
}

function textOf(content) {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map((part) => part.text ?? '').join('\n') : '';
}
