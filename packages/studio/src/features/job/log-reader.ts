// Reads a log file of a run into a model: what is there, then what comes, woken by live changes.

import { useEffect, useState } from 'react';
import { onChange } from '../../api/live/live-workspace.ts';
import { readFileRange, runFiles } from '../../api/files.ts';
import type { Workspace } from '../../api/workspace.ts';
import { LogModel } from './log-model.ts';

const CHUNK_BYTES = 2 * 1024 * 1024;
/** Beyond this only the newest part is shown; the whole file can be downloaded. */
const MAX_SHOWN_BYTES = 128 * 1024 * 1024;

/** A new object with every part that was read; the model is the same one and grows. */
export interface LogReading {
  readonly model: LogModel;
  readonly isComplete: boolean;
  /** Bytes at the beginning that are not shown. */
  readonly skippedBytes: number;
  readonly error: unknown;
}

/** One file from its first use on: another file (or job) needs another component, by its key. */
export function useLog(workspace: Workspace, job: string, path: string, knownSize: number): LogReading {
  const [skipped] = useState(() => Math.max(0, knownSize - MAX_SHOWN_BYTES));
  const [reading, setReading] = useState<LogReading>(() => ({ model: new LogModel(), isComplete: false, skippedBytes: skipped, error: null }));

  useEffect(() => {
    const stop = new AbortController();
    const model = new LogModel();
    let isReading = false;
    let isStale = false;
    const readOn = async (): Promise<void> => {
      isStale = true;
      if (isReading) return;
      isReading = true;
      try {
        while (isStale) {
          isStale = false;
          const part = await readFileRange(runFiles(workspace, job), path, skipped + model.sizeBytes, CHUNK_BYTES, stop.signal);
          model.append(part.bytes);
          const isComplete = skipped + model.sizeBytes >= part.sizeBytes;
          if (!isComplete && part.bytes.byteLength > 0) isStale = true;
          setReading({ model, isComplete, skippedBytes: skipped, error: null });
        }
      } catch (error) {
        if (!stop.signal.aborted) setReading((before) => ({ ...before, model, error }));
      } finally {
        isReading = false;
      }
    };
    void readOn();
    const unsubscribe = onChange((change) => {
      const isOurs = change.job === job && (change.topic === 'log' || change.topic === 'job');
      if (isOurs || change.topic === 'reset') void readOn();
    });
    return () => {
      unsubscribe();
      stop.abort();
    };
  }, [workspace, job, path, skipped]);
  return reading;
}
