// Tags: names and values by which people find and count resources.

import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { plainSentence } from '../../api/checks.ts';
import { ApiError } from '../../api/client.ts';
import { encodeId } from '../../api/resources.ts';
import { armWrite } from '../../api/write.ts';
import { CodeBlock } from '../../design/copy.tsx';
import { ErrorState } from '../../design/states.tsx';
import { tagCommand } from './as-az.ts';
import { type Tags, TagFields } from './form/tag-fields.tsx';
import type { TabProps } from './subject.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '14px', maxWidth: '760px' },
  bar: { display: 'flex', gap: '8px', flexWrap: 'wrap' },
  quiet: { color: tokens.colorNeutralForeground2 },
});

export function TagsTab({ subject }: TabProps) {
  const { id, type, resource } = subject;
  const styles = useStyles();
  const queries = useQueryClient();
  const stored = resource.tags ?? {};
  const [edited, setEdited] = useState<Tags>();
  const tags = edited ?? stored;
  const isChanged = JSON.stringify(tags) !== JSON.stringify(stored);
  const saving = useMutation({
    // Why null for those that go: a PATCH merges.
    mutationFn: () =>
      armWrite(`${encodeId(id)}?api-version=${type.apiVersion}`, { method: 'PATCH', body: { tags: { ...Object.fromEntries(Object.keys(stored).map((name) => [name, null])), ...tags } } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['resource', id.toLowerCase()] });
      setEdited(undefined);
    },
  });
  const details = saving.error instanceof ApiError ? saving.error.details : [];
  const messages = Object.fromEntries(details.map((detail) => [detail.target?.replace(/^tags\./, '') ?? '', plainSentence(detail)]));
  return (
    <div className={styles.pane}>
      <Text className={styles.quiet}>A tag has a name and a value, such as team: vision. Lists can be filtered by them, and they go along in exports and logs.</Text>
      <TagFields tags={tags} messages={messages} onChange={setEdited} />
      <div className={styles.bar}>
        <Button appearance="primary" disabled={!isChanged || saving.isPending} onClick={() => saving.mutate()}>
          {saving.isPending ? 'Saving…' : 'Save'}
        </Button>
        {isChanged ? (
          <Button
            onClick={() => {
              setEdited(undefined);
              saving.reset();
            }}
          >
            Discard
          </Button>
        ) : null}
      </div>
      {saving.error === null ? null : <ErrorState error={saving.error} />}
      {isChanged ? <CodeBlock text={tagCommand(id, tags)} label="Copy az command" /> : null}
    </div>
  );
}
