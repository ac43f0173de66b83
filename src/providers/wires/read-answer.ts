import { isErrorValue, ServerAnswerError } from '../failures/answer-error.js';
import { ProviderError } from '../failures/errors.js';
import { readFrames } from './answer-frames.js';
import type { AnswerAssembler } from './openai/openai-chunks.js';
import type { StreamGuard } from './watchdog.js';

/** Usage may come behind the reason for the end. */
const AFTER_END_MS = 5000;
/** Nothing comes behind the closing mark. */
const AFTER_CLOSE_MS = 300;

/**
 * Reads an answer of status 200 into an assembler, in whichever form it comes; keep-alives count as life. Throws
 * {@link ServerAnswerError} for an error that stands in place of the answer.
 */
export async function readAnswer(
  response: Response,
  assembler: AnswerAssembler,
  guard: StreamGuard,
): Promise<void> {
  const { body, headers } = response;
  if (body === null)
    throw new ProviderError('malformed', { message: 'the server answered without a body' });
  const isPage = (headers.get('content-type') ?? '').includes('text/html');
  if (isPage) await refusePage(body, guard);
  let values = 0;
  let isBare = true;
  for await (const frame of readFrames(body, guard.signal)) {
    if (frame.kind === 'end') {
      assembler.close();
      // Read to its end, so that the connection can serve the next call; but not waited for.
      guard.settle(AFTER_CLOSE_MS);
    }
    if (frame.kind !== 'data') {
      guard.alive();
      continue;
    }
    if (isErrorValue(frame.value, frame.event))
      throw new ServerAnswerError({ status: null, headers, body: frame.value });
    const added = assembler.add(frame.value);
    values += 1;
    isBare &&= frame.isBare;
    guard.chunk(added.phase, added.characters, added.text);
    if (assembler.hasEnd) guard.settle(AFTER_END_MS);
  }
  // One value without framing is the whole answer, from a server that does not stream.
  if (values === 1 && isBare) assembler.close();
}

/** A wrong address, a captive portal, a proxy. */
async function refusePage(body: ReadableStream<Uint8Array>, guard: StreamGuard): Promise<never> {
  await body.cancel();
  guard.check();
  throw new ProviderError('malformed', {
    message: 'the server answered with a web page, not with an answer of a model',
    hint: 'check base_url: it may name the web site instead of the API, or a proxy answered',
    data: { isPage: true },
  });
}
