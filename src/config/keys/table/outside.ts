import type { KeyDocs } from '../key-doc.js';

/** Who else there is: the network, servers of tools, agents and platforms elsewhere. */
export const OUTSIDE_KEYS: KeyDocs = {
  'egress.allow': [
    'none',
    'hosts that set-up commands may reach beside the registries: `host`, `.suffix` or `*`, with `:port` when that is not 443',
    'Walls',
  ],
  'egress.allow_private': ['none', 'the same for hosts that may lie on a private network'],
  'egress.setup_network': [
    'registries',
    '`open` gives set-up commands the network of this machine, its loopback included; also `--setup-network`',
  ],
  'web.allow': [
    'none',
    'hosts whose pages agents may read with `webfetch`: `host`, `.suffix` or `*`, with `:PORT` when it is neither 80 nor 443. Without any the tool is not offered',
  ],
  'web.allow_private': [
    'none',
    'the same for hosts that may lie on this machine or a private network',
  ],
  'web.search': [
    'none',
    'engine of `websearch`: `searxng` (needs `search_url`), `brave`, `tavily`, `exa` (keys in Vault: `codetether auth set brave`)',
  ],
  'web.search_url': ['none', 'address of the engine'],
  'notify.webhook': [
    'none',
    'https address (http on this machine only) that is told about runs: JSON in snake_case, 10 s, three tries, then now and again for a day',
    'Messages about runs',
  ],
  'notify.command': [
    'none',
    'program and arguments that get the same JSON on standard input, 30 s, one try; no shell reads it, and no wall is around it',
  ],
  'notify.events': [
    '["end"]',
    'of `end`, `waiting`, `paused` (the whole run), `story` (passed), `blocked`, `question`, `budget`, `limit` (of a provider)',
  ],
  'notify.signed': [
    'false',
    'posts carry a signature of Standard Webhooks by the key that `codetether auth set notify` keeps in Vault',
  ],
  'notify.quiet_hours': [
    'none',
    'local time in which nobody is told, for example `22:00-07:00`; what happened then comes as one message, `digest`',
  ],
  'notify.urgent': ['none', 'events that are told in quiet hours too'],
  'mcp.servers.NAME.command': [
    'none',
    'program of a server of tools on standard streams',
    'Servers of tools (MCP)',
  ],
  'mcp.servers.NAME.args': ['none', 'its arguments'],
  'mcp.servers.NAME.env': [
    'none',
    "names of variables that the program gets from the service's environment",
  ],
  'mcp.servers.NAME.token_env': ['none', 'variable in which it finds its token'],
  'mcp.servers.NAME.folder': [
    'none',
    'files of the agent that the program sees, and starts in: `none`, `read`, `write`',
  ],
  'mcp.servers.NAME.network': ['none', '`full` lets the program use the network'],
  'mcp.servers.NAME.read_paths': ['none', 'further files and folders that it may read'],
  'mcp.servers.NAME.url': [
    'none',
    'https address (http on this machine only) of a server instead of a program',
  ],
  'mcp.servers.NAME.auth': [
    'none',
    '`vault` sends its token (`codetether auth set mcp/NAME`), `oauth` that of a login (`codetether auth login mcp/NAME`). Headers never stand in a file',
  ],
  'mcp.servers.NAME.allow': ['all', 'tools that are offered: names, or beginnings with `*`'],
  'mcp.servers.NAME.deny': ['none', 'tools that are not'],
  'mcp.servers.NAME.read_only': ['none', 'tools that change nothing, for agents that only read'],
  'mcp.servers.NAME.idempotent': [
    'none',
    'tools that may be called again when it is unknown whether they took effect',
  ],
  'mcp.servers.NAME.timeout_s': ['60', 'limit of one request, at most 3600'],
  'mcp.servers.NAME.task_timeout_s': [
    '43200',
    'limit of a call that goes on as a task (at most 604800): it is looked at from time to time, holds nothing in between, and is cancelled after so long',
  ],
  'mcp.servers.NAME.start_timeout_s': ['30', 'limit of the start, at most 300'],
  'mcp.servers.NAME.max_output': [
    '51200',
    'bytes of a result that the model sees (1 KiB to 1 MiB)',
  ],
  'a2a.agents.NAME.url': [
    '–',
    'an agent elsewhere: https, or http on this machine',
    'Agents elsewhere (A2A)',
  ],
  'a2a.agents.NAME.auth': ['none', '`vault` = with the token of `auth set a2a/NAME`'],
  'a2a.agents.NAME.transport': ["its card's choice", '`jsonrpc` or `rest`'],
  'a2a.agents.NAME.repeats_sends': [
    'false',
    'it takes a message that comes twice under one id as one',
  ],
  'a2a.agents.NAME.timeout_s': ['30', 'limit of one request'],
  'a2a.agents.NAME.max_output': ['51200', 'bytes of a result that agents see, the whole is kept'],
  'workspaces.NAME.path': [
    'none',
    'repository of this machine that tasks from outside may name',
    'Tasks from outside',
  ],
  'tasks.git_hosts': [
    'none',
    'hosts (`host`, `host:port`, `.suffix`, `*`) from which repositories are cloned for tasks from outside',
  ],
  'tasks.push': ['false', 'push the branch of a finished task to where it came from'],
  'tasks.max_open': ['200', 'tasks from outside that may be open at once'],
  'tasks.max_open_per_owner': [
    '100',
    'the same for one token or platform; more are refused with 429 until one has ended',
  ],
  'tasks.git_credentials.NAME.host': [
    '–',
    'server of git (`host` or `host:port`) at which the service logs in, with the token that Vault holds as `git/NAME` (`auth set git/NAME`)',
  ],
  'tasks.git_credentials.NAME.username': ['x-access-token', 'name that is sent with the token'],
  'platform.server': ['none', 'address of a CodeTether platform', 'Platform worker'],
  'platform.name': ['the host', "the worker's name there"],
  'platform.codebases': ['all workspaces', 'names of `[workspaces.NAME]` that it offers'],
  'platform.auto_approve': ['safe', 'what agents may do without a question: `all`, `safe`, `none`'],
  'platform.max_tasks': ['4', 'tasks at a time (1 to 100)'],
  'platform.prefix': ['auto', 'where the platform keeps its tasks: `agent`, `opencode`, found out'],
  'platform.capabilities': ['none', 'further words about what the worker can do'],
  'serve.with_up': [
    'true',
    'whether `codetether up` serves tasks by itself, on the port of its API, on this machine only',
    'Serving tasks to other agents',
  ],
  'serve.port': [
    '4096',
    'where `codetether serve` listens (`-p`)',
    'Serving tasks to other agents',
  ],
  'serve.hostname': ['127.0.0.1', 'the same (`--hostname`)'],
  'serve.public_url': ['none', 'address that the card names'],
  'serve.hosts': ['none', 'further names under which clients may ask'],
  'serve.origins': ['none', 'pages that may ask from a browser'],
  'serve.body_limit_bytes': ['10485760', 'largest body'],
  'serve.header_timeout_s': ['30', 'longest wait for the head of a request'],
  'serve.ping_s': ['15', 'a sign of life on each stream'],
  'serve.slow_reader_s': ['60', 'how long a reader may take nothing before it is dropped'],
  'serve.max_streams': ['5000', 'streams of one process'],
  'serve.starts_per_minute': ['60', 'tasks that one token may start in any minute, in one process'],
  'serve.push_allow_hosts': [
    'none',
    'hosts, with `:PORT` or without, that updates of tasks may be posted to by http and on private networks',
  ],
  'serve.card_max_age_s': ['300', 'how long clients keep the card'],
};
