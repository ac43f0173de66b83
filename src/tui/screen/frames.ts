/** How soon a change has to be seen: what somebody typed at once, what agents do with the next frame. */
export type Urgency = 'key' | 'work';

/** Frames a second: ten while agents work; keys have frames of their own, at most fifty. */
const GAP_MS: Readonly<Record<Urgency, number>> = { key: 20, work: 100 };

/** Draws as seldom as it may. */
export interface Frames {
  /** Something changed. */
  request(urgency: Urgency): void;
  /** Draws what is still to be drawn, and then nothing any more. */
  end(): void;
}

/** `draw` is called at most once in each gap; the last change is always drawn. */
export function createFrames(draw: () => void): Frames {
  let drawnAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let dueAt = 0;
  let isOver = false;
  const run = (): void => {
    timer = undefined;
    drawnAt = performance.now();
    draw();
  };
  return {
    request(urgency) {
      if (isOver) return;
      const due = Math.max(performance.now(), drawnAt + GAP_MS[urgency]);
      if (timer !== undefined && dueAt <= due) return;
      clearTimeout(timer);
      dueAt = due;
      timer = setTimeout(run, Math.max(0, due - performance.now()));
    },
    end() {
      isOver = true;
      if (timer === undefined) return;
      clearTimeout(timer);
      run();
    },
  };
}
