// Outbound rules by type, and what makes one valid. Source: contracts/azureml-rest.md §6 OutboundRule; contracts/terraform-azurerm.md §4.17.

import { Type } from 'typebox';
import type { JsonObject } from '#kernel/json.ts';

export type RuleType = 'FQDN' | 'PrivateEndpoint' | 'ServiceTag';

export interface RuleProperties {
  readonly type: RuleType;
  readonly category: 'Required' | 'Recommended' | 'UserDefined' | 'Dependency';
  readonly destination: string | JsonObject;
}

const HOST = '^(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$';
const PORTS = '^(\\*|[0-9]{1,5}(-[0-9]{1,5})?(,\\s*[0-9]{1,5}(-[0-9]{1,5})?)*)$';

const base = {
  category: Type.Optional(Type.Enum(['Required', 'Recommended', 'UserDefined', 'Dependency'], { default: 'UserDefined' })),
};

export const ruleSchema = Type.Unsafe<RuleProperties>(
  Type.Union([
    Type.Object({ type: Type.Literal('FQDN'), ...base, destination: Type.String({ pattern: HOST, accepts: 'a host name, such as example.com or *.example.com', maxLength: 253 }) }),
    Type.Object({
      type: Type.Literal('PrivateEndpoint'),
      ...base,
      destination: Type.Object({
        serviceResourceId: Type.String({ pattern: '^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/.+/.+/.+$', accepts: 'the id of a resource' }),
        subresourceTarget: Type.String({ minLength: 1, maxLength: 80 }),
        sparkEnabled: Type.Optional(Type.Boolean({ default: false })),
      }),
      fqdns: Type.Optional(Type.Array(Type.String({ pattern: HOST, accepts: 'a host name, such as example.com or *.example.com', maxLength: 253 }), { maxItems: 50 })),
    }),
    Type.Object({
      type: Type.Literal('ServiceTag'),
      ...base,
      destination: Type.Object({
        serviceTag: Type.String({ pattern: '^[A-Za-z0-9._-]{1,80}$', accepts: '1 to 80 letters, digits, ., _ or -' }),
        protocol: Type.Enum(['TCP', 'UDP', 'ICMP', '*']),
        portRanges: Type.String({ pattern: PORTS, accepts: '*, or ports and ranges of ports with commas between, such as 80,8000-8100' }),
        action: Type.Optional(Type.Enum(['Allow', 'Deny'])),
        addressPrefixes: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$', accepts: 'an address, or a range such as 10.0.0.0/16' }), { maxItems: 100 })),
      }),
    }),
  ]),
);
