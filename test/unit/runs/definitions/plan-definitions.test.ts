import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { examineProjectFiles, loadConfig, trustProjectFile } from '../../../../src/config/index.js';
import { judgeCall } from '../../../../src/domain/definitions/permission.js';
import { permissionsOf, toldTools } from '../../../../src/domain/definitions/named-agent.js';
import {
  findDefinitions,
  planDefinitions,
  requireAgent,
} from '../../../../src/runs/definitions/plan-definitions.js';
import { modelFinder } from '../../../../src/runs/plan/plan-run.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

let root: string;
let repository: string;

beforeEach(async () => {
  root = await temporaryFolder();
  repository = join(root, 'repo');
  await mkdir(join(repository, '.git'), { recursive: true });
});

async function write(path: string, text: string | Buffer): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

function config() {
  const environment = {
    HOME: root,
    XDG_CONFIG_HOME: join(root, 'xdg'),
    CODETETHER_HOME: join(root, 'home'),
  };
  return loadConfig({ project: repository, environment });
}

async function find() {
  const loaded = await config();
  const findModel = modelFinder(loaded);
  return findDefinitions({ config: loaded, repository, findModel, person: root });
}

async function trust(path: string): Promise<void> {
  for (const file of await examineProjectFiles(join(root, 'home'), path))
    await trustProjectFile(join(root, 'home'), file);
}

const OWN = 'xdg/codetether-agent';
const agent = (fields: string, body = 'Look closely.'): string => `---\n${fields}\n---\n${body}\n`;

