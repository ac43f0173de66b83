import type { Command } from 'commander';
import { splitList } from './merge.js';

/** Adds the flags about repository, folders and passed stories to `ralph run`. */
export function addRepositoryOptions(command: Command): Command {
  return command
    .option('--repo <dir>', 'repository to work in (default: the one that holds the PRD)')
    .option(
      '--workdir <dir>',
      'folder in the repository where agents and checks start (default: the folder of the PRD)',
    )
    .option(
      '--paths <list>',
      'the only files and folders that stories may change, for example src,docs/api.md',
      splitList,
    )
    .option('--allow-lfs-pointers', 'work although files in Git LFS are pointers in lanes')
    .option('--trust-passes', 'believe passed stories whose commits are not in the base');
}
