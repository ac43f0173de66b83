import { describe, expect, it } from 'vitest';
import { proposedChecks } from '../../../../src/domain/prd/proposed-checks.js';

describe('proposedChecks', () => {
  it.each([
    [
      'A command line tool in TypeScript that adds numbers',
      'TypeScript',
      ['npm run typecheck', 'npm test'],
    ],
    ['a small express.js server', 'JavaScript', ['npm test']],
    ['A FastAPI service', 'Python', ['python3 -m pytest']],
    ['write it in Go', 'Go', ['go vet ./...', 'go test ./...']],
    ['A Rust library for dates', 'Rust', ['cargo check --all-targets', 'cargo test']],
    ['a Spring Boot service', 'Java', ['mvn -q test']],
    ['JavaScript, not Java', 'JavaScript', ['npm test']],
    ['A C# library on .NET 9', 'C#', ['dotnet test']],
    ['a parser in C', 'C', ['make test']],
    ['a C++ parser', 'C++', ['make test']],
    ['A Laravel shop', 'PHP', ['composer test']],
    ['A Rails app', 'Ruby', ['rake test']],
    ['a deno script', 'Deno', ['deno lint', 'deno test']],
    ['Python backend, later a TypeScript frontend', 'Python', ['python3 -m pytest']],
  ])('%s: %s', (text, language, commands) => {
    const found = proposedChecks(text);
    expect([found?.language, found?.checks.map(({ command }) => command)]).toEqual([
      language,
      commands,
    ]);
  });

  it.each([
    'A shop where people go to buy rubies',
    'Remove rust from the list of materials',
    'React to what users ask; a flask for each node of the graph',
    'The bun is fresh, in the key of C',
    '',
  ])('names none: %s', (text) => {
    expect(proposedChecks(text)).toBeUndefined();
  });

  it('reads long descriptions in linear time', () => {
    const before = performance.now();
    for (const part of ['in ', 'node ', 'J', ' ', '.N', 'Go '])
      proposedChecks(part.repeat(1_000_000 / part.length));
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});
