// The code the job ran: the snapshot's files and their text.

import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { Code24Regular, Document16Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { codeFileQuery, codeQuery } from '../../api/queries.ts';
import { useWorkspace } from '../../api/workspace.ts';
import { bareButton } from '../../design/bare-button.ts';
import { CopyButton } from '../../design/copy.tsx';
import { size } from '../../design/format.ts';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';

const useStyles = makeStyles({
  split: {
    display: 'grid',
    gridTemplateColumns: 'minmax(180px, 280px) minmax(0, 1fr)',
    flex: '1 1 auto',
    minHeight: 0,
    '@media (max-width: 720px)': { gridTemplateColumns: 'minmax(0, 1fr)', gridTemplateRows: '160px minmax(0, 1fr)' },
  },
  files: { listStyleType: 'none', margin: 0, padding: '14px 12px 14px 24px', overflowY: 'auto', borderRight: `1px solid ${tokens.colorNeutralStroke2}` },
  file: {
    ...bareButton,
    boxSizing: 'border-box',
    width: '100%',
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    padding: '6px 10px',
    borderRadius: '6px',
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  chosen: { backgroundColor: tokens.colorBrandBackground2, fontWeight: 600 },
  path: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', direction: 'rtl', textAlign: 'left', unicodeBidi: 'plaintext' },
  view: { display: 'flex', flexDirection: 'column', minWidth: 0, minHeight: 0 },
  head: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', padding: '10px 24px', minHeight: '44px', color: tokens.colorNeutralForeground2 },
  text: {
    flex: '1 1 auto',
    minHeight: 0,
    overflow: 'auto',
    display: 'flex',
    alignItems: 'flex-start',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: '13px',
    lineHeight: '20px',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  numbers: { margin: 0, padding: '4px 14px 24px 24px', textAlign: 'right', color: tokens.colorNeutralForeground3, userSelect: 'none', fontFamily: 'inherit' },
  code: { margin: 0, padding: '4px 24px 24px 0', fontFamily: 'inherit', tabSize: 4 },
  state: { padding: '20px 32px' },
});

export function CodeTab({ job }: { readonly job: string }) {
  const styles = useStyles();
  const workspace = useWorkspace();
  const [parameters, setParameters] = useSearchParams();
  const { data, error, refetch, isPending } = useQuery(codeQuery(workspace, job));
  const files = (data?.files ?? []).toSorted((a, b) => a.path.localeCompare(b.path));
  const chosen = parameters.get('file') ?? files.find((file) => /\.(py|r|sh|ipynb)$/i.test(file.path))?.path ?? files[0]?.path ?? '';
  if (isPending || error !== null) {
    return <div className={styles.state}>{isPending ? <Loading /> : <ErrorState error={error} onRetry={() => void refetch()} />}</div>;
  }
  if (files.length === 0) {
    return (
      <EmptyState icon={<Code24Regular />} title="No code">
        This job ran its command in an empty folder.
      </EmptyState>
    );
  }
  return (
    <div className={styles.split}>
      <ul className={styles.files} aria-label="Files">
        {files.map((file) => (
          <li key={file.path}>
            <button
              type="button"
              title={`${file.path}, ${size(file.sizeBytes)}`}
              aria-pressed={file.path === chosen}
              className={mergeClasses(styles.file, file.path === chosen && styles.chosen)}
              onClick={() => setParameters({ file: file.path }, { replace: true })}
            >
              <Document16Regular />
              <span className={styles.path}>{file.path}</span>
            </button>
          </li>
        ))}
        {data.isTruncated ? <Text size={200}>There are more files than are listed here.</Text> : null}
      </ul>
      <CodeFile key={chosen} job={job} path={chosen} />
    </div>
  );
}

function CodeFile({ job, path }: { readonly job: string; readonly path: string }) {
  const styles = useStyles();
  const { data, error, isPending } = useQuery(codeFileQuery(useWorkspace(), job, path));
  if (isPending || error !== null) return <div className={styles.state}>{isPending ? <Loading /> : <ErrorState error={error} />}</div>;
  const lines = data.replace(/\n$/, '').split('\n').length;
  return (
    <div className={styles.view}>
      <div className={styles.head}>
        <Text>{path}</Text>
        <CopyButton text={data} label="Copy file" />
      </div>
      <section className={styles.text} tabIndex={0} aria-label={path}>
        <pre className={styles.numbers} aria-hidden="true">
          {Array.from({ length: lines }, (_, i) => i + 1).join('\n')}
        </pre>
        <pre className={styles.code}>{data}</pre>
      </section>
    </div>
  );
}
