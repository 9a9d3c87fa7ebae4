// Reads a log file of a run into a model: what is there, then what comes, woken by live changes.

import { useCallback, useEffect, useRef, useState } from 'react';
import { useChanges } from '../../api/live.ts';
import { readFileRange } from '../../api/queries.ts';
import type { Workspace } from '../../api/workspace.ts';
import { LogModel } from './log-model.ts';

const CHUNK_BYTES = 2 * 1024 * 1024;
/** Beyond this only the newest part is shown; the whole file can be downloaded. */
const MAX_SHOWN_BYTES = 128 * 1024 * 1024;

export interface LogReading {
  readonly model: LogModel;
  /** Grows with every part that was read. */
  readonly version: number;
  readonly isComplete: boolean;
  /** Bytes at the beginning that are not shown. */
  readonly skippedBytes: number;
  readonly error: unknown;
}

export function useLog(workspace: Workspace, job: string, path: string, knownSize: number): LogReading {
  const start = useRef({ path: '', skipped: 0 });
  if (start.current.path !== path) start.current = { path, skipped: Math.max(0, knownSize - MAX_SHOWN_BYTES) };
  const skipped = start.current.skipped;
  const [reading, setReading] = useState<LogReading>(() => ({ model: new LogModel(), version: 0, isComplete: false, skippedBytes: skipped, error: null }));
  const wake = useRef<() => void>(() => undefined);

  useEffect(() => {
    const stop = new AbortController();
    const model = new LogModel();
    let isReading = false;
    let isStale = false;
    setReading({ model, version: 0, isComplete: false, skippedBytes: skipped, error: null });
    const readOn = async (): Promise<void> => {
      isStale = true;
      if (isReading) return;
      isReading = true;
      try {
        while (isStale) {
          isStale = false;
          const part = await readFileRange(workspace, job, path, skipped + model.sizeBytes, CHUNK_BYTES, stop.signal);
          model.append(part.bytes);
          const isComplete = skipped + model.sizeBytes >= part.sizeBytes;
          if (!isComplete && part.bytes.byteLength > 0) isStale = true;
          setReading((before) => ({ model, version: before.version + 1, isComplete, skippedBytes: skipped, error: null }));
        }
      } catch (error) {
        if (!stop.signal.aborted) setReading((before) => ({ ...before, model, error }));
      } finally {
        isReading = false;
      }
    };
    wake.current = () => void readOn();
    void readOn();
    return () => stop.abort();
  }, [workspace.id, job, path, skipped]);

  useChanges(
    useCallback(
      (change) => {
        const isOurs = change.job === job && (change.topic === 'log' || change.topic === 'job');
        if (isOurs || change.topic === 'reset') wake.current();
      },
      [job],
    ),
  );
  return reading;
}
