// Second step: the resources it depends on; each is made anew or chosen.

import { Input, makeStyles, Radio, RadioGroup, Text, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { isOptional, NEIGHBOUR_KINDS, NEIGHBOURS, type Neighbour, type NeighbourKind } from './draft.ts';
import { CheckedField } from './problems-field.tsx';
import { ResourcePicker } from './resource-picker.tsx';
import type { StepProps } from './step-props.ts';

const useStyles = makeStyles({
  group: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: '10px', padding: '12px 18px 18px', margin: 0, display: 'grid', gap: '10px', minWidth: 0 },
  legend: { padding: '0 6px', fontWeight: 600 },
  quiet: { color: tokens.colorNeutralForeground3 },
});

const PURPOSE: Readonly<Record<NeighbourKind, string>> = {
  storage: 'Holds logs, outputs, models and uploaded data. Standard, without a hierarchical namespace. Cannot be changed later.',
  vault: 'Holds secrets of datastores and connections. Cannot be changed later.',
  insights: 'Holds telemetry of jobs and endpoints. Kept in a Log Analytics workspace beside it.',
  registry: 'Holds images of environments. Made by itself when one is first built, if left out here.',
};

export function ResourcesStep({ draft, onChange }: StepProps) {
  const { data: types } = useQuery(typesQuery);
  return NEIGHBOUR_KINDS.filter((kind) => findType(types, NEIGHBOURS[kind].type) !== undefined).map((kind) => (
    <OneNeighbour
      key={kind}
      kind={kind}
      isOptional={isOptional(draft.kind, kind)}
      neighbour={draft.neighbours[kind]}
      onChange={(neighbour) => onChange({ ...draft, neighbours: { ...draft.neighbours, [kind]: neighbour } })}
    />
  ));
}

function OneNeighbour(props: { readonly kind: NeighbourKind; readonly isOptional: boolean; readonly neighbour: Neighbour; onChange(neighbour: Neighbour): void }) {
  const styles = useStyles();
  const { kind, neighbour, onChange } = props;
  const { title, type } = NEIGHBOURS[kind];
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{title}</legend>
      <Text size={200} className={styles.quiet}>
        {PURPOSE[kind]}
      </Text>
      <RadioGroup
        layout="horizontal"
        aria-label={title}
        value={neighbour.mode}
        onChange={(_, { value }) => onChange({ ...neighbour, mode: value === 'pick' ? 'pick' : value === 'none' ? 'none' : 'create' })}
      >
        {props.isOptional ? <Radio value="none" label="None" /> : null}
        <Radio value="create" label="Create a new one" />
        <Radio value="pick" label="Use one that exists" />
      </RadioGroup>
      {neighbour.mode === 'create' ? (
        <CheckedField name={kind} label={`Name of the ${title.toLowerCase()}`}>
          <Input value={neighbour.name} onChange={(_, { value }) => onChange({ ...neighbour, name: value })} spellCheck={false} autoComplete="off" />
        </CheckedField>
      ) : null}
      {neighbour.mode === 'pick' ? (
        <CheckedField name={kind} label={`Existing ${title.toLowerCase()}`}>
          <ResourcePicker type={type} id={neighbour.id} onChoose={(id) => onChange({ ...neighbour, id })} />
        </CheckedField>
      ) : null}
    </fieldset>
  );
}
