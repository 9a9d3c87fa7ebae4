// Choosing a resource that exists, of one type.

import { Combobox, Option } from '@fluentui/react-components';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { groupOf, nameOf } from '../../api/resource-id.ts';
import { resourcesQuery } from '../../api/resources.ts';

/** Goes inside a field, which names it. */
export function ResourcePicker({ type, id, onChoose }: { readonly type: string; readonly id: string; onChoose(id: string): void }) {
  const [typed, setTyped] = useState<string>();
  const text = useDeferredValue(typed ?? '');
  const { data, isPending } = useInfiniteQuery(resourcesQuery(new URLSearchParams({ type, sort: 'name:asc', ...(text === '' ? {} : { text }) }).toString(), 50));
  const rows = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Combobox
      freeform
      placeholder={!isPending && rows.length === 0 && text === '' ? 'There is none' : 'Find by name'}
      value={typed ?? (id === '' ? '' : nameOf(id))}
      selectedOptions={id === '' ? [] : [id]}
      onChange={(event) => {
        setTyped(event.target.value);
        if (id !== '') onChoose('');
      }}
      onOptionSelect={(_, { optionValue }) => {
        setTyped(undefined);
        onChoose(optionValue ?? '');
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
