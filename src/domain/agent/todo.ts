import { z } from 'zod';
import { MESSAGE_LIMIT, modelText } from '../text/model-text.js';

/** One entry of an agent's to-do list. */
export const todoSchema = z.object({
  content: z.string().min(1).max(500),
  status: z.enum(['pending', 'in_progress', 'done', 'blocked']),
});

/** See {@link todoSchema}. */
export type Todo = z.infer<typeof todoSchema>;

/** Arguments of `todo_write`: the whole list, so that writing it twice changes nothing. */
export const todoWriteSchema = z.object({ todos: z.array(todoSchema).max(100) });

/** The list as the model reads it. */
export function formatTodos(todos: readonly Todo[]): string {
  if (todos.length === 0) return 'The list is empty.';
  const marks = { pending: '[ ]', in_progress: '[>]', done: '[x]', blocked: '[!]' } as const;
  const lines = todos.map((todo) => `${marks[todo.status]} ${todo.content}`);
  const whole = lines.join('\n');
  if (whole.length <= MESSAGE_LIMIT) return whole;
  // Every entry stays in sight; long ones lose their ends.
  const room = Math.floor((MESSAGE_LIMIT - 200) / lines.length) - 1;
  const short = lines.map((line) => (line.length <= room ? line : `${line.slice(0, room - 1)}…`));
  return modelText(`${short.join('\n')}\n(long entries are cut here; the list is kept as a whole)`);
}
