// A table of a few rows inside a pane: as wide as the pane, as high as its rows.

import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

export interface PlainColumn<Row> {
  readonly title: string;
  /** A column of buttons has its title for screen readers only. */
  readonly isTitleHidden?: boolean;
  readonly width?: string;
  cell(row: Row): ReactNode;
}

const useStyles = makeStyles({
  frame: { overflowX: 'auto' },
  // Why a least width: on a narrow screen the frame scrolls, instead of words breaking letter by letter.
  table: { width: '100%', minWidth: '560px', borderCollapse: 'collapse', textAlign: 'left' },
  head: {
    padding: '6px 12px 8px 0',
    fontWeight: 400,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    whiteSpace: 'nowrap',
  },
  cell: { padding: '9px 12px 9px 0', borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, verticalAlign: 'middle', overflowWrap: 'anywhere' },
  hidden: { position: 'absolute', clipPath: 'inset(50%)', width: '1px', height: '1px', overflow: 'hidden' },
});

export function PlainTable<Row>(props: { readonly label: string; readonly columns: readonly PlainColumn<Row>[]; readonly rows: readonly Row[]; rowId(row: Row): string }) {
  const styles = useStyles();
  return (
    <div className={styles.frame} role="region" aria-label={props.label} tabIndex={0}>
      <table className={styles.table} aria-label={props.label}>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th key={column.title} scope="col" className={styles.head} style={{ width: column.width }}>
                {column.isTitleHidden === true ? <span className={styles.hidden}>{column.title}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.rowId(row)}>
              {props.columns.map((column) => (
                <td key={column.title} className={styles.cell}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
