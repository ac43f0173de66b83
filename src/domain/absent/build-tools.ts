import {
  absent,
  EXISTS,
  missingPaths,
  operands,
  optionValue,
  startPlace,
  type AbsentKind,
  type Place,
  type TreeWord,
} from './check-tree.js';
import { fieldsOf, jsonFields } from '../record-fields.js';

const cargo: AbsentKind = {
  tool: 'cargo',
  programs: ['cargo'],
  tree(words, place) {
    const named = optionValue(words, ['--manifest-path']);
    const here = startPlace(words, place, ['-C']);
    const [verb = ''] = operands(
      words.filter((word) => !word.startsWith('+')),
      ['--manifest-path', '-C', '-p', '--package', '--target'],
    );
    const isThere =
      named === undefined ? here.climb(['Cargo.toml']) !== undefined : here.has(named);
    const why = `there is no ${named ?? 'Cargo.toml'}`;
    if (verb === 'fetch' || verb === 'install' || verb === 'generate-lockfile')
      return { is: 'prepares', why: isThere ? null : why };
    return isThere ? EXISTS : absent(why);
  },
  said: {
    exitCodes: [1, 101],
    telling: /^error: (?:could not find `Cargo\.toml` in `|manifest path `)/,
  },
};

const GO_TAKING = [
  '-C',
  '-run',
  '-bench',
  '-count',
  '-timeout',
  '-tags',
  '-coverprofile',
  '-cpu',
  '-parallel',
  '-p',
  '-o',
  '-mod',
  '-ldflags',
  '-covermode',
  '-coverpkg',
  '-vettool',
  '-skip',
];

