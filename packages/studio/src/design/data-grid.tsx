// The one table: virtual rows, headers that sort, rows that can be chosen, arrow keys from row to row.
// Filtering, sorting and paging are the server's work; the grid only shows and asks.

import { Checkbox, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { ArrowDown12Regular, ArrowUp12Regular } from '@fluentui/react-icons';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef } from 'react';
import { bareButton } from './bare-button.ts';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** CSS grid track, such as `minmax(200px, 2fr)`. */
  readonly width: string;
  readonly isSortable?: boolean;
  cell(row: Row): ReactNode;
}

export interface Sorting {
  readonly column: string;
  readonly isDescending: boolean;
}

const ROW_HEIGHT = 46;

const useStyles = makeStyles({
  scroller: { flex: '1 1 auto', minHeight: 0, overflow: 'auto', padding: '0 32px 24px', '@media (max-width: 640px)': { padding: '0 12px 24px' } },
  table: { minWidth: 'min-content' },
  head: { position: 'sticky', top: 0, zIndex: 1, backgroundColor: tokens.colorNeutralBackground1, borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  row: { display: 'grid', alignItems: 'center', columnGap: '16px', padding: '0 8px', height: `${ROW_HEIGHT}px` },
  headRow: { height: '38px', color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  bodyRow: {
    position: 'absolute',
    left: 0,
    right: 0,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-within': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  chosen: { backgroundColor: tokens.colorBrandBackground2, ':hover': { backgroundColor: tokens.colorBrandBackground2Hover } },
  cell: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', minWidth: 0 },
  sorter: {
    ...bareButton,
    cursor: 'pointer',
    display: 'inline-flex',
    alignItems: 'center',
    gap: '4px',
    padding: '4px 6px',
    margin: '0 -6px',
    borderRadius: tokens.borderRadiusMedium,
    ':hover': { color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  sorted: { color: tokens.colorNeutralForeground1, fontWeight: 600 },
});

export function DataGrid<Row>(props: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  rowId(row: Row): string;
  readonly sorting?: Sorting;
  onSort?(sorting: Sorting): void;
  readonly chosen?: ReadonlySet<string>;
  onChoose?(chosen: ReadonlySet<string>): void;
  /** Called when the last rows come into view. */
  onEnd?(): void;
}) {
  const styles = useStyles();
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, columns, chosen, onChoose, onEnd } = props;
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 12, scrollMargin: 38 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 30) onEnd?.();
  }, [last, rows.length, onEnd]);

  const isChoosing = chosen !== undefined && onChoose !== undefined;
  const template = `${isChoosing ? '28px ' : ''}${columns.map((column) => column.width).join(' ')}`;
  const choose = (id: string, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(id);
    else next.delete(id);
    onChoose?.(next);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const row = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    const index = Number(row?.getAttribute('data-index') ?? -1);
    const next = Math.min(rows.length - 1, Math.max(0, index + (event.key === 'ArrowDown' ? 1 : -1)));
    if (index < 0 || next === index) return;
    event.preventDefault();
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => {
      const link = scroller.current?.querySelector(`[data-index="${next}"] a`);
      if (link instanceof HTMLElement) link.focus();
    });
  };

  return (
    <div ref={scroller} className={styles.scroller} onKeyDown={onKeyDown}>
      <div role="table" aria-label={props.label} aria-rowcount={rows.length + 1} className={styles.table}>
        <div role="rowgroup" className={styles.head}>
          <div role="row" aria-rowindex={1} className={mergeClasses(styles.row, styles.headRow)} style={{ gridTemplateColumns: template }}>
            {isChoosing ? (
              <span role="columnheader">
                <Checkbox
                  aria-label="Choose all rows loaded"
                  checked={chosen.size === 0 ? false : chosen.size === rows.length ? true : 'mixed'}
                  onChange={(_, data) => onChoose(data.checked === true ? new Set(rows.map(props.rowId)) : new Set())}
                />
              </span>
            ) : null}
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sorting={props.sorting} onSort={props.onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const id = props.rowId(row);
            const isChosen = chosen?.has(id) === true;
            return (
              <div
                key={id}
                role="row"
                aria-rowindex={item.index + 2}
                data-index={item.index}
                className={mergeClasses(styles.row, styles.bodyRow, isChosen && styles.chosen)}
                style={{ gridTemplateColumns: template, transform: `translateY(${item.start - 38}px)` }}
              >
                {isChoosing ? (
                  <span role="cell">
                    <Checkbox aria-label={`Choose ${id}`} checked={isChosen} onChange={(_, data) => choose(id, data.checked === true)} />
                  </span>
                ) : null}
                {columns.map((column) => (
                  <span key={column.id} role="cell" className={styles.cell} onMouseEnter={tellCut}>
                    {column.cell(row)}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** What does not fit into its cell is told to who points at it. */
function tellCut({ currentTarget: cell }: MouseEvent<HTMLElement>): void {
  cell.title = cell.scrollWidth > cell.clientWidth ? (cell.textContent ?? '') : '';
}

function HeaderCell<Row>({ column, sorting, onSort }: { readonly column: Column<Row>; readonly sorting: Sorting | undefined; readonly onSort: ((sorting: Sorting) => void) | undefined }) {
  const styles = useStyles();
  if (column.isSortable !== true || sorting === undefined || onSort === undefined) {
    return (
      <span role="columnheader" className={styles.cell}>
        {column.title}
      </span>
    );
  }
  const isSorted = sorting.column === column.id;
  return (
    <span role="columnheader" aria-sort={isSorted ? (sorting.isDescending ? 'descending' : 'ascending') : 'none'} className={styles.cell}>
      <button type="button" className={mergeClasses(styles.sorter, isSorted && styles.sorted)} onClick={() => onSort({ column: column.id, isDescending: isSorted ? !sorting.isDescending : false })}>
        {column.title}
        {isSorted ? sorting.isDescending ? <ArrowDown12Regular /> : <ArrowUp12Regular /> : null}
      </button>
    </span>
  );
}
