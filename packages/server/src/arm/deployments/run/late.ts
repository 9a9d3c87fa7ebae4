// Late evaluation: evaluates until nothing more is asked for. Each answer is fetched once per evaluation.

import type { Json } from '#kernel/json.ts';
import { invalidTemplate } from '../language/faults.ts';
import { type RuntimeCall, RuntimeNeeded } from '../language/scope.ts';

const MAX_READS = 1_000;

export async function evaluateLate<T>(evaluate: (runtime: (call: RuntimeCall) => Json) => T, fetch: (call: RuntimeCall) => Promise<Json>): Promise<T> {
  const answers = new Map<string, Json>();
  const runtime = (call: RuntimeCall): Json => {
    const known = answers.get(keyOf(call));
    if (known === undefined) throw new RuntimeNeeded(call);
    return known;
  };
  while (answers.size < MAX_READS) {
    try {
      return evaluate(runtime);
    } catch (error) {
      if (!(error instanceof RuntimeNeeded)) throw error;
      answers.set(keyOf(error.call), await fetch(error.call));
    }
  }
  throw invalidTemplate(`the expressions of one resource read more than ${MAX_READS} other resources`);
}

function keyOf(call: RuntimeCall): string {
  return JSON.stringify([call.kind, call.id.toLowerCase(), call.apiVersion, call.action ?? '', call.input ?? null]);
}