const go: AbsentKind = {
  tool: 'go',
  programs: ['go'],
  tree(words, place) {
    const [verb = '', ...patterns] = operands(words, GO_TAKING);
    const here = startPlace(words, place, ['-C']);
    const isThere = here.climb(['go.mod', 'go.work']) !== undefined;
    if (['mod', 'get', 'install', 'work', 'env', 'tool'].includes(verb))
      return { is: 'prepares', why: isThere ? null : 'there is no go.mod' };
    if (!isThere) {
      // single files need no module
      const files = patterns.filter((word) => word.endsWith('.go'));
      return files.length > 0
        ? (missingPaths(here, files) ?? EXISTS)
        : absent('there is no go.mod');
    }
    const missing = missingPaths(here, localFolders(patterns));
    if (missing !== undefined) return missing;
    return here.some((path) => path.endsWith('.go')) ? EXISTS : absent('there is no Go file');
  },
  said: {
    exitCodes: [1],
    telling:
      /^(?:go: (?:cannot find main module|go\.mod file not found)|no packages to (?:test|vet|build)$|pattern \S+: directory prefix \S+ does not contain )/,
    around:
      /^(?:# |go: warning: "[^"]*" matched no packages$|FAIL$|FAIL\t\S+ \[setup failed\]$|to create a module there|go mod init)/,
  },
};

/** `./pkg/...` as the folder `pkg`; the folder itself and import paths need no looking up. */
function localFolders(patterns: readonly string[]): string[] {
  const local = patterns
    .filter((word) => word.startsWith('./'))
    .map((word) => word.replace(/\/?\.\.\.$/, ''));
  return local.length === patterns.length
    ? local.filter((path) => path !== '.' && path !== './')
    : [];
}

const GRADLE_FILES = ['settings.gradle', 'settings.gradle.kts', 'build.gradle', 'build.gradle.kts'];

const gradle: AbsentKind = {
  tool: 'gradle',
  programs: ['gradle', 'gradlew', './gradlew'],
  tree(words, place) {
    const here = startPlace(words, place, ['-p', '--project-dir']);
    return here.climb(GRADLE_FILES) === undefined ? absent('there is no build.gradle') : EXISTS;
  },
  // Documented texts of Gradle 4 to 9; a build that lacks a task is one that has to pass
  said: {
    exitCodes: [1],
    telling:
      /^(?:Directory '[^']*' does not contain a Gradle build|Task '[^']*' not found in (?:root )?project )/,
    around:
      /^(?:openjdk version|OpenJDK |Starting a Gradle Daemon|Welcome to Gradle|To honour the JVM|FAILURE: Build failed|\* What went wrong:|\* Try:|(?:> )?Run |\* Get more help|BUILD FAILED in )/,
  },
};

const maven: AbsentKind = {
  tool: 'maven',
  programs: ['mvn', 'mvnw', './mvnw', 'mvnd'],
  tree(words, place) {
    const named = optionValue(words, ['-f', '--file']);
    const isThere =
      named === undefined
        ? place.has('pom.xml')
        : place.has(named) || place.has(`${named}/pom.xml`);
    return isThere ? EXISTS : absent(`there is no ${named ?? 'pom.xml'}`);
  },
  said: {
    exitCodes: [1],
    telling: /^\[ERROR\] The goal you specified requires a project to execute but there is no POM/,
    around: /^\[(?:ERROR|INFO)\]/,
  },
};

const PROJECTS = /\.(?:slnx?|csproj|fsproj|vbproj|proj)$/;

const dotnet: AbsentKind = {
  tool: 'dotnet',
  programs: ['dotnet'],
  tree(words, place) {
    const [verb = '', ...paths] = operands(words, [
      '-c',
      '--configuration',
      '-f',
      '--framework',
      '-o',
      '--output',
      '--filter',
      '-l',
      '--logger',
      '-v',
      '--verbosity',
      '-r',
      '--runtime',
      '--settings',
      '-s',
      '--collect',
      '--project',
    ]);
    const project = optionValue(words, ['--project']);
    const named = project === undefined ? paths.slice(0, 1) : [project];
    const missing = missingPaths(place, named);
    const isFile = named.some((path) => place.has(path));
    const here = named[0] === undefined ? place : place.at(named[0]);
    // only what lies directly in the folder is found by itself
    const isThere =
      isFile ||
      (missing === undefined && here.some((path) => !path.includes('/') && PROJECTS.test(path)));
    const why = 'there is no project or solution file';
    if (verb === 'restore' || verb === 'tool') return { is: 'prepares', why: isThere ? null : why };
    return isThere ? EXISTS : (missing ?? absent(why));
  },
  // Documented text of MSBuild
  said: {
    exitCodes: [1],
    telling: /^MSBUILD : error MSB10(?:03|09): /,
    around: /^(?:Switch: |Determining projects)/,
  },
};

const COMPOSER_VERBS = new Set(
  'install update require remove dump-autoload dumpautoload show outdated audit check-platform-reqs diagnose licenses validate exec status'.split(
    ' ',
  ),
);

async function composerScript(
  place: Place,
  { path, script }: { readonly path: string; readonly script: string },
): Promise<TreeWord> {
  const manifest = jsonFields(await place.text(path));
  const isThere = manifest === undefined || Object.hasOwn(fieldsOf(manifest['scripts']), script);
  return isThere ? EXISTS : absent(`${path} has no script "${script}"`);
}

const composer: AbsentKind = {
  tool: 'composer',
  programs: ['composer'],
  async tree(words, place) {
    const here = startPlace(words, place, ['-d', '--working-dir']);
    const [verb = '', ...rest] = operands(words, ['-d', '--working-dir', '--timeout']);
    const path = here.find(['composer.json']);
    const why = 'there is no composer.json';
    if (verb === 'install' || verb === 'update' || verb === 'dump-autoload')
      return { is: 'prepares', why: path === undefined ? why : null };
    if (path === undefined) return absent(why);
    const script = verb === 'run' || verb === 'run-script' ? rest[0] : verb;
    return script === undefined || COMPOSER_VERBS.has(verb)
      ? EXISTS
      : composerScript(here, { path, script });
  },
  said: {
    exitCodes: [1],
    telling:
      /^(?:Composer could not find a composer\.json file in |Command "[^"]*" is not defined\.|Script "[^"]*" is not defined in this package)/,
    around: /^(?:To initialize a project|In \w+\.php line \d+:|run-script \[|Did you mean )/,
  },
};

/** Rows of the tools that build and test in their language. */
export const BUILD_KINDS: readonly AbsentKind[] = [cargo, go, gradle, maven, dotnet, composer];
