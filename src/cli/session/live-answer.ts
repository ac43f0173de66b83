import type { Delta } from '../../runs/index.js';
import type { Output } from '../output.js';

/** Shows what a model says while it says it, line by line. What is shown is nobody's answer yet: {@link rest} says what is left of it. */
export class LiveAnswer {
  private readonly output: Pick<Output, 'result' | 'line' | 'note'>;
  private readonly story: string;
  private readonly isStructured: boolean;
  private call = '';
  /** Of the present call: what was printed, and what waits for the end of its line. */
  private printed = '';
  private waiting = '';

  constructor(
    output: Pick<Output, 'result' | 'line' | 'note'>,
    how: { readonly story: string; readonly isStructured: boolean },
  ) {
    this.output = output;
    this.story = how.story;
    this.isStructured = how.isStructured;
  }

  /** Takes in what came; what belongs to another prompt is left out. */
  take(deltas: readonly Delta[]): void {
    for (const delta of deltas) if (delta.story === this.story) this.show(delta);
  }

  private show(delta: Delta): void {
    if (delta.kind === 'begin') this.begin(delta.call);
    else if (delta.call !== this.call) return;
    else if (this.isStructured) this.output.line({ type: 'delta.text', text: delta.text });
    else this.print(delta.text);
  }

  /** The same call again is another try: what was told of it is void. */
  private begin(call: string): void {
    const isAgain = call === this.call;
    if (this.isStructured) this.output.line({ type: 'delta.begin', is_again: isAgain });
    else if (isAgain && this.printed !== '') this.output.note('(the answer begins again)');
    this.call = call;
    this.printed = '';
    this.waiting = '';
  }

  private print(text: string): void {
    const whole = this.waiting + text;
    const end = whole.lastIndexOf('\n') + 1;
    this.waiting = whole.slice(end);
    if (end === 0) return;
    this.output.result(whole.slice(0, end - 1));
    this.printed += whole.slice(0, end);
  }

  /** What of the whole answer has not been printed yet; all of it where something else was. */
  rest(answer: string): string {
    return this.printed !== '' && answer.startsWith(this.printed)
      ? answer.slice(this.printed.length)
      : answer;
  }
}
