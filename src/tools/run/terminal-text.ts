import { stripVTControlCharacters } from 'node:util';

/** Control characters that a model cannot read; tab, line feed and carriage return are dealt with otherwise. */
const CONTROLS = /(?![\t\n\r])\p{Cc}/gu;

/** Terminal output as plain text: no escapes, and of a line that was redrawn only its last state. */
export function plainTerminalText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\r+\n/g, '\n')
    .replaceAll(/[^\n]*\r(?=[^\n])/g, '')
    .replaceAll('\r', '')
    .replaceAll(CONTROLS, '');
}
