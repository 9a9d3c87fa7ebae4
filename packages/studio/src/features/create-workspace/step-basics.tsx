// First step: what kind it is, where it lives and what it is called.

import { Combobox, Input, makeStyles, Option, Radio, RadioGroup, Switch, Textarea } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { groupOf, nameOf } from '../../api/resource-id.ts';
import { groupsQuery } from '../../api/resources.ts';
import { Link } from '../../design/link.tsx';
import { asKind, KINDS, type WorkspaceKind } from './draft.ts';
import { DeletedOfThisName } from './deleted-name.tsx';
import { WORKSPACE } from './planned.ts';
import { CheckedField } from './problems-field.tsx';
import { ResourcePicker } from './resource-picker.tsx';
import type { StepProps } from './step-props.ts';

const useStyles = makeStyles({ kind: { display: 'grid' } });

const WORDS: Readonly<Record<WorkspaceKind, readonly [title: string, purpose: string]>> = {
  Default: ['Workspace', 'Jobs, models, data and compute of one project or team.'],
  Hub: ['Hub', 'What several projects share: storage, key vault, network, encryption.'],
  Project: ['Project', 'A workspace that has its resources and its network from a hub.'],
  FeatureStore: ['Feature store', 'Features that many models are trained and served with.'],
};

export function kindTitle(kind: WorkspaceKind): string {
  return WORDS[kind][0];
}

export function BasicsStep({ draft, onChange }: StepProps) {
  const styles = useStyles();
  const groups = useQuery(groupsQuery);
  const isKnown = groups.data?.some(({ name }) => name.toLowerCase() === draft.group.toLowerCase()) === true;
  const setGroup = (group: string): void => {
    const known = groups.data?.find(({ name }) => name.toLowerCase() === group.toLowerCase());
    onChange({ ...draft, group, isGroupNew: known === undefined && group !== '' });
  };
  return (
    <>
      <CheckedField name="kind" label="Kind">
        <RadioGroup value={draft.kind} onChange={(_, { value }) => onChange(asKind(draft, KINDS.find((kind) => kind === value) ?? 'Default'))}>
          {KINDS.map((kind) => (
            <Radio
              key={kind}
              value={kind}
              label={
                <span className={styles.kind}>
                  <strong>{WORDS[kind][0]}</strong>
                  <span>{WORDS[kind][1]}</span>
                </span>
              }
            />
          ))}
        </RadioGroup>
      </CheckedField>
      {draft.kind === 'Project' ? (
        <CheckedField name="hub" label="Hub" isRequired hint="The project lives where its hub lives, and stays with it.">
          <ResourcePicker
            type={WORKSPACE}
            kind="Hub"
            id={draft.hub}
            onChoose={(hub, row) => onChange({ ...draft, hub, location: row?.location ?? draft.location, ...(draft.group === '' && hub !== '' ? { group: groupOf(hub), isGroupNew: false } : {}) })}
          />
        </CheckedField>
      ) : null}
      <CheckedField name="group" label="Resource group" isRequired hint={draft.group === '' || isKnown ? 'What lives and goes together.' : 'There is none of this name; it is created.'}>
        <Combobox
          freeform
          placeholder="Choose one, or type the name of a new one"
          value={draft.group}
          selectedOptions={isKnown ? [draft.group] : []}
          onChange={(event) => setGroup(event.target.value)}
          onOptionSelect={(_, { optionValue }) => {
            // Typing after a choice takes the choice away; what is typed stays.
            if (optionValue !== undefined) setGroup(optionValue);
          }}
        >
          {(groups.data ?? []).map(({ id, name }) => (
            <Option key={id}>{name}</Option>
          ))}
        </Combobox>
      </CheckedField>
      <CheckedField name="name" label="Name" isRequired hint="It cannot be changed later.">
        <Input value={draft.name} onChange={(_, { value }) => onChange({ ...draft, name: value })} spellCheck={false} autoComplete="off" />
      </CheckedField>
      <DeletedOfThisName draft={draft} />
      <CheckedField name="friendlyName" label="Display name" hint="What people see; the name, if left empty.">
        <Input value={draft.friendlyName} onChange={(_, { value }) => onChange({ ...draft, friendlyName: value })} />
      </CheckedField>
      <CheckedField name="description" label="Description">
        <Textarea value={draft.description} onChange={(_, { value }) => onChange({ ...draft, description: value })} rows={3} />
      </CheckedField>
      {draft.kind === 'FeatureStore' ? (
        <CheckedField name="sparkVersion" label="Spark version" hint="With which its features are made.">
          <Input value={draft.sparkVersion} onChange={(_, { value }) => onChange({ ...draft, sparkVersion: value.trim() })} spellCheck={false} autoComplete="off" />
        </CheckedField>
      ) : null}
      <CheckedField name="isHighImpact" label="High business impact" hint="Diagnostics keep less about what runs here. Fixed after creation.">
        <Switch checked={draft.isHighImpact} onChange={(_, { checked }) => onChange({ ...draft, isHighImpact: checked })} label={draft.isHighImpact ? 'Yes' : 'No'} />
      </CheckedField>
    </>
  );
}

/** What a project has from its hub, in a sentence. */
export function InheritedNote({ hub }: { readonly hub: string }) {
  return <span>Storage, key vault, telemetry, registry, network and encryption are those of {hub === '' ? 'its hub' : <Link to={`/resource${hub}`}>{nameOf(hub)}</Link>}, and change with it.</span>;
}