describe('agents of people', () => {
  it('are read from their files with everything that they may say', async () => {
    const file = await write(
      'repo/.codetether/agents/reviewer.md',
      agent(
        'name: reviewer\ndescription: Reviews changes\ntools: Read, Grep, Bash(git log:*)\nmodel: moonshotai/kimi-k2.5\nmax_turns: 9\npermissions:\n  deny:\n    - bash(git push)\n  default: ask',
      ),
    );
    const { definitions, warnings } = await find();
    expect(warnings).toEqual([]);
    expect(definitions.agents).toEqual([
      {
        name: 'reviewer',
        description: 'Reviews changes',
        source: file,
        access: 'write',
        tools: [
          { effect: 'allow', tool: 'read' },
          { effect: 'allow', tool: 'grep' },
          { effect: 'allow', tool: 'bash', pattern: 'git log:*' },
        ],
        model: { provider: 'moonshotai', model: 'kimi-k2.5' },
        contextWindow: expect.any(Number),
        maxTurns: 9,
        permissions: {
          source: file,
          rules: [{ effect: 'deny', tool: 'bash', pattern: 'git push' }],
          otherwise: 'ask',
        },
        prompt: 'Look closely.',
      },
    ]);
  });

  it('may call what their list says, and nothing else', async () => {
    await write(
      'repo/.codetether/agents/a.md',
      agent('description: d\ntools: [Read, Bash(git log)]'),
    );
    const { definitions } = await find();
    const own = requireAgent('a', definitions, []);
    const sets = permissionsOf(own);
    const judge = (tool: string, subjects: readonly string[]) =>
      judgeCall(sets, { tool, subjects }).effect;
    expect(judge('read_file', ['x'])).toBe('allow');
    expect(judge('bash', ['git log -1'])).toBe('allow');
    expect(judge('bash', ['git push'])).toBe('deny');
    expect(judge('webfetch', ['a.b'])).toBe('deny');
    expect(judge('story_done', [])).toBe('allow');
    expect(judge('use_tool', [])).toBe('allow');
    expect(toldTools(['bash', 'edit', 'grep', 'read_file', 'story_done'], own)).toEqual([
      'bash',
      'grep',
      'read_file',
      'story_done',
    ]);
  });

  it.each([
    ['tools: Read', 'read'],
    ['tools: Edit', 'write'],
    ['tools: Bash', 'write'],
    ['tools: "*"', 'read'],
    ['', 'read'],
    ['access: write', 'write'],
    ['access: read\ntools: Edit', 'read'],
  ])('with %j have access %s', async (fields, access) => {
    await write('repo/.codetether/agents/a.md', agent(`description: d\n${fields}`));
    expect((await find()).definitions.agents[0]?.access).toBe(access);
  });

  it.each([
    ['no head', 'x', ':1: agent not used: it does not begin with ---'],
    ['a bad name', agent('name: A b'), ':2: agent not used: its name is not made of small letters'],
    [
      'a name that is taken',
      agent('name: build'),
      ':2: agent not used: "build" is the name of a built-in agent',
    ],
    ['a bad access', agent('name: a\naccess: all'), ':3: agent not used: access is read or write'],
    ['bad turns', agent('name: a\nmax_turns: many'), ':3: agent not used: max_turns is a number'],
    ['bad tools', agent('name: a\ntools: 7'), ':3: agent not used: tools is no list of names'],
    [
      'bad rules',
      agent('name: a\npermissions:\n  deny: [bsah]'),
      ':3: agent not used: the rule "bsah": there is no tool',
    ],
    ['an unknown provider', agent('name: a\nmodel: nobody/x'), ':1: agent not used: '],
    ['broken YAML', agent('name: [a'), 'agent not used: '],
    [
      'a huge text',
      agent('name: a', 'x'.repeat(40_000)),
      'its text has more than 32000 characters',
    ],
    ['a huge file', `---\nname: a\n---\n${'x'.repeat(200_000)}`, 'not used: '],
    ['no text', Buffer.from([0, 1, 2, 0]), 'not used: it is no text'],
  ])('with %s are left out, with file and line', async (_name, text, warning) => {
    const file = await write('repo/.codetether/agents/bad.md', text);
    await write('repo/.codetether/agents/good.md', agent('description: d'));
    const { definitions, warnings } = await find();
    expect(definitions.agents.map(({ name }) => name)).toEqual(['good']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(file);
    expect(warnings[0]).toContain(warning);
  });

  it('leave out tools and models that mean nothing here, with a warning', async () => {
    await write(
      'repo/.codetether/agents/a.md',
      agent('name: a\ntools: Read, NotebookEdit\nmodel: sonnet'),
    );
    const { definitions, warnings } = await find();
    expect(definitions.agents[0]).toMatchObject({ tools: [{ tool: 'read' }] });
    expect(definitions.agents[0]).not.toHaveProperty('model');
    expect(warnings).toEqual([
      expect.stringContaining('a.md:3: "NotebookEdit" is left out of its tools'),
      expect.stringContaining('a.md:4: its model is left out'),
    ]);
  });

  it('of the person come first: no repository takes the place of one', async () => {
    const own = await write(`${OWN}/agents/a.md`, agent('description: mine'));
    const theirs = await write(
      'repo/.codetether/agents/a.md',
      agent('description: theirs\naccess: write'),
    );
    const { definitions, warnings } = await find();
    expect(definitions.agents).toMatchObject([{ name: 'a', description: 'mine', access: 'read' }]);
    expect(warnings).toEqual([
      `${theirs}: agent not used: ${own} has the same name and comes first`,
    ]);
  });

  it('of another client count when each file is trusted, with exactly this content', async () => {
    const file = await write('repo/.claude/agents/helper.md', agent('description: d'));
    expect((await find()).warnings[0]).toContain(`${file}: not used: it comes with the repository`);
    await trust(file);
    expect((await find()).definitions.agents).toMatchObject([{ name: 'helper' }]);
    await writeFile(file, agent('description: other'));
    const { definitions, warnings } = await find();
    expect(definitions.agents).toEqual([]);
    expect(warnings[0]).toContain('it was changed after you trusted it');
  });

  it('are not looked for behind links, nor outside of the repository', async () => {
    await write('elsewhere/agents/x.md', agent('description: private'));
    await mkdir(join(repository, '.codetether'), { recursive: true });
    await symlink(join(root, 'elsewhere/agents'), join(repository, '.codetether/agents'));
    expect((await find()).definitions.agents).toEqual([]);
    await rename(join(repository, '.codetether'), join(root, 'old'));
    await symlink(join(root, 'elsewhere'), join(repository, '.codetether'));
    expect((await find()).definitions.agents).toEqual([]);
    await rename(join(repository, '.codetether'), join(root, 'older'));
    await mkdir(join(repository, '.codetether/agents'), { recursive: true });
    await symlink(join(root, 'elsewhere/agents/x.md'), join(repository, '.codetether/agents/x.md'));
    expect((await find()).definitions.agents).toEqual([]);
  });

  it('that a command names must be there', async () => {
    await write('repo/.codetether/agents/bad.md', 'x');
    const loaded = await config();
    const request = { config: loaded, repository, findModel: modelFinder(loaded), person: root };
    await expect(planDefinitions(request, 'bad')).rejects.toMatchObject({
      code: 'ERR_AGENT_UNKNOWN',
      exitCode: 2,
      message: expect.stringContaining('bad.md:1: agent not used') as string,
      where: { field: '--agent' },
    });
    await expect(planDefinitions(request, 'nobody')).rejects.toMatchObject({
      message: 'there is no agent "nobody"',
    });
  });
});

const skill = (name: string, more = ''): string =>
  `---\nname: ${name}\ndescription: Use it: for ${name}\n${more}---\nSteps.\n`;

describe('skills', () => {
  it('of the person are read, and those of a repository when they are trusted', async () => {
    await write('.claude/skills/own/SKILL.md', skill('own'));
    const theirs = await write('repo/.agents/skills/theirs/SKILL.md', skill('theirs'));
    await write('repo/.agents/skills/theirs/scripts/run.sh', 'echo');
    await write('repo/.agents/skills/theirs/more.md', 'more');
    const before = await find();
    expect(before.definitions.skills.map(({ name }) => name)).toEqual(['own']);
    expect(before.warnings[0]).toContain(`codetether trust ${theirs}`);
    await trust(theirs);
    const { definitions, warnings } = await find();
    expect(warnings).toEqual([]);
    expect(definitions.skills).toMatchObject([
      { name: 'own', description: 'Use it: for own', files: [] },
      {
        name: 'theirs',
        folder: '.agents/skills/theirs',
        files: ['more.md', 'scripts/run.sh'],
        body: 'Steps.\n',
      },
    ]);
    expect(definitions.skills[0]).not.toHaveProperty('folder');
  });

  it('warn of a bad name and are used; without a description, or unreadable, they are not', async () => {
    await write('.claude/skills/a/SKILL.md', skill('Bad Name'));
    await write('.claude/skills/b/SKILL.md', '---\nname: b\n---\nx');
    await write('.claude/skills/c/SKILL.md', '---\nname: [c\n---\nx');
    await write('.claude/skills/d/SKILL.md', Buffer.from([0, 255, 0]));
    await write('.claude/skills/e/SKILL.md', skill('e') + 'x'.repeat(100_000));
    const { definitions, warnings } = await find();
    expect(definitions.skills.map(({ name }) => name)).toEqual(['Bad-Name']);
    expect(warnings).toHaveLength(5);
    expect(warnings.join('\n')).toContain('its name should be that of its folder');
    expect(warnings.join('\n')).toContain('no description');
  });

  it('are looked for five folders deep, in two thousand folders at most, and behind no link', async () => {
    await write('.claude/skills/1/2/3/4/5/SKILL.md', skill('deep'));
    await write('.claude/skills/1/2/3/4/x/6/SKILL.md', skill('too-deep'));
    await write('outside/SKILL.md', skill('outside'));
    await symlink(join(root, 'outside'), join(root, '.claude/skills/linked'));
    const { definitions } = await find();
    expect(definitions.skills.map(({ name }) => name)).toEqual(['deep']);
    const wide = Array.from({ length: 2100 }, (_, at) =>
      mkdir(join(root, '.agents/skills', String(at).padStart(5, '0')), { recursive: true }),
    );
    await Promise.all(wide);
    expect((await find()).warnings.join('\n')).toContain('more than 2000 folders');
  });
});

describe('hooks', () => {
  it('come from the configuration of the person, and from files of others when they are trusted', async () => {
    await write(
      `${OWN}/config.toml`,
      '[[hooks]]\nevent = "pre_tool"\nmatcher = "bash"\ncommand = "check"\n',
    );
    const settings = await write(
      'repo/.claude/settings.json',
      JSON.stringify({
        permissions: {},
        hooks: {
          PostToolUse: [
            { matcher: 'Edit|Write', hooks: [{ type: 'command', command: 'fmt', timeout: 600 }] },
          ],
          UserPromptSubmit: [{ hooks: [{ type: 'command', command: 'x' }] }],
          Stop: [{ hooks: [{ type: 'prompt' }] }],
        },
      }),
    );
    const before = await find();
    expect(before.definitions.hooks).toMatchObject([
      { event: 'pre_tool', command: 'check', timeoutS: 30 },
    ]);
    expect(before.warnings[0]).toContain(`codetether trust ${settings}`);
    await trust(settings);
    const { definitions, warnings } = await find();
    expect(definitions.hooks[1]).toEqual({
      event: 'post_tool',
      matcher: 'Edit|Write',
      command: 'fmt',
      timeoutS: 60,
      source: settings,
    });
    expect(warnings).toHaveLength(2);
  });

  it('of a project file need trust', async () => {
    const file = await write(
      'repo/codetether.toml',
      '[[hooks]]\nevent = "stop"\ncommand = "steal"\n',
    );
    await expect(config()).rejects.toMatchObject({ code: 'ERR_CONFIG_UNTRUSTED' });
    await trust(file);
    expect((await config()).hooks).toMatchObject([{ event: 'stop', source: file }]);
  });

  it('say nothing of settings without hooks', async () => {
    await write('repo/.claude/settings.json', '{"model": "x"}');
    await write('repo/.codex/hooks.json', 'no json');
    expect((await find()).warnings).toEqual([]);
  });
});

describe('rules', () => {
  it('of every file are a set of their own, and a project file needs no trust to tighten', async () => {
    const own = await write(`${OWN}/config.toml`, '[permissions]\nask = ["bash(git push)"]\n');
    const theirs = await write(
      'repo/codetether.toml',
      '[permissions]\nallow = ["*"]\ndeny = ["web"]\ndefault = "ask"\n[envelope]\nci_file = "deny"\n',
    );
    const { permissions, envelope } = await config();
    expect(permissions).toEqual([
      {
        source: own,
        rules: [{ effect: 'ask', tool: 'bash', pattern: 'git push' }],
        otherwise: 'allow',
      },
      {
        source: theirs,
        rules: [
          { effect: 'allow', tool: '*' },
          { effect: 'deny', tool: 'web' },
        ],
        otherwise: 'ask',
      },
    ]);
    expect(judgeCall(permissions, { tool: 'bash', subjects: ['git push'] }).effect).toBe('ask');
    expect(judgeCall(permissions, { tool: 'webfetch', subjects: ['a.b'] }).effect).toBe('deny');
    expect(envelope).toEqual({
      newDependency: 'allow',
      migration: 'allow',
      ciFile: 'deny',
      massDeletion: 'allow',
    });
  });

  it('that name no tool are refused with file and line', async () => {
    const file = await write(`${OWN}/config.toml`, '[permissions]\n\ndeny = ["bsah"]\n');
    await expect(config()).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      exitCode: 2,
      where: { file, line: 3, field: 'permissions.deny[0]' },
    });
  });

  it('of the earlier tool are still only warned of', async () => {
    await write(`${OWN}/config.toml`, '[permissions]\nrules = []\n');
    const { warnings, permissions } = await config();
    expect(permissions).toEqual([]);
    expect(warnings[0]).toContain('rules are lists here: allow, ask, deny and default');
  });
});

