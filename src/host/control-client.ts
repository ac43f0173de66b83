import { connect } from 'node:net';
import { sendMessage, type ControlMessage } from './light/control-messages.js';

/** Sends one message to the supervisor; false when nobody listens. */
export function sendControl(socketPath: string, message: ControlMessage): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.setTimeout(5000, () => socket.destroy());
    socket.once('connect', () => {
      sendMessage(socket, message);
      socket.end(() => resolve(true));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
