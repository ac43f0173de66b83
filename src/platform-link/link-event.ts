/** What happens to the worker, for people and for programs that watch it. Texts in it may come from the platform. */
export type LinkEvent =
  | { readonly kind: 'registered'; readonly workerId: string; readonly server: string }
  | { readonly kind: 'connected'; readonly held: number }
  | { readonly kind: 'disconnected'; readonly reason: string; readonly pauseMs: number }
  | { readonly kind: 'resynchronised'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly task: string; readonly reason: string }
  | { readonly kind: 'claimed'; readonly task: string; readonly title: string }
  | { readonly kind: 'refused'; readonly task: string; readonly reason: string }
  | { readonly kind: 'working'; readonly task: string; readonly run: string }
  | { readonly kind: 'output'; readonly task: string; readonly text: string }
  | { readonly kind: 'cancelling'; readonly task: string }
  | { readonly kind: 'lost'; readonly task: string; readonly reason: string }
  | { readonly kind: 'ended'; readonly task: string; readonly status: string }
  | { readonly kind: 'released'; readonly task: string; readonly status: string }
  | { readonly kind: 'unregistered' }
  | {
      readonly kind: 'trouble';
      readonly task: string | undefined;
      readonly code: string;
      readonly reason: string;
    };

/** Is told of every event, in order; must not throw. */
export type LinkListener = (event: LinkEvent) => void;
