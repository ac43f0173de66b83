import { totalmem } from 'node:os';
import { basename, join } from 'node:path';
import type { InitializeParams } from 'vscode-languageserver-protocol';
import { z } from 'zod';
import { startProcess, type LiveProcess, type Sandbox } from '../../../platform/index.js';
import { wrapInLane } from '../../lane-command.js';
import type { ToolWorkspace } from '../../tool.js';
import type { FoundServer } from './find-server.js';
import { NODE_HEAP_MIB, type Language } from './language-table.js';
import { uriOf } from './open-documents.js';
import { ServerFault } from './server-fault.js';
import { ServerSession } from './server-session.js';

/** What holds servers. */
export interface ServerSurroundings {
  readonly sandbox: Sandbox;
  /** Folders that they must not see, such as CODETETHER_HOME. */
  readonly masked: readonly string[];
  /** Private memory of a server with all its processes. Default: a quarter of the machine's, at most 3 GiB. */
  readonly memoryBytes?: number;
}

/** A server that is to be started. */
export interface ServerStart {
  readonly surroundings: ServerSurroundings;
  readonly workspace: ToolWorkspace;
  readonly language: Language;
  readonly found: FoundServer;
}

/** In the state of a lane: what servers may write. */
const SCRATCH = 'servers';
const GIB = 1024 * 1024 * 1024;
const MEMORY_BYTES = Math.min(3 * GIB, Math.floor(totalmem() / 4));
/** Large projects take their time to load, but the first answer may come before. */
const INITIALIZE_MS = 30_000;

const initializedSchema = z.object({
  capabilities: z.looseObject({
    positionEncoding: z.string().optional(),
    diagnosticProvider: z.unknown().optional(),
    executeCommandProvider: z.object({ commands: z.array(z.string()).max(1000) }).optional(),
  }),
});

/**
 * Starts a server in the sandbox: without network, the workspace read-only, and a folder of its own to write to. Throws
 * {@link ServerFault} when it does not become ready.
 */
export async function startServer(start: ServerStart): Promise<ServerSession> {
  const { language, found, workspace } = start;
  const session = new ServerSession({
    program: await spawnServer(start),
    language,
    title: basename(found.program),
    root: workspace.root,
    memoryBytes: start.surroundings.memoryBytes ?? MEMORY_BYTES,
  });
  try {
    await session.beginWatching();
    const { capabilities } = await session.ask({
      method: 'initialize',
      params: initializeParams(workspace.root, found),
      result: initializedSchema,
      timeoutMs: INITIALIZE_MS,
    });
    const {
      positionEncoding = 'utf-16',
      executeCommandProvider,
      diagnosticProvider,
    } = capabilities;
    if (positionEncoding !== 'utf-16')
      throw new ServerFault(`${session.title} counts characters in a way that is not known here.`);
    session.notify('initialized', {});
    for (const command of executeCommandProvider?.commands ?? [])
      session.notes.offered.add(command);
    if (diagnosticProvider !== undefined && diagnosticProvider !== null)
      session.notes.offered.add('textDocument/diagnostic');
    return session;
  } catch (error) {
    session.die('it did not become ready');
    throw error;
  }
}

async function spawnServer({
  surroundings: { memoryBytes = MEMORY_BYTES, ...held },
  workspace,
  found,
}: ServerStart): Promise<LiveProcess> {
  const wrapped = await wrapInLane(held, workspace, {
    // What it says on standard error would stand between its messages.
    argv: [
      '/bin/sh',
      '-c',
      'exec "$@" 2>/dev/null',
      'server',
      found.program,
      ...found.candidate.args,
    ],
    network: 'none',
    extraEnv: {
      NODE_OPTIONS: `--max-old-space-size=${NODE_HEAP_MIB}`,
      CARGO_TARGET_DIR: join(workspace.state, SCRATCH, 'target'),
      GOFLAGS: '-mod=readonly',
      GOTOOLCHAIN: 'local',
    },
    scratch: SCRATCH,
  });
  return startProcess({ ...wrapped, maxMemoryBytes: memoryBytes });
}

function initializeParams(root: string, { candidate }: FoundServer): InitializeParams {
  const uri = uriOf(root);
  return {
    // It could not see our process from inside the sandbox, and would end itself.
    processId: null,
    clientInfo: { name: 'codetether' },
    rootUri: uri,
    workspaceFolders: [{ uri, name: basename(root) }],
    initializationOptions: candidate.initializationOptions ?? {},
    capabilities: {
      general: { positionEncodings: ['utf-16'] },
      window: { workDoneProgress: true },
      workspace: {
        configuration: true,
        workspaceFolders: true,
        didChangeWatchedFiles: { dynamicRegistration: true },
        workspaceEdit: { documentChanges: true },
        symbol: {},
      },
      textDocument: {
        synchronization: { didSave: false },
        publishDiagnostics: { versionSupport: true },
        diagnostic: { dynamicRegistration: true, relatedDocumentSupport: false },
        definition: { linkSupport: true },
        implementation: { linkSupport: true },
        references: {},
        hover: { contentFormat: ['plaintext', 'markdown'] },
        completion: { completionItem: { snippetSupport: false } },
        documentSymbol: { hierarchicalDocumentSymbolSupport: true },
        callHierarchy: {},
        rename: { prepareSupport: false },
      },
    },
  };
}
