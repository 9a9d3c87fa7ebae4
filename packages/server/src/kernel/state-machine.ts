// State machines as tables of transitions. One `checkTransition` guards every write of a status.

import { Fault } from './faults.ts';

export interface StateMachine<S extends string> {
  readonly name: string;
  readonly transitions: Readonly<Record<S, readonly S[]>>;
}

export function isTerminal<S extends string>(machine: StateMachine<S>, state: S): boolean {
  return machine.transitions[state].length === 0;
}

export function canTransition<S extends string>(machine: StateMachine<S>, from: S, to: S): boolean {
  return machine.transitions[from].includes(to);
}

/** Throws `conflict`/`InvalidStateTransition` when the table has no such arrow. */
export function checkTransition<S extends string>(machine: StateMachine<S>, from: S, to: S): void {
  if (canTransition(machine, from, to)) return;
  const allowed = machine.transitions[from];
  throw new Fault('conflict', 'InvalidStateTransition', `A ${machine.name} that is ${from} cannot become ${to}; it can become ${allowed.length > 0 ? allowed.join(', ') : 'nothing else'}.`);
}
