import { describe, expect, it } from 'vitest';
import {
  commandMentions,
  commandPattern,
  commandStaysWithin,
} from '../../../../src/domain/definitions/shell-words.js';

describe('the words of a command', () => {
  it.each([
    ['npm run test:*', ['npm', 'run', 'test*']],
    ['npm run test *', ['npm', 'run', 'test']],
    ['git:*', ['git']],
    ['  git   push ', ['git', 'push']],
    ['*', []],
    ['', []],
  ])('%j are %j', (pattern, words) => {
    expect(commandPattern(pattern)).toEqual(words);
  });

  it('are mentioned by every command where there are none', () => {
    expect(commandMentions('anything', [])).toBe(true);
    expect(commandMentions('', ['git'])).toBe(false);
  });

  it('are not left by what an allowed program is given, only by what starts another', () => {
    const within = (command: string): boolean => commandStaysWithin(command, [['npm', 'test']]);
    expect(within('npm test $HOME "a;b"')).toBe(false);
    expect(within('npm test $HOME')).toBe(true);
    expect(within('npm test ${x@P}')).toBe(false);
    expect(within('npm test 2>/dev/null')).toBe(true);
    expect(within('npm test 2>/dev/nullx')).toBe(false);
    expect(within('timeout 5m nice npm test')).toBe(true);
    expect(within('env A=1 B=2 npm test')).toBe(true);
    expect(within('if npm test; then rm x; fi')).toBe(false);
    expect(within('x'.repeat(200_000))).toBe(false);
  });
});
