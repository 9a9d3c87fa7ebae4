// The token endpoint, v1 and v2. Source: RFC 6749 §3.2, §5; findings.md §5.

import type { PlaneReply, PlaneRequest } from '../plane.ts';
import { formFields, type LoginDeps, tenantOf } from './login-request.ts';

export async function answerToken(deps: LoginDeps, request: PlaneRequest, version: 'v1' | 'v2'): Promise<PlaneReply> {
  const tenant = tenantOf(deps, request);
  const fields = formFields(request.body);
  const body = await deps.tokenService.redeem({ version, tenant, origin: request.url.origin, fields, authorization: request.headers['authorization'] });
  return { status: 200, headers: { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' }, body };
}
