// The row of filters above the job list.

import { Button, Dropdown, makeStyles, Option } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { facetsQuery } from '../../api/queries.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { statusLabel } from '../../design/status.tsx';
import { TextFilter } from '../../design/text-filter.tsx';
import { isFiltered, type JobSearch } from './job-search.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px', padding: '0 32px 14px', alignItems: 'center' },
  choice: { minWidth: '132px', maxWidth: '220px' },
});

const EVERY = '';

export function JobFilters({ search, onChange }: { readonly search: JobSearch; onChange(part: Partial<JobSearch>): void }) {
  const styles = useStyles();
  const { data } = useQuery(facetsQuery(useWorkspace()));
  return (
    <div className={styles.row} role="search" aria-label="Filter jobs">
      <TextFilter label="Name" text={search.text} onChange={(text) => onChange({ text })} />
      <Dropdown
        className={styles.choice}
        multiselect
        aria-label="Status"
        placeholder="Status"
        selectedOptions={[...search.statuses]}
        value={search.statuses.length === 0 ? '' : search.statuses.length === 1 ? statusLabel(search.statuses[0] ?? '') : `${search.statuses.length} states`}
        onOptionSelect={(_, { selectedOptions }) => onChange({ statuses: selectedOptions })}
      >
        {(data?.statuses ?? []).map(({ status, count }) => (
          <Option key={status} value={status} text={statusLabel(status)}>
            {`${statusLabel(status)} (${count.toLocaleString('en-US')})`}
          </Option>
        ))}
      </Dropdown>
      <Choice label="Experiment" value={search.experiment} options={data?.experiments ?? []} onChange={(experiment) => onChange({ experiment })} />
      <Choice label="Created by" value={search.createdBy} options={data?.creators ?? []} onChange={(createdBy) => onChange({ createdBy })} />
      <Choice label="Compute" value={search.compute} options={data?.computes ?? []} onChange={(compute) => onChange({ compute })} />
      {isFiltered(search) ? (
        <Button appearance="subtle" onClick={() => onChange({ statuses: [], text: '', experiment: '', createdBy: '', compute: '' })}>
          Clear
        </Button>
      ) : null}
    </div>
  );
}

function Choice(props: { readonly label: string; readonly value: string; readonly options: readonly string[]; onChange(value: string): void }) {
  const styles = useStyles();
  if (props.options.length === 0 && props.value === EVERY) return null;
  return (
    <Dropdown
      className={styles.choice}
      aria-label={props.label}
      placeholder={props.label}
      value={props.value}
      selectedOptions={[props.value]}
      onOptionSelect={(_, { optionValue }) => props.onChange(optionValue ?? EVERY)}
    >
      <Option value={EVERY} text="">
        {`Any ${props.label.toLowerCase()}`}
      </Option>
      {props.options.map((option) => (
        <Option key={option} value={option}>
          {option}
        </Option>
      ))}
    </Dropdown>
  );
}
