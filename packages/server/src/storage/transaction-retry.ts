// TransactionRetry: PostgreSQL ends one of two transactions that wait for each other, or that cannot both have come first.
// The one that it ended did nothing, so all of it is run again. Source: PostgreSQL, "Serialization Failure Handling".

const MOST_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 5;

/** SQLSTATEs after which nothing of the transaction happened. */
const CAUSES: Readonly<Record<string, string>> = { '40P01': 'deadlock', '40001': 'serialization' };

export class TransactionRetries {
  readonly #counts = new Map<string, number>(Object.values(CAUSES).map((cause) => [cause, 0]));

  /** Since the start, by cause. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** Runs the whole of it again, a few times, when the database ended it for the sake of another. */
  async run<T>(transaction: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await transaction();
      } catch (error) {
        const cause = causeOf(error);
        if (cause === undefined || attempt >= MOST_ATTEMPTS) throw error;
        this.#counts.set(cause, (this.#counts.get(cause) ?? 0) + 1);
        // Why at random: two that met once must not meet again in step.
        await pause(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
      }
    }
  }
}

/** Undefined for every other failure. A module may have wrapped it. */
function causeOf(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string' && CAUSES[at.code] !== undefined) return CAUSES[at.code];
  }
  return undefined;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
