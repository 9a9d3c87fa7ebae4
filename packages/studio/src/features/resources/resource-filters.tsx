// The row of filters above the resource list, and which columns it shows.

import { Button, Dropdown, makeStyles, Menu, MenuItemCheckbox, MenuList, MenuPopover, MenuTrigger, Option } from '@fluentui/react-components';
import { TableSettings20Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { groupsQuery } from '../../api/resources.ts';
import { TextFilter } from '../../design/text-filter.tsx';
import { isNarrowed, type ResourceSearch } from './resource-search.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px', padding: '0 32px 14px', alignItems: 'center' },
  choice: { minWidth: '150px', maxWidth: '260px' },
  space: { flex: '1 1 auto' },
});

export function ResourceFilters(props: {
  readonly search: ResourceSearch;
  onChange(part: Partial<ResourceSearch>): void;
  readonly columns: readonly { readonly id: string; readonly title: string }[];
  readonly shown: readonly string[];
  onShow(columns: readonly string[]): void;
  /** The list is of one group. */
  readonly isGroupFixed?: boolean;
}) {
  const styles = useStyles();
  const { search, onChange } = props;
  const types = useQuery(typesQuery);
  const groups = useQuery({ ...groupsQuery, enabled: props.isGroupFixed !== true });
  const tracked = (types.data ?? []).filter((type) => type.isTracked && type.path === null);
  const nameOfType = (type: string): string => findType(types.data, type)?.pluralName ?? type;
  return (
    <div className={styles.row} role="search" aria-label="Filter resources">
      <TextFilter label="Name" text={search.text} onChange={(text) => onChange({ text })} />
      <Dropdown
        className={styles.choice}
        multiselect
        aria-label="Type"
        placeholder="Type"
        selectedOptions={[...search.types]}
        value={search.types.length === 0 ? '' : search.types.length === 1 ? nameOfType(search.types[0] ?? '') : `${search.types.length} types`}
        onOptionSelect={(_, { selectedOptions }) => onChange({ types: selectedOptions })}
      >
        {tracked.map(({ type, pluralName }) => (
          <Option key={type} value={type} text={pluralName}>
            {pluralName}
          </Option>
        ))}
      </Dropdown>
      {props.isGroupFixed === true ? null : (
        <Dropdown
          className={styles.choice}
          aria-label="Resource group"
          placeholder="Resource group"
          value={search.group}
          selectedOptions={[search.group]}
          onOptionSelect={(_, { optionValue }) => onChange({ group: optionValue ?? '' })}
        >
          <Option value="" text="">
            Any resource group
          </Option>
          {(groups.data ?? []).map(({ id, name }) => (
            <Option key={id} value={name}>
              {name}
            </Option>
          ))}
        </Dropdown>
      )}
      <TextFilter label="Tag" hint="Tag or tag=value" text={search.tag} onChange={(tag) => onChange({ tag })} isNarrow />
      {isNarrowed(search) ? (
        <Button appearance="subtle" onClick={() => onChange({ text: '', types: [], group: '', tag: '', sorting: search.sorting })}>
          Clear
        </Button>
      ) : null}
      <span className={styles.space} />
      <Menu checkedValues={{ columns: [...props.shown] }} onCheckedValueChange={(_, { checkedItems }) => props.onShow(checkedItems)}>
        <MenuTrigger disableButtonEnhancement>
          <Button appearance="subtle" icon={<TableSettings20Regular />}>
            Columns
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {props.columns.map(({ id, title }) => (
              <MenuItemCheckbox key={id} name="columns" value={id}>
                {title}
              </MenuItemCheckbox>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
    </div>
  );
}
