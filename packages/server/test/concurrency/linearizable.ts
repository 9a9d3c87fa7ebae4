// linearizable: whether a recorded history of one register can have happened one call after the other, each somewhere
// between its start and its end. Clients are sequential, so a point of the search is how far each of them has come.
// Source: Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), with states seen before left out.

export interface Recorded<Op> {
  /** Which client made the call; a client makes one call at a time. */
  readonly client: number;
  readonly start: number;
  readonly end: number;
  readonly op: Op;
}

export interface Register<State, Op> {
  readonly initial: State;
  /** The state after the call, or undefined when its answer is impossible in this state. */
  apply(state: State, op: Op): State | undefined;
  keyOf(state: State): string;
}

export type Verdict<Op> =
  | { readonly isLinearizable: true }
  | { readonly isLinearizable: false /** The longest order found, and the calls none of which can come next. */; readonly order: readonly Op[]; readonly stuck: readonly Op[] };

interface Point<State, Op> {
  readonly state: State;
  readonly positions: readonly number[];
  readonly order: readonly Op[];
}

export function checkLinearizable<State, Op>(register: Register<State, Op>, history: readonly Recorded<Op>[]): Verdict<Op> {
  const lanes = [...Map.groupBy(history, ({ client }) => client).values()].map((calls) => calls.toSorted((a, b) => a.start - b.start));
  const seen = new Set<string>();
  const open: Point<State, Op>[] = [{ state: register.initial, positions: lanes.map(() => 0), order: [] }];
  let longest: Point<State, Op> | undefined;
  for (let point = open.pop(); point !== undefined; point = open.pop()) {
    const { state, positions, order } = point;
    if (order.length === history.length) return { isLinearizable: true };
    if (longest === undefined || order.length > longest.order.length) longest = point;
    for (const { lane, call } of candidates(lanes, positions)) {
      const next = register.apply(state, call.op);
      if (next === undefined) continue;
      const moved = positions.with(lane, (positions[lane] ?? 0) + 1);
      const key = `${moved.join(',')} ${register.keyOf(next)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      open.push({ state: next, positions: moved, order: [...order, call.op] });
    }
  }
  const stuck = longest === undefined ? [] : candidates(lanes, longest.positions).map(({ call }) => call.op);
  return { isLinearizable: false, order: longest?.order ?? [], stuck };
}

/** The next call of each client, if no other call has ended before it began. */
function candidates<Op>(lanes: readonly (readonly Recorded<Op>[])[], positions: readonly number[]): readonly { readonly lane: number; readonly call: Recorded<Op> }[] {
  const heads = lanes.flatMap((calls, lane) => {
    const call = calls[positions[lane] ?? 0];
    return call === undefined ? [] : [{ lane, call }];
  });
  const firstEnd = Math.min(...heads.map(({ call }) => call.end));
  return heads.filter(({ call }) => call.start <= firstEnd);
}
