import { z } from 'zod';

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
  return todos.map((todo) => `${marks[todo.status]} ${todo.content}`).join('\n');
}