describe('instructions of the person', () => {
  it('lie beside the configuration, and are cut', async () => {
    const path = await write(`${OWN}/AGENTS.md`, 'Be brief.\n');
    expect((await find()).definitions.guide).toEqual({ path, text: 'Be brief.\n' });
    await writeFile(path, 'x'.repeat(20_000));
    const { definitions, warnings } = await find();
    expect(definitions.guide?.text).toHaveLength(8192);
    expect(warnings).toHaveLength(1);
  });
});

it('definitions are kept as they are: an edit in mid-run changes nothing', async () => {
  const file = await write('repo/.codetether/agents/a.md', agent('description: d', 'first'));
  const loaded = await config();
  const request = { config: loaded, repository, findModel: modelFinder(loaded), person: root };
  const { options } = await planDefinitions(request, 'a');
  await writeFile(file, agent('description: d', 'second'));
  const digest = options.definitions?.digest ?? '';
  const kept = await readFile(join(root, 'home/blobs', digest.slice(0, 2), digest), 'utf8');
  expect(kept).toContain('first');
  expect(createHash('sha256').update(kept).digest('hex')).toBe(digest);
  expect(options.agent).toBe('a');
});

it('nothing is kept where nobody defined anything', async () => {
  const loaded = await config();
  const request = { config: loaded, repository, findModel: modelFinder(loaded), person: root };
  expect((await planDefinitions(request, undefined)).options).toEqual({});
});
