import { Option, type Command } from 'commander';

/** Adds the options that say how stories are proven. */
export function addProofOptions(command: Command): Command {
  command
    .option('--allow-check-changes', 'stories may change existing tests and check scripts')
    .addOption(
      new Option(
        '--canaries <mode>',
        'when a proof tries whether the checks still notice failures: auto = when a story changed what they mean (default: [proof] canaries, else auto)',
      ).choices(['auto', 'always', 'off']),
    )
    .option(
      '--check <name=command>',
      'a check, instead of those of the PRD; may be given several times',
      collect,
    )
    .option('--no-checks', 'run without checks; stories end as unverified')
    .option(
      '--allow-red-baseline',
      'checks that fail before the first story may go on failing in the same way',
    );
  return addSetupOptions(command);
}

/** Adds the options that say how dependencies are prepared. */
export function addSetupOptions(command: Command): Command {
  return command
    .option(
      '--setup <command>',
      'a command that prepares dependencies, instead of the detected one; may be given several times',
      collect,
    )
    .option('--no-setup', 'prepare no dependencies')
    .option('--no-build-caches', 'build everything anew in each proof')
    .addOption(
      new Option(
        '--setup-network <mode>',
        'what set-up commands may reach: registries and what lock files name, or all that this machine can (default: [egress] setup_network, else registries)',
      ).choices(['registries', 'open']),
    );
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
