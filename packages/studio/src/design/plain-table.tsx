// A table of a few rows inside a pane: as wide as the pane, as high as its rows.

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

export interface PlainColumn<Row> {
  readonly title: string;
  /** A column of buttons has its title for screen readers only. */
  readonly isTitleHidden?: boolean;
  readonly width?: string;
  cell(row: Row): ReactNode;
}

const NARROW = '@media (max-width: 640px)';

const useStyles = makeStyles({
  frame: { overflowX: 'auto' },
  titles: { [NARROW]: { position: 'absolute', clipPath: 'inset(50%)', width: '1px', height: '1px', overflow: 'hidden' } },
  body: { [NARROW]: { display: 'block' } },
  // Where there is no room for columns, a row is a card: what it is about, then its values with their titles before them.
  row: { [NARROW]: { display: 'grid', gap: '6px', padding: '12px 0', borderBottom: `1px solid ${tokens.colorNeutralStroke3}` } },
  table: { width: '100%', borderCollapse: 'collapse', textAlign: 'left', [NARROW]: { display: 'block' } },
  head: {
    padding: '6px 12px 8px 0',
    fontWeight: 400,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    whiteSpace: 'nowrap',
  },
  cell: {
    padding: '9px 12px 9px 0',
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    verticalAlign: 'middle',
    overflowWrap: 'anywhere',
    [NARROW]: { display: 'grid', gridTemplateColumns: '92px minmax(0, 1fr)', gap: '12px', alignItems: 'baseline', padding: 0, borderBottom: 'none' },
  },
  titled: { [NARROW]: { '::before': { content: 'attr(data-title)', color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 } } },
  untitled: { [NARROW]: { gridTemplateColumns: 'minmax(0, 1fr)', ':empty': { display: 'none' } } },
  hidden: { position: 'absolute', clipPath: 'inset(50%)', width: '1px', height: '1px', overflow: 'hidden' },
});

export function PlainTable<Row>(props: { readonly label: string; readonly columns: readonly PlainColumn<Row>[]; readonly rows: readonly Row[]; rowId(row: Row): string }) {
  const styles = useStyles();
  return (
    <div className={styles.frame} role="region" aria-label={props.label} tabIndex={0}>
      <table className={styles.table} aria-label={props.label}>
        <thead className={styles.titles}>
          <tr>
            {props.columns.map((column) => (
              <th key={column.title} scope="col" className={styles.head} style={{ width: column.width }}>
                {column.isTitleHidden === true ? <span className={styles.hidden}>{column.title}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className={styles.body}>
          {props.rows.map((row) => (
            <tr key={props.rowId(row)} className={styles.row}>
              {props.columns.map((column, at) => (
                <td key={column.title} data-title={column.title} className={mergeClasses(styles.cell, at === 0 || column.isTitleHidden === true ? styles.untitled : styles.titled)}>
                  <div>{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
