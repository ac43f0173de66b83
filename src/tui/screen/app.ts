import { Box, Static, Text } from 'ink';
import { createElement, type ReactElement } from 'react';

/** What is drawn at one moment. */
export interface Frame {
  /** Grows with each batch of lines that stay. */
  readonly batch: number;
  /** Lines that stay, of this batch alone: they are written once. */
  readonly lasting: readonly string[];
  /** Lines that are drawn again with the next frame. */
  readonly live: readonly string[];
}

/** One frame: what stays above, what is drawn again below. */
export function FrameView({ batch, lasting, live }: Frame): ReactElement {
  return createElement(
    Box,
    { flexDirection: 'column' },
    createElement(Static<string>, {
      key: String(batch),
      items: lasting.length === 0 ? [] : [lasting.join('\n')],
      children: (text, index) => createElement(Text, { key: index }, text),
    }),
    ...live.map((line, index) =>
      createElement(Text, { key: `live-${index}`, wrap: 'truncate-end' }, line === '' ? ' ' : line),
    ),
  );
}
