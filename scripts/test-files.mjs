// What `npm test` leaves out, so that it ends within ten minutes on two cores; `npm test -- --all` and `.ci/run` run it.

/** By level, without `.test.ts`. */
const LONG = {
  // real checks, package managers and git in one lane after the other
  unit: [
    'activities/proof/run-caches',
    'activities/proof/trial/base-controls',
    'activities/proof/trial/side-by-side',
    'activities/proof/trial/story-trial',
    'activities/workspace/person-git',
    'activities/workspace/setup/prepare-dependencies',
    'activities/workspace/setup/setup-packages',
    'activities/workspace/submodules',
    'activities/workspace/unusual-repositories',
  ],
  // outages of minutes, processes that stand still longer than their heartbeats, each role killed and each act of an operator in runs of their own
  fault: [
    'crash-points',
    'kills',
    'operator-ends',
    'operator-parallel',
    'operator-pauses',
    'operator-resets',
    'outage',
    'proof-canaries',
    'proof-canaries-managed',
    'proof-corpus',
    'proof-landed',
    'rlm-kill-points',
    'standing-still',
    'swarm-kills',
  ],
  // languages and their compilers, some once for each way into the sandbox; a judge of clients that lets them wait; many runs of one kind, of which another file has the first
  e2e: [
    'attach',
    'board',
    'build-caches',
    'compiled-languages',
    'explain',
    'foreign-prds',
    'house-keeping',
    'languages',
    'llmock',
    'mcp-judges',
    'morning',
    'new-project',
    'parallel',
    'proof-corpus',
    'proof-given-trees',
    'recall',
    'repositories',
    'rlm-retry',
    'secrets',
    'server-stories',
    'swarm-ends',
    'swarm-files',
    'swarm-locks',
    'unusual-input',
    'upgrade',
    'upgrade-replayed',
  ],
};

/** Files that last long, from the root of the repository. */
export const LONG_FILES = Object.entries(LONG).flatMap(([level, names]) =>
  names.map((name) => `test/${level}/${name}.test.ts`),
);
