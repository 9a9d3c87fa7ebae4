// What each type of datastore, and each kind of credentials, is made of. Source: contracts/azureml-rest.md §6 Datastores.

import { type TProperties, Type } from 'typebox';
import type { JsonObject } from '#kernel/json.ts';

export interface DatastoreProperties {
  readonly datastoreType: 'AzureBlob' | 'AzureFile' | 'AzureDataLakeGen1' | 'AzureDataLakeGen2' | 'OneLake';
  readonly credentials: JsonObject & { readonly credentialsType: string };
  readonly accountName?: string;
  readonly isDefault?: boolean;
}

/** Where the bytes are: what the datastores of the workspace itself keep for good. */
export const LOCATION = ['accountName', 'containerName', 'fileShareName', 'filesystem', 'storeName', 'oneLakeWorkspaceName', 'artifact'] as const;

const NAME = '[a-zA-Z0-9_]';
const GUID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';
const Named = Type.String({ pattern: NAME, accepts: 'a text with a letter, digit or _', maxLength: 1024 });
const Text = Type.Optional(Type.String({ maxLength: 1024 }));
const Secret = Type.Optional(Type.String({ maxLength: 65_536 }));
const Words = Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])));

function credentials<const N extends string, P extends TProperties, S extends TProperties>(credentialsType: N, members: P, secrets: S) {
  return Type.Object({ credentialsType: Type.Literal(credentialsType), ...members, secrets: Type.Optional(Type.Object({ secretsType: Text, ...secrets })) });
}

const principal = { clientId: Type.String({ pattern: GUID, accepts: 'a GUID' }), tenantId: Type.String({ pattern: GUID, accepts: 'a GUID' }), authorityUrl: Text, resourceUrl: Text };

const Credentials = Type.Union([
  credentials('None', {}, {}),
  credentials('AccountKey', {}, { key: Secret }),
  credentials('Sas', {}, { sasToken: Secret }),
  credentials('ServicePrincipal', principal, { clientSecret: Secret }),
  credentials('Certificate', { ...principal, thumbprint: Named }, { certificate: Secret }),
]);

/** The member of `secrets` that each kind of credentials is about. */
export const SECRET_OF: Readonly<Record<string, string | undefined>> = { AccountKey: 'key', Sas: 'sasToken', ServicePrincipal: 'clientSecret', Certificate: 'certificate' };

function datastore<const N extends string, P extends TProperties>(datastoreType: N, members: P) {
  return Type.Object({
    datastoreType: Type.Literal(datastoreType),
    credentials: Credentials,
    description: Text,
    isDefault: Type.Optional(Type.Boolean()),
    tags: Words,
    properties: Words,
    subscriptionId: Text,
    resourceGroup: Text,
    serviceDataAccessAuthIdentity: Type.Optional(Type.Enum(['None', 'WorkspaceSystemAssignedIdentity', 'WorkspaceUserAssignedIdentity'], { default: 'None' })),
    ...members,
  });
}

const site = { endpoint: Text, protocol: Type.Optional(Type.Enum(['https', 'http', 'wasbs', 'wasb', 'abfss', 'abfs'], { default: 'https' })) };

export const datastoreSchema = Type.Unsafe<DatastoreProperties>(
  Type.Union([
    datastore('AzureBlob', { accountName: Named, containerName: Named, ...site }),
    datastore('AzureFile', { accountName: Named, fileShareName: Named, ...site }),
    datastore('AzureDataLakeGen2', { accountName: Named, filesystem: Named, ...site }),
    datastore('AzureDataLakeGen1', { storeName: Named }),
    datastore('OneLake', { oneLakeWorkspaceName: Named, artifact: Type.Object({ artifactType: Type.Enum(['LakeHouse']), artifactName: Named }), endpoint: Text }),
  ]),
);
