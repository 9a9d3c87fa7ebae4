// Scope: everything an expression may refer to. Reads of resources are asked for by throwing RuntimeNeeded: whoever evaluates
// fetches the answer and evaluates again, so that the language itself stays without I/O.

import { invalidTemplate } from './faults.ts';
import type { Json, JsonObject } from '#kernel/json.ts';
import type { Expression } from './template-expression.ts';

/** A read of a resource, or an action on it, in the middle of an expression. */
export interface RuntimeCall {
  readonly kind: 'read' | 'action';
  readonly id: string;
  readonly apiVersion: string;
  readonly action?: string;
  readonly input?: Json;
}

/** Thrown by an evaluation that cannot go on without the answer. */
export class RuntimeNeeded extends Error {
  readonly call: RuntimeCall;

  constructor(call: RuntimeCall) {
    super(`the value of ${call.id} is needed`);
    this.call = call;
  }
}

/** A resource of the template, as `reference`, `resourceInfo` and their siblings find it. */
export interface ResourceFacts {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly apiVersion: string;
}

export interface UserFunction {
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly output: Json;
}

/** Where a deployment happens. Fixed when it is accepted, so that it means the same after a restart. */
export interface Site {
  /** Scope of the deployment: `/subscriptions/x` or `/subscriptions/x/resourceGroups/y`. */
  readonly scopeId: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string | undefined;
  readonly functions: {
    readonly resourceGroup: JsonObject | undefined;
    readonly subscription: JsonObject;
    readonly tenant: JsonObject;
    readonly environment: JsonObject;
    readonly deployment: JsonObject;
    readonly deployer: JsonObject;
  };
}

/** Bounds the work of one template: each evaluated node and each produced element counts. */
export class Meter {
  #left: number;

  constructor(limit = 5_000_000) {
    this.#left = limit;
  }

  spend(amount: number): void {
    this.#left -= amount;
    if (this.#left < 0) throw invalidTemplate('the template is too expensive to evaluate: its expressions produce more than this server accepts');
  }
}

export interface Scope {
  parameter(name: string): Json;
  variable(name: string): Json;
  /** Of the named loop, or of the innermost one. */
  copyIndex(loop: string | undefined): number;
  userFunction(namespace: string, name: string): UserFunction | undefined;
  /** By symbolic name, resource id or plain name; undefined when the template has none. */
  resource(reference: string): ResourceFacts | undefined;
  /** The members of a symbolic loop, in order. */
  resourceLoop(symbol: string): readonly ResourceFacts[] | undefined;
  /** The answer, or RuntimeNeeded. */
  runtime(call: RuntimeCall): Json;
  readonly site: Site;
  /** Only while defaults of parameters are made: `utcNow` and `newGuid`. */
  readonly impure: { now(): number; guid(): string } | undefined;
  readonly lambda: ReadonlyMap<string, Json>;
  readonly meter: Meter;
}

/** A function value: only lambda functions take it. */
export class Lambda {
  readonly parameters: readonly string[];
  readonly body: Expression;
  readonly scope: Scope;

  constructor(parameters: readonly string[], body: Expression, scope: Scope) {
    this.parameters = parameters;
    this.body = body;
    this.scope = scope;
  }
}

export type Value = Json | Lambda;
