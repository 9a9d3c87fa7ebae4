// StatusLine: one line at the bottom that says what is going on, with its age; elsewhere than on a terminal a line for
// each new phase.

import { formatSeconds, isInteractive, style } from './output.ts';

export interface StatusLine {
  /** Shows the text. `phase` names it where only new phases are printed. */
  show(phase: string, text: string): void;
  /** Takes the line away, so that other output can follow. It comes back with the next `show`. */
  clear(): void;
}

const TICK_MS = 1000;

export function createStatusLine(): StatusLine {
  let phase: string | undefined;
  if (!isInteractive())
    return {
      show(next, text) {
        if (next !== phase) process.stderr.write(`${style.dim('·')} ${text}\n`);
        phase = next;
      },
      clear: () => undefined,
    };
  let shown = '';
  let begunMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const age = (Date.now() - begunMs) / 1000;
    const line = `· ${shown}${age < 2 ? '' : `, ${formatSeconds(Math.floor(age)).replace('.0', '')}`}`;
    process.stderr.write(`\r\u001B[K${style.dim(line.slice(0, (process.stderr.columns || 80) - 1))}`);
  };
  return {
    show(next, text) {
      if (next !== phase || begunMs === 0) begunMs = Date.now();
      phase = next;
      shown = text;
      timer ??= setInterval(draw, TICK_MS).unref();
      draw();
    },
    clear() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      process.stderr.write('\r\u001B[K');
    },
  };
}
