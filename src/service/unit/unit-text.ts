/** What a unit starts and with which variables; secrets are no part of it. */
export interface UnitFacts {
  /** Absolute path of Node. */
  readonly node: string;
  /** Absolute path of `bin/codetether.js`. */
  readonly program: string;
  readonly home: string;
  /** Variables that the service needs; names are plain identifiers. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Label of the launchd job. */
export const LAUNCHD_LABEL = 'codetether';

/** The worker drains for 20 s and the server writes for 10 s at most; then there is some air. */
const STOP_TIMEOUT_S = 60;

/**
 * A systemd user unit. Only the foreground process is told to stop, which drains the rest in order (`KillMode=mixed`). It ends
 * with 0 only when somebody ran `codetether down`, so that this is no failure to restart after.
 */
export function systemdUnit(facts: UnitFacts): string {
  const command = [facts.node, facts.program, 'up', '--foreground'].map(execWord).join(' ');
  const variables = Object.entries(facts.variables).map(
    ([name, value]) => `Environment=${quoted(`${name}=${value}`)}`,
  );
  return `[Unit]
Description=CodeTether: coding agents as durable workflows

[Service]
Type=simple
ExecStart=${command}
${variables.join('\n')}
Restart=on-failure
RestartSec=5
KillMode=mixed
TimeoutStopSec=${STOP_TIMEOUT_S}

[Install]
WantedBy=default.target
`;
}

/** A launchd agent that starts at login and again when it fails. */
export function launchdPlist(facts: UnitFacts): string {
  const words = [facts.node, facts.program, 'up', '--foreground'];
  const list = words.map((word) => `    <string>${xml(word)}</string>`).join('\n');
  const variables = Object.entries(facts.variables)
    .map(([name, value]) => `    <key>${xml(name)}</key>\n    <string>${xml(value)}</string>`)
    .join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LAUNCHD_LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${list}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ExitTimeOut</key>
  <integer>${STOP_TIMEOUT_S}</integer>
</dict>
</plist>
`;
}

/** systemd.service(5): C-style escapes in quotes, `%` starts a specifier. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}

/** A word of ExecStart, where `$` would be a variable as well. */
function execWord(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : quoted(text.replaceAll('$', '$$$$'));
}

function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
