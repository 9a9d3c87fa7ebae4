// What http/ needs from its siblings; compose supplies it.

import type { ArmReply, ArmRequest } from '#arm/route.ts';
import type { HostKind, PlaneReply } from '#planes/plane.ts';
import type { Context } from '#kernel/context.ts';
import type { Fault } from '#kernel/faults.ts';
import type { Principal } from '#kernel/principal.ts';

export interface Authenticator {
  /**
   * Who presents this `Authorization` header. `host` says which audiences fit. Throws `unauthenticated` faults
   * in Resource Manager's words; never answers an anonymous principal.
   */
  authenticate(authorization: string, host: HostKind): Promise<Principal>;
}

export interface Authorizer {
  /** Throws `forbidden` unless the caller may do the action at the scope. */
  require(ctx: Context, action: string, scope: string): Promise<void>;
  requireData(ctx: Context, dataAction: string, scope: string): Promise<void>;
}

/** Asked before any route of a host, whatever its permission. */
export interface NetworkGate {
  /** Throws `forbidden` when the resource behind the host (`label` of a wildcard one) is closed to this address. */
  admit(kind: HostKind, label: string, address: string): Promise<void>;
}

/** Resource Manager: answers every path below its roots and does its own authorisation. */
export interface Arm {
  handle(ctx: Context, request: ArmRequest): Promise<ArmReply>;
  renderFault(fault: Fault, request: { readonly requestId: string; readonly method: string }): PlaneReply;
}
