/** Colour, cursor and title sequences (ECMA-48), and other control characters that a model cannot read. */
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g;
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g;

/** Terminal output as plain text: no escapes, and of a line that was redrawn only its last state. */
export function plainTerminalText(text: string): string {
  return text
    .replaceAll(ESCAPES, '')
    .replaceAll(/\r+\n/g, '\n')
    .replaceAll(/[^\n]*\r(?=[^\n])/g, '')
    .replaceAll('\r', '')
    .replaceAll(CONTROLS, '');
}
