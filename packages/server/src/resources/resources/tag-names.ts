// The names and values of tags that resources of a subscription carry. Tags come into being on resources; none is made beforehand.
// Source: Resource Manager REST, Tags - List.

import { nextLink, tokenOf } from '#arm/list-query.ts';
import { type ArmRoute, defineArmRoute } from '#arm/route.ts';
import { countTags } from '#storage/tag-store.ts';

const PAGE = 500;
const VALUES = 200;

export function tagNameRoutes(): readonly ArmRoute[] {
  return [
    defineArmRoute({
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/tagNames',
      apiVersions: { since: '2014-04-01' },
      permission: { action: 'Microsoft.Resources/subscriptions/tagNames/read' },
      async run(_ctx, { params, query, origin, database }) {
        const id = `/subscriptions/${params['subscriptionId'] ?? ''}`;
        const tags = await countTags(database.sql, (params['subscriptionId'] ?? '').toLowerCase(), { after: tokenOf(query) ?? '', limit: PAGE, valuesPerName: VALUES });
        const count = (value: number) => ({ type: 'Total', value });
        const value = tags.map(({ name, total, values }) => ({
          id: `${id}/tagNames/${name}`,
          tagName: name,
          count: count(total),
          values: values.map((one) => ({ id: `${id}/tagNames/${name}/tagValues/${one.value}`, tagValue: one.value, count: count(one.total) })),
        }));
        const last = tags.at(-1);
        return { body: { value, ...(tags.length < PAGE || last === undefined ? {} : { nextLink: nextLink(origin, `${id}/tagNames`, query, last.name.toLowerCase()) }) } };
      },
    }),
  ];
}
