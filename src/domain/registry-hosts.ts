/** Public package registries and what they hand out from; set-up commands may always reach them through the egress proxy. */
export const REGISTRY_HOSTS: readonly string[] = [
  // npm, Yarn, Bun, JSR, headers of Node for native packages
  'registry.npmjs.org',
  'registry.yarnpkg.com',
  'npm.jsr.io',
  'nodejs.org',
  // Python
  'pypi.org',
  'files.pythonhosted.org',
  // Rust
  'index.crates.io',
  'static.crates.io',
  'crates.io',
  'static.rust-lang.org',
  // Go
  'proxy.golang.org',
  'sum.golang.org',
  'storage.googleapis.com',
  'go.dev',
  'dl.google.com',
  // Java
  'repo.maven.apache.org',
  'repo1.maven.org',
  'plugins.gradle.org',
  'services.gradle.org',
  'downloads.gradle.org',
  // Ruby, PHP, .NET, Elixir
  'rubygems.org',
  'index.rubygems.org',
  'repo.packagist.org',
  'packagist.org',
  'api.nuget.org',
  'repo.hex.pm',
];

/** Hosts that a forge hands its files out from: whoever may reach the one needs the others. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  'github.com': [
    'codeload.github.com',
    'objects.githubusercontent.com',
    'release-assets.githubusercontent.com',
    'raw.githubusercontent.com',
  ],
};

/** The hosts with the companions that they need, each once. */
export function withCompanions(hosts: readonly string[]): string[] {
  return [...new Set(hosts.flatMap((host) => [host, ...(COMPANIONS[host] ?? [])]))];
}
