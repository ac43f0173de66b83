import type { Socket } from 'node:net';
import type { ServiceFailure } from './state.js';

/** What is said over the supervisor's socket, one JSON object a line. */
export type ControlMessage =
  /** Worker: I am here. */
  | { readonly type: 'hello'; readonly pid: number }
  /** Worker: polling has begun. */
  | {
      readonly type: 'ready';
      readonly pid: number;
      readonly apiPort: number | null;
      readonly clusterId: string | null;
    }
  /** Worker: I cannot start, and trying again will not help. */
  | { readonly type: 'failed'; readonly failure: ServiceFailure }
  /** Command: drain and stop everything. */
  | { readonly type: 'down' }
  /** Command: leave, the children stay; another supervisor follows. Supervisor: do not replace me at once. */
  | { readonly type: 'handover' };

/** Sends one message. */
export function sendMessage(socket: Socket, message: ControlMessage): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `receive` for every whole line that arrives; lines that are no message are skipped. */
export function onMessages(socket: Socket, receive: (message: ControlMessage) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string | Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parseMessage(line);
      if (message !== null) receive(message);
    }
  });
}

function parseMessage(line: string): ControlMessage | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'type' in value
      ? (value as ControlMessage)
      : null;
  } catch {
    return null;
  }
}
