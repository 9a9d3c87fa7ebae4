// Tenants: this installation is one tenant, known by its GUID, by its domain names, and by the words that mean "the tenant
// of whoever signs in". Source: Microsoft identity platform, "Endpoints"; contracts/azure-ai-ml.md §1.6 (`adfs`).

import { aadsts } from './aadsts.ts';

/** `named`: a GUID or a domain. `any`: organizations, common. `adfs`: the authority form of az without instance discovery. */
export type TenantForm = 'named' | 'any' | 'adfs';

/** What the first path segment of an authority means here. Throws AADSTS90002. */
export function resolveTenant(segment: string, tenantId: string, domain: string): TenantForm {
  const wanted = segment.toLowerCase();
  if (wanted === tenantId || wanted === domain) return 'named';
  if (wanted === 'organizations' || wanted === 'common') return 'any';
  if (wanted === 'adfs') return 'adfs';
  throw aadsts(90002, `Tenant '${segment}' not found. This server is tenant '${tenantId}' (${domain}); 'organizations' and 'common' stand for it when a person signs in.`);
}
