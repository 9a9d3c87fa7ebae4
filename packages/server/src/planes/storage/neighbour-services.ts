// Queues and tables of a storage account: their hosts answer who is asked for and what is set (service properties,
// which Terraform reads of every account); everything else of these protocols is refused by name.
// Source: contracts/terraform-azurerm.md §5.3; Storage REST, "Get … Service Properties".

import type { Context } from '#kernel/context.ts';
import { Fault } from '#kernel/faults.ts';
import type { HostKind, Plane, PlaneReply, PlaneRequest, PlaneRoute } from '#planes/plane.ts';
import { authorize, type Needs } from './access.ts';
import { authenticate, present, type Credential, type Presented } from './credentials.ts';
import { authenticationFailed, notSupported } from './faults.ts';
import type { BlobPlaneDeps } from './plane-deps.ts';
import { faultReply, versionOf, withCommonHeaders } from './reply.ts';
import { servicePropertiesXml } from './service-properties.ts';
import { isTableSignature } from './shared-key.ts';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'] as const;
type Service = 'queue' | 'table';
const WORDS: Readonly<Record<Service, string>> = { queue: 'queues', table: 'tables' };

function needsOf(service: Service): Needs {
  return { letters: 'r', resourceType: 's', serviceSignature: 'none', rbac: { kind: 'action', action: `Microsoft.Storage/storageAccounts/${service}Services/read` } };
}

/** Azure: tables sign less of a request than the other services. */
async function credentialOf(ctx: Context, deps: BlobPlaneDeps, service: Service, presented: Presented): Promise<Credential> {
  if (presented.query.has('sig')) throw notSupported(`A shared access signature for ${WORDS[service]}`);
  const isKey = /^SharedKey(Lite)? /.test(presented.request.headers['authorization'] ?? '');
  if (service !== 'table' || !isKey) return authenticate(ctx, deps, presented);
  if (!isTableSignature(presented.accountName, presented.account, presented.request, deps.clock.now()))
    throw authenticationFailed('the signature is not that of this request with a key of the account.');
  return { kind: 'key' };
}

async function answer(ctx: Context, deps: BlobPlaneDeps, service: Service, request: PlaneRequest): Promise<PlaneReply> {
  versionOf(request.headers);
  const presented = await present(deps, request);
  const credential = await credentialOf(ctx, deps, service, presented);
  const value = (name: string): string => (presented.query.get(name)?.[0] ?? '').toLowerCase();
  await authorize(deps, { account: presented.account, target: {}, credential }, needsOf(service));
  const isProperties = presented.target.container === undefined && value('restype') === 'service' && value('comp') === 'properties';
  if (request.method === 'GET' && isProperties) return { status: 200, headers: { 'content-type': 'application/xml' }, body: servicePropertiesXml(service) };
  throw notSupported(`${request.method} on the ${service} service: this server keeps no ${WORDS[service]}; Get Service Properties is answered, anything else`);
}

export function createNeighbourServicesPlane(deps: BlobPlaneDeps, service: Service): Plane {
  const hosts: readonly HostKind[] = [service];
  const route = (method: (typeof METHODS)[number]): PlaneRoute => ({
    hosts,
    method,
    path: '/*',
    permission: { kind: 'own', why: 'SharedKey and bearer tokens of the storage protocols, as on the Blob plane' },
    async run(ctx, request) {
      try {
        return withCommonHeaders(await answer(ctx, deps, service, request), request.headers, ctx.correlationId);
      } catch (error) {
        if (!(error instanceof Fault) || error.kind === 'internal') throw error;
        return withCommonHeaders(faultReply(error, { requestId: ctx.correlationId, method: request.method }), request.headers, ctx.correlationId);
      }
    },
  });
  return { name: service, routes: METHODS.map(route), renderFault: faultReply };
}
