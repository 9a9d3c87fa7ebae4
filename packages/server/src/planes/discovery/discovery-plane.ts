// Discovery plane: cloud metadata on the Resource Manager host, data-plane addresses on the api host. No credentials.
// Source: contracts/azure-ai-ml.md §1.2, §5.

import type { CloudNames } from '#config/cloud-names.ts';
import { Fault } from '#kernel/faults.ts';
import type { Permission, Plane, PlaneReply } from '../plane.ts';
import { cloudMetadata } from './cloud-metadata.ts';

const PUBLIC: Permission = { kind: 'public', why: 'clients read it before they have a credential; it holds names only' };
/** Azure: the ML client downloads the document several times for each client object. */
const CACHEABLE = { 'cache-control': 'public, max-age=60' };

/** `names` is asked for each time, because the port may be known only once the server listens. */
export function createDiscoveryPlane(names: () => CloudNames): Plane {
  const workspaceDiscovery = async (): Promise<PlaneReply> => ({ status: 200, headers: CACHEABLE, body: dataPlaneAddresses(names()) });
  return {
    name: 'discovery',
    routes: [
      {
        hosts: ['management', 'local'],
        method: 'GET',
        path: '/metadata/endpoints',
        permission: PUBLIC,
        run: async (_ctx, request) => ({ status: 200, headers: CACHEABLE, body: cloudMetadata(names(), request.query.get('api-version')) }),
      },
      { hosts: ['api'], method: 'GET', path: '/discovery', permission: PUBLIC, run: workspaceDiscovery },
      { hosts: ['api'], method: 'GET', path: '/discovery/workspaces/*', permission: PUBLIC, run: workspaceDiscovery },
      { hosts: ['api'], method: 'GET', path: '/registrymanagement/v1.0/registries/*', permission: PUBLIC, run: (_ctx, request) => Promise.reject(noRegistry(request.url.pathname)) },
    ],
    renderFault,
  };
}

/** Clients that are given a registry's name look here first, for where it is. */
function noRegistry(path: string): Fault {
  const name = path.split('/')[4]?.slice(0, 100) ?? '';
  return new Fault('notFound', 'RegistryNotFound', `The registry '${name}' was not found: this server has no machine learning registries. Name a workspace instead.`, { target: name });
}

/** Service name to base URL, without trailing slash. All data planes share the api host. */
function dataPlaneAddresses(names: CloudNames): Readonly<Record<string, string>> {
  const services = ['api', 'catalog', 'experimentation', 'history', 'hyperdrive', 'modelmanagement', 'pipelines'];
  return { ...Object.fromEntries(services.map((service) => [service, names.api])), studio: names.studio };
}

function renderFault(fault: Fault): PlaneReply {
  return {
    status: fault.status,
    headers: fault.headers,
    body: { error: { code: fault.code, message: fault.message, ...(fault.target === undefined ? {} : { target: fault.target }), details: fault.details } },
  };
}
