import { parse } from 'smol-toml';
import { fieldsOf, jsonFields } from '../../../domain/index.js';

type Fields = Readonly<Record<string, unknown>>;

/** Names of what a manifest wants, for one kind of manifest. */
interface ManifestKind {
  /** How its packages are told from those of others. */
  readonly system: string;
  readonly isFile: (name: string) => boolean;
  readonly names: (text: string) => string[];
}

const NPM_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
const CARGO_TABLES = ['dependencies', 'dev-dependencies', 'build-dependencies'];
/** Lines of a manifest that are looked at, and characters of one; a longer one is no line that a person wrote. */
const MOST_LINES = 20_000;
const MOST_CHARACTERS = 2000;

const KINDS: readonly ManifestKind[] = [
  {
    system: 'npm',
    isFile: (name) => name === 'package.json',
    names: (text) => NPM_FIELDS.flatMap((field) => keysOf(jsonFields(text)?.[field])),
  },
  {
    system: 'pypi',
    isFile: (name) => name === 'pyproject.toml',
    names: (text) => pyprojectNames(tomlFields(text)),
  },
  {
    system: 'pypi',
    isFile: (name) => /^(?:.{0,60}-)?requirements(?:[-.].{0,60})?\.(?:txt|in)$/.test(name),
    names: (text) => lines(text).flatMap((line) => requirementName(line)),
  },
  {
    system: 'cargo',
    isFile: (name) => name === 'Cargo.toml',
    names: (text) => cargoNames(tomlFields(text)),
  },
  {
    system: 'go',
    isFile: (name) => name === 'go.mod',
    names: (text) =>
      lines(text).flatMap((line) =>
        firstGroup(/^\s{0,20}(?:require\s{1,20})?([\w./~-]{3,300})\s{1,20}v\d/.exec(line)),
      ),
  },
  {
    system: 'gem',
    isFile: (name) => name === 'Gemfile' || name.endsWith('.gemspec'),
    names: (text) =>
      lines(text).flatMap((line) =>
        firstGroup(
          /^\s{0,80}(?:gem|\w{1,20}\.add_\w{0,20}_?dependency)[\s(]{1,5}["']([\w.-]+)["']/.exec(
            line,
          ),
        ),
      ),
  },
  {
    system: 'composer',
    isFile: (name) => name === 'composer.json',
    names: (text) =>
      ['require', 'require-dev'].flatMap((field) => keysOf(jsonFields(text)?.[field])),
  },
  { system: 'maven', isFile: (name) => name === 'pom.xml', names: mavenNames },
  {
    system: 'maven',
    isFile: (name) => /^build\.gradle(?:\.kts)?$/.test(name) || name.endsWith('.versions.toml'),
    names: (text) =>
      lines(text).flatMap((line) =>
        firstGroup(/["']([\w.-]+:[\w.-]+)(?::[^"']{1,100})?["']/.exec(line)),
      ),
  },
];

/** The kind of a manifest by its name; undefined for any other file. */
export function isManifest(path: string): boolean {
  return kindOf(path) !== undefined;
}

/** What a manifest wants, as `npm left-pad`, sorted, each once; nothing of a text that cannot be read. Pure. */
export function namedDependencies(path: string, text: string): string[] {
  const kind = kindOf(path);
  if (kind === undefined) return [];
  const names = kind.names(text).map((name) => `${kind.system} ${name}`.slice(0, 200));
  return [...new Set(names)].toSorted();
}

function kindOf(path: string): ManifestKind | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return KINDS.find(({ isFile }) => isFile(name));
}

function keysOf(value: unknown): string[] {
  return Object.keys(fieldsOf(value));
}

function tomlFields(text: string): Fields {
  try {
    return fieldsOf(parse(text));
  } catch {
    return {};
  }
}

function pyprojectNames(document: Fields): string[] {
  const project = fieldsOf(document['project']);
  const poetry = fieldsOf(fieldsOf(document['tool'])['poetry']);
  const groups = Object.values(fieldsOf(poetry['group'])).map(
    (group) => fieldsOf(group)['dependencies'],
  );
  const lists = [
    project['dependencies'],
    ...Object.values(fieldsOf(project['optional-dependencies'])),
    ...Object.values(fieldsOf(document['dependency-groups'])),
  ];
  return [
    ...lists.flatMap((list) =>
      Array.isArray(list)
        ? list.flatMap((item) => (typeof item === 'string' ? requirementName(item) : []))
        : [],
    ),
    ...[poetry['dependencies'], poetry['dev-dependencies'], ...groups]
      .flatMap(keysOf)
      .filter((name) => name !== 'python')
      .map(plainPython),
  ];
}

function cargoNames(document: Fields): string[] {
  const tables = [
    document,
    fieldsOf(document['workspace']),
    ...Object.values(fieldsOf(document['target'])).map(fieldsOf),
  ];
  return tables.flatMap((table) => CARGO_TABLES.flatMap((name) => keysOf(table[name])));
}

function requirementName(line: string): string[] {
  return firstGroup(/^\s{0,20}([A-Za-z0-9][\w.-]*)/.exec(line)).map(plainPython);
}

function plainPython(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

function mavenNames(text: string): string[] {
  return text
    .slice(0, MOST_LINES * 100)
    .split('<dependency>')
    .slice(1)
    .flatMap((part) => {
      const inner = part.slice(0, MOST_CHARACTERS);
      const group = firstGroup(/<groupId>\s{0,20}([\w.${}-]{1,200})/.exec(inner))[0];
      const artifact = firstGroup(/<artifactId>\s{0,20}([\w.${}-]{1,200})/.exec(inner))[0];
      return group === undefined || artifact === undefined ? [] : [`${group}:${artifact}`];
    });
}

function lines(text: string): string[] {
  return text.split('\n', MOST_LINES).map((line) => line.slice(0, MOST_CHARACTERS));
}

function firstGroup(found: RegExpExecArray | null): string[] {
  return found?.[1] === undefined ? [] : [found[1]];
}
