import { chmod, mkdir, readdir, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileContent, Files } from './corpus-item.js';

/** Writes `files` into `folder`: removals first, with the folders that they leave empty, so that a link may take a folder's place. */
export async function materialise(files: Files, folder: string): Promise<void> {
  const entries = Object.entries(files);
  for (const [path, content] of entries) {
    if (content === null) await removeFile(folder, path);
  }
  for (const [path, content] of entries) {
    if (content !== null) await writeOne(join(folder, path), content);
  }
}

async function removeFile(folder: string, path: string): Promise<void> {
  await rm(join(folder, path));
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    if ((await readdir(join(folder, parent))).length > 0) return;
    await rmdir(join(folder, parent));
  }
}

async function writeOne(target: string, content: NonNullable<FileContent>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  // never write through a link, nor into a file that is hard-linked elsewhere
  await rm(target, { force: true });
  if (typeof content === 'string') await writeFile(target, content);
  else if ('link' in content) await symlink(content.link, target);
  else {
    await writeFile(target, content.text);
    await chmod(target, content.mode);
  }
}
