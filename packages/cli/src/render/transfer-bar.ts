// TransferBar: bytes, rate and time left of an upload or download, on a terminal only.

import { SingleBar } from 'cli-progress';
import { formatBytes, isInteractive } from './output.ts';

export interface TransferBar {
  add(bytes: number): void;
  stop(): void;
}

/** Draws nothing for what is over at once. */
export function startTransferBar(title: string, totalBytes: number): TransferBar {
  if (!isInteractive() || totalBytes < 2 ** 20) return { add: () => undefined, stop: () => undefined };
  const begun = Date.now();
  let done = 0;
  const rate = (): string => `${formatBytes(Math.round(done / Math.max(0.001, (Date.now() - begun) / 1000)))}/s`;
  const bar = new SingleBar({ format: `${title} [{bar}] {percentage}% | {done} of ${formatBytes(totalBytes)} | {rate} | {eta_formatted} left`, stream: process.stderr, hideCursor: true });
  bar.start(totalBytes, 0, { done: formatBytes(0), rate: rate() });
  return {
    add(bytes) {
      done += bytes;
      bar.update(done, { done: formatBytes(done), rate: rate() });
    },
    stop: () => bar.stop(),
  };
}
