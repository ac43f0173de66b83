// What people do without a REPL: the whole input, its beginning, or notes of all parts.
import { WINDOW } from './policy.mjs';
import { CHARACTERS_PER_TOKEN, questionOf } from './tasks.mjs';

/** Tokens for the question and for what stands around it. */
const AROUND = 400;
const PART_TOKENS = 3000;
const AT_ONCE = 16;

/** One call with everything. */
export const plain = (url, task) => chat(url, promptOf(task, 'direct', task.text));

/** One call with as much of the beginning as fits. */
export function truncate(url, task) {
  const text = task.text.slice(0, (WINDOW - AROUND) * CHARACTERS_PER_TOKEN);
  return chat(url, promptOf(task, 'direct', text));
}

/** Notes of every part, then an answer from as many notes as fit. */
export async function mapReduce(url, task) {
  const parts = partsOf(task.text);
  const notes = Array.from({ length: parts.length });
  let next = 0;
  const lane = async () => {
    while (next < parts.length) {
      const index = next++;
      notes[index] = await chat(url, promptOf(task, 'part', parts[index]));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const text = notes
    .filter((note) => note !== null && note !== '')
    .join('\n')
    .slice(0, (WINDOW - AROUND) * CHARACTERS_PER_TOKEN);
  // a note that was cut in its middle is none
  const whole = text.length < (WINDOW - AROUND) * CHARACTERS_PER_TOKEN;
  return chat(url, promptOf(task, 'direct', whole ? text : text.slice(0, text.lastIndexOf('\n'))));
}

function promptOf(task, form, text) {
  return `${questionOf(task, { form })}\n\nInput:\n${text}`;
}

function partsOf(text) {
  const parts = [];
  let part = [];
  let length = 0;
  for (const line of text.split('\n')) {
    part.push(line);
    length += line.length + 1;
    if (length < PART_TOKENS * CHARACTERS_PER_TOKEN) continue;
    parts.push(part.join('\n'));
    part = [];
    length = 0;
  }
  return part.length === 0 ? parts : [...parts, part.join('\n')];
}

/** The answer, or null when the model does not take the request. */
async function chat(url, content) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'bench', messages: [{ role: 'user', content }] }),
  });
  const body = await response.json();
  return response.ok ? body.choices[0].message.content : null;
}
