// Choosing a resource that exists, of one type.

import { Combobox, Option } from '@fluentui/react-components';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { groupOf, nameOf } from '../../api/resource-id.ts';
import { type ResourceRow, resourcesQuery } from '../../api/resources.ts';

/** Goes inside a field, which names it. */
export function ResourcePicker(props: { readonly type: string; readonly kind?: string; readonly id: string; onChoose(id: string, row: ResourceRow | undefined): void }) {
  const { type, kind, id, onChoose } = props;
  const [typed, setTyped] = useState<string>();
  const text = useDeferredValue(typed ?? '');
  const search = new URLSearchParams({ type, sort: 'name:asc', ...(text === '' ? {} : { text }), ...(kind === undefined ? {} : { kind }) });
  const { data, isPending } = useInfiniteQuery(resourcesQuery(search.toString(), 50));
  const rows = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Combobox
      freeform
      placeholder={!isPending && rows.length === 0 && text === '' ? 'There is none' : 'Find by name'}
      value={typed ?? (id === '' ? '' : nameOf(id))}
      selectedOptions={id === '' ? [] : [id]}
      onChange={(event) => {
        setTyped(event.target.value);
        if (id !== '') onChoose('', undefined);
      }}
      onOptionSelect={(_, { optionValue }) => {
        if (optionValue === undefined) return;
        setTyped(undefined);
        onChoose(
          optionValue,
          rows.find((row) => row.id === optionValue),
        );
      }}
    >
      {rows.map((row) => (
        <Option key={row.id} value={row.id} text={row.name}>
          {`${row.name} · ${groupOf(row.id)}`}
        </Option>
      ))}
    </Combobox>
  );
}
