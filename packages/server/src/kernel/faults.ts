// Fault: the one error type the server throws on purpose. Each protocol maps it once (ARM JSON, Blob XML,
// MLflow, OAuth). The message says what was wrong, with which value, and what would be accepted.
// Source: design, "Errors, configuration, logs, transactions".

/** What went wrong, independent of any protocol. Protocol mappers switch over this exhaustively. */
export type FaultKind =
  | 'invalid' //          400
  | 'unauthenticated' //  401
  | 'forbidden' //        403
  | 'notFound' //         404
  | 'methodNotAllowed' // 405
  | 'conflict' //         409
  | 'gone' //             410
  | 'precondition' //     412
  | 'tooLarge' //         413
  | 'unsupportedMedia' // 415
  | 'rangeNotSatisfiable' // 416
  | 'locked' //           423
  | 'throttled' //        429
  | 'internal' //         500
  | 'notImplemented' //   501
  | 'unavailable'; //     503

const STATUS_OF_KIND: Readonly<Record<FaultKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  conflict: 409,
  gone: 410,
  precondition: 412,
  tooLarge: 413,
  unsupportedMedia: 415,
  rangeNotSatisfiable: 416,
  locked: 423,
  throttled: 429,
  internal: 500,
  notImplemented: 501,
  unavailable: 503,
};

export interface FaultDetail {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  /** What is wrong with the one thing that this is about, where a fault is about many. */
  readonly details?: readonly FaultDetail[];
  readonly additionalInfo?: readonly FaultInfo[];
}

/** Structured data beside the message, where a protocol has a place for it. */
export interface FaultInfo {
  readonly type: string;
  readonly info: Readonly<Record<string, unknown>>;
}

export interface FaultOptions {
  /** What the fault is about: a property path (`properties.maxNodeCount`), a header, a resource id. */
  readonly target?: string;
  readonly details?: readonly FaultDetail[];
  readonly additionalInfo?: readonly FaultInfo[];
  /** Response headers the protocol requires with this fault, such as `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

export class Fault extends Error {
  readonly kind: FaultKind;
  /** Stable, machine-readable code in Azure's spelling, for example `ResourceNotFound`. */
  readonly code: string;
  readonly target: string | undefined;
  readonly details: readonly FaultDetail[];
  readonly additionalInfo: readonly FaultInfo[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: FaultKind, code: string, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.kind = kind;
    this.code = code;
    this.target = options.target;
    this.details = options.details ?? [];
    this.additionalInfo = options.additionalInfo ?? [];
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return STATUS_OF_KIND[this.kind];
  }
}

/** True for a Fault of the given kind (any kind when left out). */
export function isFault(error: unknown, kind?: FaultKind): error is Fault {
  return error instanceof Fault && (kind === undefined || error.kind === kind);
}

/** An unexpected error as a Fault that tells the caller nothing of the inside. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return new Fault('internal', 'InternalServerError', 'The server met an unexpected condition. Quote the request id when you report it.', {
    cause: error,
  });
}
