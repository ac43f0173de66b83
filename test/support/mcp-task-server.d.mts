/** See mcp-task-server.mjs: the answer to a message, without its frame; undefined for a notification. */
export function taskServer(
  generation: '2025' | '2026',
  tell?: (event: string) => void,
): (message: {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
}) => object | undefined;
