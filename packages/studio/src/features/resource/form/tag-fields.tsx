// Names and values of tags, row by row.

import { Button, Field, Input, makeStyles } from '@fluentui/react-components';
import { Add20Regular, Delete20Regular } from '@fluentui/react-icons';
import { useState } from 'react';

const useStyles = makeStyles({
  rows: { display: 'grid', gap: '10px' },
  row: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr) 32px', gap: '10px', alignItems: 'start', '& input': { minWidth: 0 } },
});

export type Tags = Readonly<Record<string, string>>;

interface Row {
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

const NO_MESSAGES: Readonly<Record<string, string>> = {};

/** `messages`: what is wrong, by the name of the tag. */
export function TagFields({ tags, messages = NO_MESSAGES, onChange }: { readonly tags: Tags; readonly messages?: Readonly<Record<string, string>>; onChange(tags: Tags): void }) {
  const styles = useStyles();
  const [kept, setKept] = useState<readonly Row[]>([]);
  // Rows without a name yet are no tags; when the tags come from elsewhere, the rows are theirs.
  const rows = JSON.stringify(tagsOf(kept)) === JSON.stringify(tags) ? kept : Object.entries(tags).map(([name, value], key) => ({ key, name, value }));
  const set = (next: readonly Row[]): void => {
    setKept(next);
    onChange(tagsOf(next));
  };
  const messageOf = ({ name }: Row, index: number): { readonly validationMessage?: string } => {
    const isTwice = name.trim() !== '' && rows.some((row, at) => at < index && row.name.trim().toLowerCase() === name.trim().toLowerCase());
    const message = isTwice ? 'Two tags have this name; the last one counts.' : messages[name.trim()];
    return message === undefined ? {} : { validationMessage: message };
  };
  return (
    <div className={styles.rows} role="group" aria-label="Tags">
      {rows.map((row, index) => (
        <div key={row.key} className={styles.row}>
          <Field {...messageOf(row, index)}>
            <Input aria-label="Tag name" placeholder="Name" value={row.name} onChange={(_, { value: name }) => set(rows.map((each) => (each.key === row.key ? { ...each, name } : each)))} />
          </Field>
          <Input aria-label="Tag value" placeholder="Value" value={row.value} onChange={(_, { value }) => set(rows.map((each) => (each.key === row.key ? { ...each, value } : each)))} />
          <Button appearance="subtle" icon={<Delete20Regular />} aria-label={`Remove tag ${row.name}`} onClick={() => set(rows.filter(({ key }) => key !== row.key))} />
        </div>
      ))}
      <div>
        <Button icon={<Add20Regular />} onClick={() => set([...rows, { key: Math.max(-1, ...rows.map(({ key }) => key)) + 1, name: '', value: '' }])}>
          Add tag
        </Button>
      </div>
    </div>
  );
}

function tagsOf(rows: readonly Row[]): Tags {
  return Object.fromEntries(rows.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]));
}
