// Log: structured lines, one JSON object each, event name in `event`. Never a secret (redaction.ts).

import { destination, pino } from 'pino';
import type { Log } from '#kernel/context.ts';
import { redactionPaths, redactText } from './redaction.ts';

export interface ServerLog extends Log {
  /** A log that adds these fields to every line. */
  child(fields: object): ServerLog;
}

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Where lines go. @default standard output */
  readonly write?: (line: string) => void;
}

/** The log of the process. */
export function createLog(options: LogOptions): ServerLog {
  const write = options.write ?? standardOutput();
  return pino(
    {
      level: options.level,
      messageKey: 'event',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactionPaths(), censor: '[redacted]' },
      serializers: { error: serializeError },
    },
    { write: (line: string) => write(redactText(line)) },
  );
}

function standardOutput(): (line: string) => void {
  const stream = destination({ dest: 1, sync: false });
  return (line) => void stream.write(line);
}

/** An error with its stack and its causes, as a log field named `error`. */
function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  return {
    name: error.name,
    message: error.message,
    ...('code' in error ? { code: error.code } : {}),
    stack: error.stack,
    ...(error.cause === undefined || depth > 3 ? {} : { cause: serializeError(error.cause, depth + 1) }),
  };
}
