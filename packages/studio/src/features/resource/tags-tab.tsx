// Tags: names and values by which people find and count resources.

import { Button, Field, Input, makeStyles, Text, tokens } from '@fluentui/react-components';
import { Add20Regular, Delete20Regular } from '@fluentui/react-icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { encodeId } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { ErrorState } from '../../design/states.tsx';
import { tagCommand } from './as-az.ts';
import type { TabProps } from './subject.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '14px', maxWidth: '760px' },
  row: { display: 'grid', gridTemplateColumns: '1fr 1fr 32px', gap: '10px', alignItems: 'end' },
  bar: { display: 'flex', gap: '8px', flexWrap: 'wrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
});

interface TagRow {
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

export function TagsTab({ subject }: TabProps) {
  const { id, type, resource } = subject;
  const styles = useStyles();
  const queries = useQueryClient();
  const stored = resource.tags ?? {};
  const [rows, setRows] = useState<readonly TagRow[]>();
  const shown = rows ?? Object.entries(stored).map(([name, value], key) => ({ key, name, value }));
  const tags = Object.fromEntries(shown.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]));
  const isChanged = rows !== undefined && JSON.stringify(Object.entries(tags)) !== JSON.stringify(Object.entries(stored));
  const saving = useMutation({
    // Why null for those that go: a PATCH merges.
    mutationFn: () =>
      armWrite(`${encodeId(id)}?api-version=${type.apiVersion}`, { method: 'PATCH', body: { tags: { ...Object.fromEntries(Object.keys(stored).map((name) => [name, null])), ...tags } } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['resource', id.toLowerCase()] });
      setRows(undefined);
    },
  });
  const set = (key: number, change: Partial<TagRow>): void => setRows(shown.map((row) => (row.key === key ? { ...row, ...change } : row)));
  const errors = saving.error instanceof ApiError ? saving.error.details : [];
  const messageFor = (name: string): { readonly validationMessage?: string } => {
    const found = errors.find(({ target }) => target === `tags.${name.slice(0, 100)}`);
    return found === undefined ? {} : { validationMessage: found.message };
  };
  return (
    <div className={styles.pane}>
      <Text className={styles.quiet}>A tag has a name and a value, such as team: vision. Lists can be filtered by them, and they go along in exports and logs.</Text>
      {shown.map((row, index) => (
        <div key={row.key} className={styles.row}>
          <Field {...(index === 0 ? { label: 'Name' } : {})} {...messageFor(row.name)}>
            <Input aria-label="Tag name" value={row.name} onChange={(_, { value }) => set(row.key, { name: value })} />
          </Field>
          <Field {...(index === 0 ? { label: 'Value' } : {})}>
            <Input aria-label="Tag value" value={row.value} onChange={(_, { value }) => set(row.key, { value })} />
          </Field>
          <Button appearance="subtle" icon={<Delete20Regular />} aria-label={`Remove tag ${row.name}`} onClick={() => setRows(shown.filter((each) => each.key !== row.key))} />
        </div>
      ))}
      <div className={styles.bar}>
        <Button icon={<Add20Regular />} onClick={() => setRows([...shown, { key: Math.max(-1, ...shown.map(({ key }) => key)) + 1, name: '', value: '' }])}>
          Add tag
        </Button>
        <Button appearance="primary" disabled={!isChanged || saving.isPending} onClick={() => saving.mutate()}>
          {saving.isPending ? 'Saving…' : 'Save'}
        </Button>
        {rows === undefined ? null : <Button onClick={() => setRows(undefined)}>Discard</Button>}
      </div>
      {saving.error === null ? null : <ErrorState error={saving.error} />}
      {isChanged ? <CodeBlock text={tagCommand(id, tags)} label="Copy az command" /> : null}
    </div>
  );
}
