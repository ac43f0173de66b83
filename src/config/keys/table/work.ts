import type { KeyDocs } from '../key-doc.js';

/** What runs do: models, checks, dependencies, rules, limits. */
export const WORK_KEYS: KeyDocs = {
  default_model: ['moonshotai/kimi-k2.5', '`PROVIDER/MODEL`, split at the first slash'],
  fallback_models: [
    'none',
    '`PROVIDER/MODEL` list: they answer, in this order, while the chosen model is gone, out of quota, asks for more than five minutes, or failed with 5xx four times in a row. The chosen one is asked again after ten minutes',
  ],
  'checks[].name': [
    'detected',
    'name of a check; the list is used when neither `--check` nor the PRD names one',
  ],
  'checks[].command': ['detected', 'command whose exit code decides'],
  'checks[].timeout_s': ['900', 'seconds that the check may take'],
  setup: ['none', 'the same as `workspace.setup`, weaker'],
  'workspace.setup': [
    'detected by lock file',
    "commands that prepare dependencies, run in the PRD's folder; an empty list means none",
    'Dependencies',
  ],
  'workspace.setup_timeout_s': ['900', 'time limit of one set-up command, retries included'],
  'workspace.copy': [
    'none',
    'ignored files of your checkout that every lane gets, for example `.env.test`; agents can read them',
  ],
  'workspace.caches': [
    'true',
    'build caches that proofs find warm: `true` = all that are recognised, `false` = none, or a list of `go`, `cargo`, `ccache`, `cmake`, `node`, `mypy`, `ruff`, `maven`, `gradle`',
  ],
  'workspace.share': [
    'none',
    'folders outside the repository that set-up may write to; agents and checks read them. Every set-up writes there itself, those of stories too: name none whose content you would not have changed',
  ],
  'workspace.extra_dirs': [
    'none',
    'folders outside the repository that set-up, agents and checks may read',
  ],
  'workspace.submodule_hosts': [
    'none',
    "machines from which submodules may be fetched, besides those of the repository's own remotes",
  ],
  paths: [
    'everything',
    'the only files and folders that stories may change, relative to the repository; a change outside fails the attempt',
  ],
  'permissions.allow': [
    'none',
    'calls of agents that are allowed; every file only tightens',
    'Rules, agents, skills and hooks of your own',
  ],
  'permissions.ask': ['none', 'calls that wait for a person'],
  'permissions.deny': ['none', 'calls that are refused'],
  'permissions.default': [
    'allow',
    'what holds for calls that no rule speaks of: `allow`, `ask`, `deny`',
  ],
  'envelope.new_dependency': [
    'allow',
    'what becomes of a story that adds a dependency: `allow`, `park` (set aside until you say yes), `deny`. The strictest of all files counts, as for all of `[envelope]`',
  ],
  'envelope.migration': ['allow', 'the same for a story that adds or changes a migration'],
  'envelope.ci_file': ['allow', 'the same for a story that changes files of CI'],
  'envelope.mass_deletion': ['allow', 'the same for a story that deletes much'],
  'envelope.push': ['allow', 'the same for calls that push or publish'],
  'envelope.external_request': ['allow', 'the same for calls that ask the web'],
  'hooks[].event': [
    '–',
    "moment of every agent's work at which the command runs, in the sandbox",
    'Rules, agents, skills and hooks of your own',
  ],
  'hooks[].matcher': ['all', 'which calls it is for'],
  'hooks[].command': ['–', 'the command'],
  'hooks[].timeout_s': ['30', 'seconds that it may take'],
  'proof.canaries': [
    'auto',
    'when a proof tries whether checks still notice failures: `auto` = when a story changed what they mean, `always`, `off`',
    'What green means',
  ],
  'questions.wait': [
    '10m',
    'how long an agent waits for the answer to a question (`--question-wait`)',
  ],
  'questions.unattended': [
    'park',
    'what happens without an answer: `park` sets the story aside, `deny` has the agent decide (`--unattended`)',
  ],
  'sub_agents.max_depth': [
    '1',
    'levels of agents below an agent of a run (0 to 3), as it is when a run starts',
    'Agents that start agents',
  ],
  'sub_agents.max_count': ['20', 'agents below an agent of a run in all (0 to 100)'],
  'swarm.confirm_above_usd': [
    'none',
    'US dollars of the upper estimate above which a swarm or its retry wants `--yes`, and a plan of the model waits; more than 25 agents always do',
    'Swarms',
  ],
  'rlm.tools': [
    'none',
    'tools that the code of `codetether rlm` may call (`--tools`), not that of `explain`: `glob`, `grep`, `list_dir`, `read_file`',
  ],
  'lsp.diagnostics': [
    'true',
    'whether new errors are told after edits',
    'Language servers and formatters',
  ],
  'lsp.languages.NAME': [
    'true',
    'a switch for each of `typescript` (with JavaScript), `python`, `go`, `rust`, `cpp`; the tool `lsp` is there all the same',
  ],
  'format.NAME': [
    'none',
    'command that formats what agents edit, by endings: `ts = "node_modules/.bin/prettier --stdin-filepath \\"$FILE\\""`, `"c,h,cpp" = "clang-format --assume-filename=\\"$FILE\\""`, `go = "gofmt"`',
    'Language servers and formatters',
  ],
};
