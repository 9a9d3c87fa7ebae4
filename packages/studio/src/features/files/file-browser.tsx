// Folders and files of a tree, a look inside, downloads.

import { Breadcrumb, BreadcrumbButton, BreadcrumbDivider, BreadcrumbItem, Button, makeStyles, Text, tokens, Tooltip } from '@fluentui/react-components';
import { ArrowDownload20Regular, Document20Regular, Folder20Filled } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode } from 'react';
import { download, type FileEntry, filesQuery, type FileTree } from '../../api/files.ts';
import { bareButton } from '../../design/bare-button.ts';
import { size } from '../../design/format.ts';
import { ErrorState, Loading } from '../../design/states.tsx';
import { FilePreview } from './file-preview.tsx';

const useStyles = makeStyles({
  split: { display: 'grid', gridTemplateColumns: 'minmax(280px, 1fr) minmax(0, 1.4fr)', gap: '20px', alignItems: 'start', '@media (max-width: 980px)': { gridTemplateColumns: 'minmax(0, 1fr)' } },
  list: { listStyleType: 'none', margin: '10px 0 0', padding: 0, border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: '10px', overflow: 'hidden' },
  row: {
    display: 'flex',
    alignItems: 'center',
    gap: '4px',
    paddingRight: '6px',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    ':first-child': { borderTop: 'none' },
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  chosen: { backgroundColor: tokens.colorBrandBackground2 },
  open: {
    ...bareButton,
    boxSizing: 'border-box',
    display: 'flex',
    alignItems: 'center',
    gap: '10px',
    flex: '1 1 auto',
    minWidth: 0,
    padding: '10px 12px',
    cursor: 'pointer',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  name: { flex: '1 1 auto', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  size: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, whiteSpace: 'nowrap' },
  folder: { color: tokens.colorPaletteMarigoldForeground2, flexShrink: 0 },
  file: { color: tokens.colorNeutralForeground3, flexShrink: 0 },
});

interface Step {
  readonly label: string;
  onOpen(): void;
}

/** A folder beside those of the tree, at its root. */
export interface OtherRoot extends Step {
  readonly note: string;
}

export function FileBrowser(props: {
  readonly tree: FileTree;
  /** Of the root of the tree. */
  readonly name: string;
  /** What lies above the root. */
  readonly above?: Step;
  readonly others?: readonly OtherRoot[];
  readonly folder: string;
  /** '' while none is open. */
  readonly file: string;
  /** Where nothing is. */
  readonly empty?: ReactNode;
  onOpen(folder: string, file: string): void;
}) {
  const styles = useStyles();
  const { tree, folder, file, onOpen, others = [] } = props;
  const { data, error, refetch, isPending } = useQuery(filesQuery(tree, folder));
  const names = folder === '' ? [] : folder.split('/');
  const steps: readonly Step[] = [
    ...(props.above === undefined ? [] : [props.above]),
    { label: props.name, onOpen: () => onOpen('', '') },
    ...names.map((label, i) => ({ label, onOpen: () => onOpen(names.slice(0, i + 1).join('/'), '') })),
  ];
  const roots = folder === '' ? others : [];
  if (data?.length === 0 && folder === '' && roots.length === 0 && props.empty !== undefined) return props.empty;
  return (
    <div className={styles.split}>
      <div>
        <Breadcrumb aria-label="Folder">
          {steps.map((step, i) => (
            <Fragment
              key={steps
                .slice(0, i + 1)
                .map(({ label }) => label)
                .join('/')}
            >
              {i === 0 ? null : <BreadcrumbDivider />}
              <BreadcrumbItem>
                <BreadcrumbButton current={i === steps.length - 1} onClick={step.onOpen}>
                  {step.label}
                </BreadcrumbButton>
              </BreadcrumbItem>
            </Fragment>
          ))}
        </Breadcrumb>
        {isPending ? <Loading /> : null}
        {error === null ? null : <ErrorState error={error} onRetry={() => void refetch()} />}
        {roots.length === 0 && (data?.length ?? 0) === 0 ? null : (
          <ul className={styles.list}>
            {roots.map((root) => (
              <li key={root.label} className={styles.row}>
                <button type="button" className={styles.open} onClick={root.onOpen}>
                  <Folder20Filled className={styles.folder} />
                  <span className={styles.name}>{root.label}</span>
                  <span className={styles.size}>{root.note}</span>
                </button>
              </li>
            ))}
            {sorted(data ?? []).map((entry) => (
              <li key={entry.path} className={entry.path === file ? `${styles.row} ${styles.chosen}` : styles.row}>
                <button
                  type="button"
                  className={styles.open}
                  aria-pressed={entry.isFolder ? undefined : entry.path === file}
                  onClick={() => (entry.isFolder ? onOpen(entry.path, '') : onOpen(folder, entry.path))}
                >
                  {entry.isFolder ? <Folder20Filled className={styles.folder} /> : <Document20Regular className={styles.file} />}
                  <span className={styles.name}>{entry.path.split('/').at(-1)}</span>
                  {entry.sizeBytes === undefined ? null : <span className={styles.size}>{size(entry.sizeBytes)}</span>}
                </button>
                {entry.isFolder ? null : (
                  <Tooltip content={`Download ${entry.path.split('/').at(-1)}`} relationship="label">
                    <Button appearance="subtle" icon={<ArrowDownload20Regular />} onClick={() => void download(tree, entry.path)} />
                  </Tooltip>
                )}
              </li>
            ))}
          </ul>
        )}
        {data?.length === 0 && roots.length === 0 ? <Text>This folder is empty.</Text> : null}
      </div>
      {file === '' ? null : <FilePreview key={file} tree={tree} path={file} />}
    </div>
  );
}

function sorted(entries: readonly FileEntry[]): readonly FileEntry[] {
  return entries.toSorted((a, b) => Number(b.isFolder) - Number(a.isFolder) || a.path.localeCompare(b.path, undefined, { numeric: true }));
}
