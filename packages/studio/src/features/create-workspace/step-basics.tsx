// First step: where it lives and what it is called.

import { Combobox, Input, Option, Switch, Textarea } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { groupsQuery } from '../../api/resources.ts';
import type { StepProps } from './step-props.ts';
import { CheckedField } from './problems-field.tsx';

export function BasicsStep({ draft, onChange }: StepProps) {
  const groups = useQuery(groupsQuery);
  const isKnown = groups.data?.some(({ name }) => name.toLowerCase() === draft.group.toLowerCase()) === true;
  const setGroup = (group: string): void => {
    const known = groups.data?.find(({ name }) => name.toLowerCase() === group.toLowerCase());
    onChange({ ...draft, group, isGroupNew: known === undefined && group !== '', location: known?.location ?? draft.location });
  };
  return (
    <>
      <CheckedField name="group" label="Resource group" isRequired hint={draft.group === '' || isKnown ? 'What lives and goes together.' : 'There is none of this name; it is created.'}>
        <Combobox
          freeform
          placeholder="Choose one, or type the name of a new one"
          value={draft.group}
          selectedOptions={isKnown ? [draft.group] : []}
          onChange={(event) => setGroup(event.target.value)}
          onOptionSelect={(_, { optionValue }) => setGroup(optionValue ?? '')}
        >
          {(groups.data ?? []).map(({ id, name }) => (
            <Option key={id}>{name}</Option>
          ))}
        </Combobox>
      </CheckedField>
      <CheckedField name="name" label="Name" isRequired hint="3 to 33 letters, digits, - or _. It cannot be changed later.">
        <Input value={draft.name} onChange={(_, { value }) => onChange({ ...draft, name: value })} spellCheck={false} autoComplete="off" />
      </CheckedField>
      <CheckedField name="friendlyName" label="Display name" hint="What people see; the name, if left empty.">
        <Input value={draft.friendlyName} onChange={(_, { value }) => onChange({ ...draft, friendlyName: value })} />
      </CheckedField>
      <CheckedField name="description" label="Description">
        <Textarea value={draft.description} onChange={(_, { value }) => onChange({ ...draft, description: value })} rows={3} />
      </CheckedField>
      <CheckedField name="isHighImpact" label="High business impact" hint="Diagnostics keep less about what runs here. Fixed after creation.">
        <Switch checked={draft.isHighImpact} onChange={(_, { checked }) => onChange({ ...draft, isHighImpact: checked })} label={draft.isHighImpact ? 'Yes' : 'No'} />
      </CheckedField>
    </>
  );
}
