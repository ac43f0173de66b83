import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hiddenGlobs,
  judgeCall,
  MOST_RULES,
  parsePermissionRule,
  refusalText,
  type PermissionEffect,
  type PermissionRule,
  type PermissionSet,
} from '../../../../src/domain/definitions/permission.js';

function rule(text: string, effect: PermissionEffect): PermissionRule {
  const parsed = parsePermissionRule(text, effect);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

interface Lists {
  readonly allow?: readonly string[];
  readonly ask?: readonly string[];
  readonly deny?: readonly string[];
  readonly otherwise?: PermissionEffect;
}

function set(
  { allow = [], ask = [], deny = [], otherwise = 'allow' }: Lists,
  source = 'a.toml',
): PermissionSet {
  return {
    source,
    otherwise,
    rules: [
      ...allow.map((text) => rule(text, 'allow')),
      ...ask.map((text) => rule(text, 'ask')),
      ...deny.map((text) => rule(text, 'deny')),
    ],
  };
}

function effect(lists: Lists, tool: string, subjects: readonly string[] | null = []): string {
  return judgeCall([set(lists)], { tool, subjects }).effect;
}

describe('a rule', () => {
  it.each([
    ['bash', { tool: 'bash' }],
    ['Bash', { tool: 'bash' }],
    ['bash(git push)', { tool: 'bash', pattern: 'git push' }],
    ['Read', { tool: 'read' }],
    ['read_file', { tool: 'read_file' }],
    ['WebFetch(example.com)', { tool: 'webfetch', pattern: 'example.com' }],
    ['edit(src/{a,b}/**)', { tool: 'edit', pattern: 'src/{a,b}/**' }],
    ['write', { tool: 'write_file' }],
    ['web', { tool: 'web' }],
    ['MultiEdit', { tool: 'multiedit' }],
    ['mcp__github__*', { tool: 'mcp__github__*' }],
    ['task(review)', { tool: 'task', pattern: 'review' }],
    ['*', { tool: '*' }],
    ['bash(*)', { tool: 'bash' }],
    [' bash ( ls ) ', { tool: 'bash', pattern: 'ls' }],
    ['read(./secrets/**)', { tool: 'read', pattern: 'secrets/**' }],
    ['files(/.//secrets)', { tool: 'files', pattern: 'secrets' }],
    ['edit(./**)', { tool: 'edit' }],
    ['bash(./run.sh)', { tool: 'bash', pattern: './run.sh' }],
    ['run(./run.sh)', { tool: 'run', pattern: './run.sh' }],
  ])('%s is understood', (text, expected) => {
    expect(parsePermissionRule(text, 'deny')).toEqual({ effect: 'deny', ...expected });
  });

  it.each([
    ['bsah', 'there is no tool or group of tools "bsah"'],
    ['', 'there is no tool or group of tools ""'],
    ['bash(git', 'the bracket is never closed'],
    ['question(x)', 'calls of question have nothing that a pattern could be compared with'],
    ['mcp__a__b(x)', 'calls of mcp__a__b have nothing that a pattern could be compared with'],
    [`edit(${'{a,b}'.repeat(12)})`, 'this glob stands for too many names'],
    [`bash(${'x'.repeat(400)})`, 'longer than 300 characters'],
  ])('%s is refused with its reason', (text, problem) => {
    expect(parsePermissionRule(text, 'deny')).toEqual({ problem });
  });
});

it('a name that is allowed at the root is not allowed below other folders', () => {
  const lists: Lists = { allow: ['edit(./src)'], otherwise: 'deny' };
  expect(effect(lists, 'edit', ['src/a.ts'])).toBe('allow');
  expect(effect(lists, 'edit', ['lib/src/a.ts'])).toBe('deny');
  expect(effect({ allow: ['edit(./src/**)'], otherwise: 'deny' }, 'edit', ['src/a'])).toBe('allow');
});

describe('the judgement of a call', () => {
  it('is the strictest of what matches: deny over ask over allow', () => {
    const lists = { allow: ['bash'], ask: ['bash(git)'], deny: ['bash(git push)'] };
    expect(effect(lists, 'bash', ['ls'])).toBe('allow');
    expect(effect(lists, 'bash', ['git status'])).toBe('ask');
    expect(effect(lists, 'bash', ['git push origin'])).toBe('deny');
  });

  it('says which rule and where it stands', () => {
    const ruling = judgeCall([set({ deny: ['bash(git push)'] }, '/repo/codetether.toml')], {
      tool: 'bash',
      subjects: ['git push'],
    });
    expect(ruling).toEqual({ effect: 'deny', rule: 'bash(git push) in /repo/codetether.toml' });
    expect(refusalText('bash', ruling)).toBe(
      'bash: not run, this call is denied by the rule bash(git push) in /repo/codetether.toml. Do the work without it; asking again or writing it in another way changes nothing.',
    );
  });

  it('is the default where no rule speaks of the call', () => {
    expect(effect({ otherwise: 'deny', allow: ['read'] }, 'grep', ['.'])).toBe('allow');
    expect(effect({ otherwise: 'deny', allow: ['read'] }, 'bash', ['ls'])).toBe('deny');
    expect(effect({ otherwise: 'ask' }, 'edit', ['a'])).toBe('ask');
    expect(judgeCall([set({ otherwise: 'ask' })], { tool: 'edit', subjects: ['a'] }).rule).toBe(
      'otherwise = "ask" in a.toml',
    );
  });

  it('has to pass every set, so that a further one only tightens', () => {
    const own = set({ deny: ['web'] }, 'own.toml');
    const theirs = set({ allow: ['*'], deny: ['bash(rm)'] }, 'theirs.toml');
    const judge = (tool: string, subjects: readonly string[]) =>
      judgeCall([own, theirs], { tool, subjects }).effect;
    expect(judge('webfetch', ['a.example'])).toBe('deny');
    expect(judge('bash', ['rm -rf x'])).toBe('deny');
    expect(judge('bash', ['ls'])).toBe('allow');
  });

  it.each([
    ['git push', true],
    ['git   push', true],
    ['cd x && git push --force', true],
    ['echo a; git push', true],
    ['(git push)', true],
    ['bash -c "git push"', true],
    ["sh -c 'git push'", true],
    ['X=1 sudo -u me git push', true],
    ['g\\it push', true],
    ['git pu""sh', true],
    ['/usr/bin/git push', true],
    ['echo $(git push)', true],
    ['git \\\n push', true],
    ['a\ngit push', true],
    ['git status', false],
    ['git pushed', false],
    ['legit push', false],
  ])('deny bash(git push) for %j: %s', (command, isDenied) => {
    expect(effect({ deny: ['bash(git push)'] }, 'bash', [command]) === 'deny').toBe(isDenied);
  });

  it.each([
    ['npm test', true],
    ['npm test -- --watch=false', true],
    ['npm test && npm test', true],
    ['CI=1 npm test', false],
    ['nice npm test', true],
    ['npm test 2>&1', true],
    ['npm test 2>/dev/null', true],
    ['npm test; rm -rf /', false],
    ['npm test $(rm x)', false],
    ['npm test `rm x`', false],
    ['npm test > /etc/x', false],
    ['npm test >> x', false],
    ['npm testing', false],
    ['rm x | npm test', false],
    ['npm test & rm x', false],
    ['npm test <(rm x)', false],
    ['npm test << E\nE', false],
    ['', true],
  ])('allow bash(npm test) with default deny covers %j: %s', (command, isAllowed) => {
    const lists: Lists = { allow: ['bash(npm test)'], otherwise: 'deny' };
    expect(effect(lists, 'bash', [command]) === 'allow').toBe(isAllowed);
  });

  it.each([
    ['npm run test:*', 'npm run test:unit', true],
    ['npm run test:*', 'npm run lint', false],
    ['git commit *', 'git commit -m x', true],
    ['git:*', 'git log', true],
    ['npx a*c', 'npx abc', true],
    ['npx a*c', 'npx ab', false],
    ['npx a*b*c', 'npx a--b--c', true],
    ['npx ab*ba', 'npx aba', false],
  ])('%s for %j: %s', (pattern, command, isMatched) => {
    expect(effect({ deny: [`bash(${pattern})`] }, 'bash', [command]) === 'deny').toBe(isMatched);
  });

  it.each([
    ['edit(src/generated/**)', 'write_file', 'src/generated/a.ts', 'deny'],
    ['edit(src/generated)', 'edit', 'src/generated/deep/a.ts', 'deny'],
    ['edit(src/generated/)', 'edit', 'src/generated/a', 'deny'],
    ['edit(src/generated/**)', 'edit', 'src/a.ts', 'allow'],
    ['edit(*.lock)', 'apply_patch', 'deep/yarn.lock', 'deny'],
    ['read(secrets/**)', 'read_file', 'secrets/key', 'deny'],
    ['read(secrets/**)', 'grep', 'secrets/key', 'deny'],
    ['read(secrets/**)', 'edit', 'secrets/key', 'allow'],
    ['read_file(.env)', 'read_file', 'packages/a/.env', 'deny'],
    ['webfetch(example.com)', 'webfetch', 'EXAMPLE.com', 'deny'],
    ['webfetch(example.com)', 'webfetch', 'a.example.com', 'allow'],
    ['webfetch(*.example.com)', 'webfetch', 'a.b.example.com', 'deny'],
    ['webfetch(.example.com)', 'webfetch', 'example.com', 'deny'],
    ['webfetch(.example.com)', 'webfetch', 'badexample.com', 'allow'],
    ['mcp__github__*', 'mcp__github__create', '', 'deny'],
    ['mcp__github__*', 'mcp__gitlab__create', '', 'allow'],
    ['mcp', 'mcp__gitlab__create', '', 'deny'],
    ['task(rev*)', 'task', 'review', 'deny'],
    ['*', 'use_tool', '', 'deny'],
  ])('deny %s, %s of %s: %s', (...[text, tool, subject, expected]) => {
    expect(effect({ deny: [text] }, tool, [subject])).toBe(expected);
  });

  it('forbids typing into a program that runs where a part of bash is forbidden', () => {
    expect(effect({ deny: ['bash(git push)'] }, 'bash_input', null)).toBe('deny');
    expect(effect({ deny: ['web'] }, 'bash_input', null)).toBe('allow');
    expect(effect({ deny: ['bash(git push)'] }, 'bash_output', [])).toBe('allow');
  });

  it('forbids what nobody knows beforehand as soon as one rule has a pattern', () => {
    expect(effect({ deny: ['edit(a/**)'] }, 'undo', null)).toBe('deny');
    expect(effect({ allow: ['edit(a/**)'], otherwise: 'deny' }, 'undo', null)).toBe('deny');
    expect(effect({ allow: ['edit'], otherwise: 'deny' }, 'undo', null)).toBe('allow');
  });

  it('allows a call of several paths only when all of them are covered', () => {
    const lists: Lists = { allow: ['edit(a/**)', 'edit(b/**)'], otherwise: 'deny' };
    expect(effect(lists, 'multiedit', ['a/x', 'b/y'])).toBe('allow');
    expect(effect(lists, 'multiedit', ['a/x', 'c/y'])).toBe('deny');
  });

  it('never loosens by a further set, and a denied call stays denied whatever stands around it', () => {
    const texts = ['bash', 'bash(git)', 'edit', 'edit(a/**)', 'read', 'web', '*', 'bash(rm -rf)'];
    const lists = fc.record({
      allow: fc.subarray(texts),
      ask: fc.subarray(texts),
      deny: fc.subarray(texts),
      otherwise: fc.constantFrom<PermissionEffect>('allow', 'ask', 'deny'),
    });
    const call = fc.constantFrom(
      { tool: 'bash', subjects: ['git log; rm -rf x'] },
      { tool: 'edit', subjects: ['a/b'] },
      { tool: 'grep', subjects: ['.'] },
      { tool: 'webfetch', subjects: ['a.b'] },
    );
    const strictness = { allow: 0, ask: 1, deny: 2 };
    fc.assert(
      fc.property(fc.array(lists, { maxLength: 4 }), lists, call, (before, further, one) => {
        const sets = before.map((each) => set(each));
        const first = judgeCall(sets, one).effect;
        const then = judgeCall([...sets, set(further)], one).effect;
        expect(strictness[then]).toBeGreaterThanOrEqual(strictness[first]);
      }),
    );
  });

  it('keeps its time on a long hostile command', () => {
    const command = `${'git '.repeat(30_000)}\n${'('.repeat(5000)}`;
    const startedAt = performance.now();
    effect({ deny: ['bash(git push)'], allow: ['bash(git)'], otherwise: 'ask' }, 'bash', [command]);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(
      effect({ allow: ['bash(git)'], otherwise: 'deny' }, 'bash', ['git '.repeat(40_000)]),
    ).toBe('deny');
  });
});

describe('what searches may not show', () => {
  it('is every glob that a rule forbids to read, or asks about', () => {
    const sets = [
      set({ deny: ['read(secrets/**)', 'edit(a/**)', 'bash(git)'], ask: ['grep(*.pem)'] }),
      set({ deny: ['read_file(.env)'], allow: ['read(b/**)'] }),
    ];
    expect(hiddenGlobs(sets, 'grep')).toEqual(['*.pem', 'secrets/**', '.env']);
    expect(hiddenGlobs(sets, 'glob')).toEqual(['secrets/**', '.env']);
    expect(hiddenGlobs([], 'grep')).toEqual([]);
  });

  it('counts rules for files, and begins at the root', () => {
    const deny = ['files(secrets/**)', 'read(./keys/**)', 'grep(/a/b)'];
    expect(hiddenGlobs([set({ deny })], 'grep')).toEqual(['secrets/**', 'keys/**', 'a/b']);
    expect(hiddenGlobs([set({ deny })], 'codesearch')).toEqual(['secrets/**', 'keys/**']);
    const rules: PermissionRule[] = [
      { effect: 'deny', tool: '*', pattern: './x/y' },
      { effect: 'ask', tool: 'read', pattern: './' },
    ];
    const frozen: PermissionSet = { source: 's', otherwise: 'allow', rules };
    expect(hiddenGlobs([frozen], 'glob')).toEqual(['x/y', '**']);
  });
});

it('rules are bounded, so that they can travel', () => {
  expect(MOST_RULES).toEqual({ sets: 12, rules: 200, text: 300, source: 500 });
});
