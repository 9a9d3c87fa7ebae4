// Managed identity endpoints: a token for whoever knows a header secret, on loopback only.
// Source: contracts/azure-ai-ml.md §1.5; Azure "How to use managed identities" (App Service, IMDS).

import type { IdentityChoice, IdentityHeaders, ManagedToken } from '#identity/identity-headers.ts';
import { Fault } from '#kernel/faults.ts';
import type { Permission, Plane, PlaneReply, PlaneRequest } from '../plane.ts';

const secretHeader: Permission = { kind: 'own', why: 'the identity header is the credential' };

export function createInstanceMetadataPlane(deps: { readonly identityHeaders: IdentityHeaders }): Plane {
  const { identityHeaders } = deps;

  /** `/msi/token`: App Service and Azure ML compute, told apart by their api-version. */
  async function answerMsi(request: PlaneRequest): Promise<PlaneReply> {
    requireLoopback(request);
    const version = request.query.get('api-version');
    const choice = choiceOf(request, version === '2017-09-01' ? 'clientid' : 'client_id');
    if (version === '2017-09-01') {
      const issued = await identityHeaders.issue(requireHeader(request, 'secret'), requireResource(request), choice);
      // Azure: seconds as a number here, as text in the other forms.
      return reply({ ...shared(issued), expires_on: issued.expiresAtSeconds, not_before: issued.issuedAtSeconds });
    }
    if (version === '2019-08-01') {
      const issued = await identityHeaders.issue(requireHeader(request, 'x-identity-header'), requireResource(request), choice);
      return reply({ ...shared(issued), expires_on: String(issued.expiresAtSeconds), not_before: String(issued.issuedAtSeconds) });
    }
    throw new Fault('invalid', 'UnsupportedApiVersion', `api-version is '${version ?? ''}'; 2019-08-01 (App Service) and 2017-09-01 (Azure ML compute) are accepted.`, { target: 'api-version' });
  }

  /** IMDS: the secret is part of the path, because this form has no header for one. */
  async function answerImds(request: PlaneRequest): Promise<PlaneReply> {
    requireLoopback(request);
    if (request.headers['metadata']?.toLowerCase() !== 'true') throw new Fault('invalid', 'BadRequest', "Required metadata header not specified: send 'Metadata: true'.");
    if (request.headers['x-forwarded-for'] !== undefined) throw new Fault('invalid', 'BadRequest', 'A forwarded request gets no identity.');
    const version = request.query.get('api-version') ?? '';
    if (!/^20(1[89]|[2-9]\d)-\d\d-\d\d$/.test(version)) throw new Fault('invalid', 'BadRequest', `api-version is '${version}'; 2018-02-01 is accepted.`, { target: 'api-version' });
    const issued = await identityHeaders.issue(request.params['secret'] ?? '', requireResource(request), choiceOf(request, 'client_id'));
    const seconds = String(issued.lifetimeSeconds);
    return reply({ ...shared(issued), expires_in: seconds, ext_expires_in: seconds, expires_on: String(issued.expiresAtSeconds), not_before: String(issued.issuedAtSeconds) });
  }

  return {
    name: 'instance-metadata',
    routes: [
      { hosts: ['local'], method: 'GET', path: '/msi/token', permission: secretHeader, run: (_ctx, request) => answerMsi(request) },
      { hosts: ['local'], method: 'GET', path: '/imds/:secret/metadata/identity/oauth2/token', permission: secretHeader, run: (_ctx, request) => answerImds(request) },
      {
        hosts: ['local'],
        method: 'GET',
        path: '/metadata/identity/oauth2/token',
        permission: { kind: 'public', why: 'clients probe whether IMDS is there; the answer is always a refusal' },
        run: async () => {
          throw new Fault('invalid', 'BadRequest', 'Required metadata header not specified. Tokens are given under the /imds/{secret} prefix that `lazurite env` prints.');
        },
      },
    ],
    renderFault(fault) {
      const error = fault.status === 401 ? 'unauthorized_client' : fault.status >= 500 ? 'server_error' : 'invalid_request';
      return { status: fault.status, headers: { ...fault.headers }, body: { error, error_description: fault.message, statusCode: fault.status, message: fault.message } };
    },
  };
}

function shared(issued: ManagedToken): Readonly<Record<string, string>> {
  return { access_token: issued.token, client_id: issued.clientId, resource: issued.audience, token_type: 'Bearer' };
}

function reply(body: object): PlaneReply {
  return { status: 200, headers: { 'cache-control': 'no-store' }, body };
}

/** Why: these endpoints are plain http; a secret for them must never cross a network. */
function requireLoopback(request: PlaneRequest): void {
  const address = request.remoteAddress.replace(/^::ffff:/, '');
  if (address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)) return;
  throw new Fault('forbidden', 'LoopbackOnly', 'Managed identity answers programs on this machine only.');
}

function requireHeader(request: PlaneRequest, name: string): string {
  const value = request.headers[name];
  if (value === undefined || value === '') throw new Fault('unauthenticated', 'IdentityHeaderMissing', `The header ${name} is missing; its value is in the environment that \`lazurite env\` prints.`);
  return value;
}

function requireResource(request: PlaneRequest): string {
  const resource = request.query.get('resource');
  if (resource === null || resource === '')
    throw new Fault('invalid', 'InvalidResource', 'The query parameter resource is missing; for example resource=https://management.azure.com/.', { target: 'resource' });
  return resource;
}

/** Azure: one identity is named in one way; the names of the parameters differ between the forms of the endpoint. */
function choiceOf(request: PlaneRequest, clientIdName: string): IdentityChoice {
  const given = (names: readonly string[]): string | undefined => names.map((name) => request.query.get(name)).find((value) => value !== null && value !== '') ?? undefined;
  const clientId = given([clientIdName]);
  const objectId = given(['object_id', 'principal_id']);
  const resourceId = given(['mi_res_id', 'msi_res_id']);
  if ([clientId, objectId, resourceId].filter((value) => value !== undefined).length > 1)
    throw new Fault('invalid', 'InvalidRequest', `Name the identity in one way: by ${clientIdName}, by object_id or by mi_res_id.`, { target: clientIdName });
  return { ...(clientId === undefined ? {} : { clientId }), ...(objectId === undefined ? {} : { objectId }), ...(resourceId === undefined ? {} : { resourceId }) };
}
