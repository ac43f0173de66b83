import { join } from 'node:path';

/** Absolute paths of everything that one CODETETHER_HOME holds (design.md section 1). */
export interface HomePaths {
  readonly root: string;
  /** Database, lock and logs of the embedded Temporal server. */
  readonly temporal: string;
  /** One folder a run: record, report. */
  readonly runs: string;
  /** Content-addressed bytes. */
  readonly blobs: string;
  /** One NDJSON file a run. */
  readonly events: string;
  /** Bare clones, lanes, proof lanes. */
  readonly workspaces: string;
  /** Step journal. */
  readonly journal: string;
  /** Task tokens of running activities, one folder a worker process. */
  readonly inflight: string;
  /** Who works in which lane now, one folder a lane. */
  readonly holds: string;
  /** Package caches of set-ups, one folder a repository. */
  readonly cache: string;
  /** What builds left on untouched bases, one folder a repository. */
  readonly buildCaches: string;
  /** Workflow bundles that served runs, by digest. */
  readonly bundles: string;
  /** Tasks from outside, one folder each: request, clone, artifacts, deliveries. */
  readonly tasks: string;
  /** Private homes of MCP servers, one folder a server. */
  readonly mcp: string;
  /** Configurations of deliveries of updates, one folder a task. */
  readonly pushes: string;
  /** Messages about runs that are on their way to people. */
  readonly notices: string;
  /** Programs that a model wrote, by digest. */
  readonly scripts: string;
  /** Supervisor and worker logs. */
  readonly logs: string;
}

/** The folder layout below `root` (an absolute path); creates nothing. */
export function homePaths(root: string): HomePaths {
  return {
    root,
    temporal: join(root, 'temporal'),
    runs: join(root, 'runs'),
    blobs: join(root, 'blobs'),
    events: join(root, 'events'),
    workspaces: join(root, 'workspaces'),
    journal: join(root, 'journal'),
    inflight: join(root, 'inflight'),
    holds: join(root, 'holds'),
    cache: join(root, 'cache'),
    buildCaches: join(root, 'build-caches'),
    bundles: join(root, 'bundles'),
    tasks: join(root, 'tasks'),
    mcp: join(root, 'mcp'),
    pushes: join(root, 'pushes'),
    notices: join(root, 'notices'),
    scripts: join(root, 'scripts'),
    logs: join(root, 'logs'),
  };
}
