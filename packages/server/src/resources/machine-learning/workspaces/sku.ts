// SKU of a workspace: always returned whole, for clients that read its tier. Source: contracts/terraform-azurerm.md §4.14, §10 (9, 10).

import type { Reject } from '#arm/resource-type.ts';
import { type JsonObject, stringAt } from '#kernel/json.ts';

const TIERS = ['Free', 'Basic', 'Standard', 'Premium'] as const;
/** Azure: Enterprise is a name of the past, and still sent. */
const NAMES = [...TIERS, 'Enterprise'] as const;

export function checkSku(sku: JsonObject | undefined, reject: Reject): void {
  if (sku === undefined) return;
  const { name, tier } = sku;
  if (typeof name !== 'string' || nameOf(name) === undefined)
    reject('sku.name', `sku.name is ${name === undefined ? 'missing' : JSON.stringify(name).slice(0, 60)}; ${NAMES.join(', ')} are accepted.`);
  if (tier !== undefined && tier !== null && (typeof tier !== 'string' || !TIERS.some((known) => known.toLowerCase() === tier.toLowerCase())))
    reject('sku.tier', `sku.tier is ${JSON.stringify(tier).slice(0, 60)}; ${TIERS.join(', ')} are accepted.`);
}

export function fullSku(sku: JsonObject | undefined): JsonObject {
  const name = nameOf(stringAt(sku, 'name') ?? '') ?? 'Basic';
  const tier = nameOf(stringAt(sku, 'tier') ?? '') ?? (name === 'Enterprise' ? 'Basic' : name);
  return { ...sku, name, tier };
}

function nameOf(text: string): string | undefined {
  return NAMES.find((known) => known.toLowerCase() === text.toLowerCase());
}
