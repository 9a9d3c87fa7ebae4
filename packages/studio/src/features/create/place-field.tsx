// Where a new resource goes: a resource group, or a resource of the type it is a part of.

import { Combobox, Field, Option } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { nameOf } from '../../api/resource-id.ts';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { groupsQuery } from '../../api/resources.ts';
import { ResourcePicker } from '../create-workspace/resource-picker.tsx';
import type { Enclosure } from './new-resource.ts';

export function PlaceField(props: { readonly place: Enclosure; readonly id: string; readonly isMissing: boolean; onChoose(id: string): void }) {
  const { place, id } = props;
  const types = useQuery(typesQuery);
  if (place.kind === 'subscription') return null;
  const parent = place.kind === 'resource' ? findType(types.data, place.type) : undefined;
  const label = place.kind === 'group' ? 'Resource group' : (parent?.displayName ?? 'In');
  return (
    <Field label={label} required {...(props.isMissing ? { validationMessage: `Choose the ${label.toLowerCase()}.` } : {})}>
      {place.kind === 'group' ? <GroupPicker id={id} onChoose={props.onChoose} /> : <ResourcePicker type={place.type} id={id} onChoose={props.onChoose} />}
    </Field>
  );
}

function GroupPicker({ id, onChoose }: { readonly id: string; onChoose(id: string): void }) {
  const { data = [] } = useQuery(groupsQuery);
  const [typed, setTyped] = useState<string>();
  const shown = data.filter(({ name }) => typed === undefined || name.toLowerCase().includes(typed.toLowerCase()));
  return (
    <Combobox
      freeform
      placeholder="Find by name"
      value={typed ?? (id === '' ? '' : nameOf(id))}
      selectedOptions={id === '' ? [] : [id]}
      onChange={(event) => {
        setTyped(event.target.value);
        if (id !== '') onChoose('');
      }}
      onOptionSelect={(_, { optionValue }) => {
        if (optionValue === undefined) return;
        setTyped(undefined);
        onChoose(optionValue);
      }}
    >
      {shown.map((group) => (
        <Option key={group.id} value={group.id}>
          {group.name}
        </Option>
      ))}
    </Combobox>
  );
}
