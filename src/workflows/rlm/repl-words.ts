import type { CallModelResult } from '../../activities/index.js';
import type { ReplRequest } from '../../domain/index.js';

/** What a model is told whose message held no code. Pure. */
export function prose({ preview, finishReason }: CallModelResult): string {
  const what =
    finishReason === 'length'
      ? 'Your message was cut off before its code ended.'
      : preview.trim() === ''
        ? 'Your message was empty.'
        : 'Your message held no code, so nothing ran and nothing was answered.';
  return `${what} Write JavaScript in a \`\`\`js fence; end with FINAL(answer, {evidence: […]}) when you know the answer.`;
}

/** What a cell asks for, for the log: questions of the model, then calls of each tool. Pure. */
export function questionsTold(
  requests: readonly ReplRequest[],
  model: string,
): { readonly text: string; readonly data: { readonly tool: string; readonly calls: number } }[] {
  const tools = requests.flatMap(({ kind, tool = '' }) => (kind === 'tool' ? [tool] : []));
  const count = requests.length - tools.length;
  const questions = {
    text: `${count} ${count === 1 ? 'question' : 'questions'} to ${model}`,
    data: { tool: 'llm_query', calls: count },
  };
  const calls = [...new Set(tools)].map((tool) => {
    const called = tools.filter((name) => name === tool).length;
    const text = `${called} ${called === 1 ? 'call' : 'calls'} of ${tool === '' ? 'no tool that was passed' : tool}`;
    return { text, data: { tool, calls: called } };
  });
  return [...(count > 0 ? [questions] : []), ...calls];
}

/** What is said of notes of an attempt before that cannot be read. Pure. */
export function unreadNote(why: string): string {
  return `not all that the attempt before had noted can be read, so some of it is asked again: ${why}`;
}
