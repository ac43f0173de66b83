import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand, type CommandResult } from './service-home.js';

/** A story as it stands in a PRD file. */
export interface PrdStory {
  readonly id: string;
  readonly title?: string;
  readonly depends_on?: readonly string[];
  readonly priority?: number;
  readonly passes?: boolean;
}

/** The one document that `ralph run --json` prints, as far as tests look at it. */
export interface RunDocument {
  readonly run_id: string;
  readonly workflow_id: string;
  readonly status: string;
  readonly branch: string;
  readonly base_commit: string;
  readonly head_commit: string;
  readonly stories: readonly {
    readonly id: string;
    readonly status: string;
    readonly reason: string;
    readonly attempts: number;
    readonly commit: string | null;
    readonly evidence: readonly {
      readonly check: string;
      readonly exit_code: number | null;
      readonly tree: string;
      readonly output_ref: string;
    }[];
    readonly input_tokens: number;
  }[];
  readonly totals: {
    readonly model_calls: number;
    readonly repeated_model_calls: number;
    readonly cost_usd: number | null;
  };
}

/** Every `feature-*.txt` must say ok; names the first that does not. Green where there is none. */
export const CHECK_SCRIPT = `for file in feature-*.txt; do
  [ -e "$file" ] || continue
  [ "$(cat "$file")" = ok ] || { echo "$file is not ok"; exit 1; }
done
`;

/** A home, a repository and a configuration for one run after the other. */
export class RalphProject {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'codetether-project-')));
  readonly home = join(this.root, 'home');
  readonly config = join(this.root, 'config.toml');
  private repositories = 0;

  constructor(baseUrl: string, contextWindow?: number) {
    const window = contextWindow === undefined ? '' : `context_window = ${contextWindow}\n`;
    const provider = `[providers.double]\nwire = "openai-chat"\nbase_url = "${baseUrl}"\nauth = "none"\n${window}`;
    writeFileSync(this.config, `default_model = "double/scripted"\n\n${provider}`);
  }

  /** A new repository with one commit; gives its folder. */
  repository(prd: {
    readonly stories: readonly PrdStory[];
    readonly checks?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string | Uint8Array>>;
  }): string {
    this.repositories += 1;
    const folder = join(this.root, `repo-${this.repositories}`);
    const document = {
      project: 'demo',
      feature: 'Feature',
      branch_name: 'feature/work',
      user_stories: prd.stories.map((story) => ({ title: `Title of ${story.id}`, ...story })),
      quality_checks: prd.checks ?? { test: 'bash test/check.sh' },
    };
    const files = {
      'README.md': '# demo\n',
      'test/check.sh': CHECK_SCRIPT,
      'prd.json': `${JSON.stringify(document, null, 2)}\n`,
      ...prd.files,
    };
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    this.git(folder, 'init', '-q', '-b', 'main');
    this.git(folder, 'config', 'user.name', 'Test');
    this.git(folder, 'config', 'user.email', 'test@localhost');
    this.git(folder, 'add', '-A');
    this.git(folder, 'commit', '-qm', 'start');
    return folder;
  }

  /** Runs the command line in `folder`. */
  run(folder: string, ...args: readonly string[]): Promise<CommandResult> {
    return runCommand(['--config', this.config, ...args], { CODETETHER_HOME: this.home }, folder);
  }

  /** `ralph run --json` in `folder`. */
  async ralph(
    folder: string,
    ...flags: readonly string[]
  ): Promise<{ code: number; document: RunDocument; stderr: string }> {
    const result = await this.run(folder, 'ralph', 'run', '-p', 'prd.json', '--json', ...flags);
    return { code: result.code, document: parseDocument(result), stderr: result.stderr };
  }

  git(folder: string, ...args: readonly string[]): string {
    return execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  prd(folder: string): { user_stories: { id: string; passes?: boolean }[] } {
    return JSON.parse(readFileSync(join(folder, 'prd.json'), 'utf8')) as {
      user_stories: { id: string; passes?: boolean }[];
    };
  }

  /** Stops the service and removes everything. */
  async close(): Promise<void> {
    await this.run(this.root, 'down');
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

function parseDocument(result: CommandResult): RunDocument {
  try {
    return JSON.parse(result.stdout) as RunDocument;
  } catch {
    throw new Error(`no JSON document (exit ${result.code})\n${result.stdout}\n${result.stderr}`);
  }
}
