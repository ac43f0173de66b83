import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.js';

/** Files that may touch the process's streams, and why. */
const WRITERS: Readonly<Record<string, string>> = {
  'src/cli/output.ts': 'the one writer',
  'src/cli/main.ts': 'listens for readers that leave; writes nothing',
  'src/cli/tui/tui.ts':
    'hands the terminal to the screen, whose blocks and lines make everything visible',
  'src/cli/confirm.ts': 'readline asks a constant question',
  'src/tools/media/pdf-program/main.ts': 'lines of JSON for the worker that started it',
  'src/service/supervisor/entry.ts': 'its own log; `codetether logs` shows it through the writer',
};

function streamUsers(): string[] {
  const users = new Set<string>();
  for (const file of sourceFiles('src')) {
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
        const name = `${node.expression.text}.${node.name.text}`;
        if (name === 'process.stdout' || name === 'process.stderr') users.add(file.path);
        if (node.expression.text === 'console') users.add(file.path);
      }
      ts.forEachChild(node, visit);
    };
    visit(file.ast);
  }
  return [...users].sort();
}

describe('the streams of a command', () => {
  it('are written by one file, which makes control characters visible', () => {
    const users = streamUsers();
    expect(users.filter((path) => !(path in WRITERS))).toEqual([]);
    expect(users).toContain('src/cli/main.ts');
  });
});
