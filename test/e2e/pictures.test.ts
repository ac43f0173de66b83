import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  chatCalls,
  refusal,
  startPlayedServer,
  type PlayedReply,
  type PlayedServer,
  type SeenBody,
} from '../support/played-server.js';
import { makePdf } from '../support/pdf.js';
import { makePng } from '../support/pictures.js';
import { RalphProject } from '../support/ralph-project.js';

const PNG = makePng(40, 30);
const FILES = { 'screen.png': PNG, 'paper.pdf': makePdf(['The door is green.', '']) };
const MOVES: readonly PlayedReply[] = [
  chatCalls({ id: 'call_1', name: 'read_file', arguments: { path: 'screen.png' } }),
  chatCalls({ id: 'call_2', name: 'read_file', arguments: { path: 'paper.pdf' } }),
  chatCalls({
    id: 'call_3',
    name: 'write_file',
    arguments: { path: 'feature-1.txt', content: 'ok\n' },
  }),
  chatCalls({
    id: 'call_4',
    name: 'story_done',
    arguments: { status: 'done', summary: 'seen' },
  }),
];

/** The next move is known by the results that the conversation holds. */
function nextMove({ body }: SeenBody): PlayedReply {
  const results = body.messages.filter(({ role }) => role === 'tool').length;
  return MOVES[results] ?? refusal(500, { error: { message: 'too many results' } });
}

const picturesIn = ({ text }: SeenBody): number => text.split('data:image/png;base64,').length - 1;

describe('a story about pictures and documents', () => {
  let server: PlayedServer;
  let project: RalphProject;

  beforeAll(async () => {
    server = await startPlayedServer(nextMove);
    project = new RalphProject(`${server.url}/v1`);
  });
  afterAll(async () => {
    await project.close();
    await server.stop();
  });
  beforeEach(() => {
    server.family = 'plain';
    server.seen.length = 0;
    server.play = nextMove;
  });

  it('shows them to a model that takes them, in every request from then on', async () => {
    const folder = project.repository({ stories: [{ id: 'US-001' }], files: FILES });
    const { document, stderr } = await project.ralph(folder);
    expect(document.status).toBe('passed');
    expect(server.seen.map(picturesIn)).toEqual([0, 1, 3, 3]);
    expect(server.seen.flatMap(({ faults }) => faults)).toEqual([]);
    const [, , third] = server.seen;
    expect(third?.text).toContain(`data:image/png;base64,${PNG.toString('base64')}`);
    expect(third?.text).toContain('The door is green.');
    expect(third?.text).toContain('[page 2 of 2]\\n(no text)');
    expect(stderr).not.toContain(PNG.toString('base64').slice(0, 40));
  }, 120_000);

  it('says in words what a model is not shown, and passes all the same', async () => {
    server.play = (seen) =>
      picturesIn(seen) > 0
        ? refusal(400, { error: { message: 'unknown variant `image_url`, expected `text`' } })
        : nextMove(seen);
    const folder = project.repository({ stories: [{ id: 'US-001' }], files: FILES });
    const { document } = await project.ralph(folder);
    expect(document.status).toBe('passed');
    // refused once, and not tried again
    expect(server.seen.map(picturesIn)).toEqual([0, 1, 0, 0, 0]);
    expect(server.seen.at(-1)?.text).toContain(
      '2 of its pictures not shown: this model takes none',
    );
    expect(server.seen.at(-1)?.text).toContain('The door is green.');
  }, 120_000);
});
