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
    expect(within('timeout npm test')).toBe(true);
    expect(within('if npm test; then rm x; fi')).toBe(false);
    expect(within('x'.repeat(200_000))).toBe(false);
  });

  it.each([
    'sudo -u npm test',
    'xargs -I npm test',
    'env -S npm test',
    'env -u npm test',
    'timeout -s npm test',
    'timeout -k 5 10 npm test',
    'nice 5 npm test',
    'timeout 5 6 npm test',
    'NODE_OPTIONS=--require=./evil.js npm test',
    'PATH=. npm test',
    'env PATH=. npm test',
    '"PATH"=. npm test',
    'npm test; A=1',
    'env',
    'npm test && env',
  ])('are left by %j', (command) => {
    expect(commandStaysWithin(command, [['npm', 'test']])).toBe(false);
  });

  it.each([
    ['git -C . push', true],
    ['git -c a=b -C x --no-pager push --force', true],
    ['git --git-dir=x push', true],
    ['git --git-dir x push', true],
    ['sh -c "git -C \'.\' push"', true],
    ['/usr/bin/git -C . push', true],
    [`git ${'-p '.repeat(1000)} push`, true],
    ['git --git-dir=x log push', false],
    ['git log -n 1 push', false],
    ['git -C', false],
    ['git -C . status && ls push', false],
  ])('stand behind options too: %j: %s', (command, is) => {
    expect(commandMentions(command, ['git', 'push'])).toBe(is);
  });

  it('are looked for in bounded time among options that never end', () => {
    const startedAt = performance.now();
    for (const command of ['git -a '.repeat(20_000), `git ${'-a '.repeat(40_000)}`])
      commandMentions(command, ['git', 'pu*s*h', 'x']);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });
});
