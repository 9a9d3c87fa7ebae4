// Ctrl-K: jump to any job, workspace, resource or page by typing a part of its name, or to making something new.

import { Dialog, DialogBody, DialogSurface, DialogTitle, makeStyles, mergeClasses, Spinner, Text, tokens } from '@fluentui/react-components';
import { Add20Regular, Beaker20Regular, Globe20Regular, Grid20Regular, Search20Regular } from '@fluentui/react-icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useMatch, useNavigate } from 'react-router';
import { jobsPeekQuery, workspacesQuery } from '../api/queries.ts';
import { resourcePage } from '../api/resource-id.ts';
import { findType, type TypeDescriptor, typesQuery } from '../api/resource-types.ts';
import { resourcesQuery } from '../api/resources.ts';
import { parseWorkspaceId, workspaceOf } from '../api/workspace.ts';
import { statusLabel } from '../design/status.tsx';
import { WORKSPACE } from '../features/create-workspace/planned.ts';
import { isCreatable } from '../features/create/new-resource.ts';
import { HOME_PLACES, type PlaceGroup, PLACES } from './places.tsx';

interface Target {
  readonly key: string;
  readonly kind: string;
  readonly title: string;
  readonly detail: string;
  readonly to: string;
  readonly icon: ReactNode;
}

const useStyles = makeStyles({
  surface: { padding: 0, maxWidth: '620px', width: 'calc(100vw - 32px)', top: '12vh', marginTop: 0, borderRadius: '14px', overflow: 'hidden' },
  body: { display: 'block', gap: 0 },
  hidden: { position: 'absolute', clipPath: 'inset(50%)', width: '1px', height: '1px', overflow: 'hidden' },
  field: { display: 'flex', alignItems: 'center', gap: '12px', padding: '0 18px', borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, color: tokens.colorNeutralForeground3 },
  input: {
    flex: '1 1 auto',
    minWidth: 0,
    height: '54px',
    border: 'none',
    outline: 'none',
    backgroundColor: 'transparent',
    color: tokens.colorNeutralForeground1,
    fontFamily: 'inherit',
    fontSize: tokens.fontSizeBase400,
    '::placeholder': { color: tokens.colorNeutralForeground3 },
  },
  list: { maxHeight: 'min(52vh, 440px)', overflowY: 'auto', padding: '8px' },
  kind: { padding: '8px 12px 4px', fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground3 },
  option: { display: 'flex', alignItems: 'center', gap: '12px', padding: '9px 12px', borderRadius: '8px', cursor: 'pointer', minWidth: 0 },
  active: { backgroundColor: tokens.colorBrandBackground2 },
  title: { flex: '1 1 auto', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  detail: { color: tokens.colorNeutralForeground3, whiteSpace: 'nowrap', fontSize: tokens.fontSizeBase200 },
  icon: { display: 'inline-flex', color: tokens.colorNeutralForeground3 },
  none: { padding: '28px', textAlign: 'center', color: tokens.colorNeutralForeground3 },
});

export function Palette({ isOpen, onClose }: { readonly isOpen: boolean; onClose(): void }) {
  const styles = useStyles();
  return (
    <Dialog open={isOpen} onOpenChange={(_, { open }) => open || onClose()}>
      <DialogSurface className={styles.surface} aria-label="Jump to">
        <DialogBody className={styles.body}>
          <DialogTitle className={styles.hidden}>Jump to</DialogTitle>
          {isOpen ? <Search onClose={onClose} /> : null}
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Search({ onClose }: { onClose(): void }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const { targets, isSearching } = useTargets(text.trim());
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const go = (target: Target | undefined): void => {
    if (target === undefined) return;
    onClose();
    void navigate(target.to);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setActive((index) => (index + step + targets.length) % Math.max(1, targets.length));
    } else if (event.key === 'Enter') go(targets[active]);
  };
  return (
    <>
      <div className={styles.field}>
        <Search20Regular />
        <input
          autoFocus
          className={styles.input}
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={targets[active] === undefined ? undefined : `${listId}-${active}`}
          aria-label="Search jobs, workspaces, resources and pages"
          placeholder="Search jobs, workspaces, pages"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        {isSearching ? <Spinner size="tiny" aria-label="Searching" /> : null}
      </div>
      <div ref={list} id={listId} role="listbox" aria-label="Results" className={styles.list}>
        {targets.map((target, index) => (
          <div key={target.key} role="presentation">
            {targets[index - 1]?.kind === target.kind ? null : (
              <div role="presentation" className={styles.kind}>
                {target.kind}
              </div>
            )}
            <div
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === active}
              tabIndex={-1}
              className={mergeClasses(styles.option, index === active && styles.active)}
              onMouseMove={() => setActive(index)}
              onClick={() => go(target)}
            >
              <span className={styles.icon} aria-hidden="true">
                {target.icon}
              </span>
              <span className={styles.title}>{target.title}</span>
              <span className={styles.detail}>{target.detail}</span>
            </div>
          </div>
        ))}
      </div>
      {targets.length === 0 && !isSearching ? <Text className={styles.none}>Nothing here is called “{text}”.</Text> : null}
    </>
  );
}

function useTargets(text: string): { readonly targets: readonly Target[]; readonly isSearching: boolean } {
  const match = useMatch('/workspaces/:subscription/:group/:workspace/*');
  const { subscription = '', group = '', workspace: name = '' } = match?.params ?? {};
  const here = match === null ? undefined : workspaceOf(subscription, group, name);
  const workspaces = useQuery(workspacesQuery);
  const types = useQuery(typesQuery);
  const jobs = useQuery({ ...jobsPeekQuery(here ?? workspaceOf('', '', ''), text === '' ? '' : `text=${encodeURIComponent(text)}`, 8), enabled: here !== undefined });
  const resources = useInfiniteQuery({ ...resourcesQuery(new URLSearchParams({ text, sort: 'name:asc' }).toString(), 8), enabled: text.length > 1, refetchInterval: false });
  const matches = (title: string): boolean => title.toLowerCase().includes(text.toLowerCase());
  const targets: Target[] = [];
  if (here !== undefined) {
    // Why: until the server has answered, the rows are those of what was typed before; Enter must not lead to one of them.
    const found = jobs.data?.items ?? [];
    for (const job of jobs.isPlaceholderData ? found.filter(({ displayName }) => matches(displayName)) : found) {
      targets.push({
        key: `job ${job.runId}`,
        kind: text === '' ? 'Recent jobs' : 'Jobs',
        title: job.displayName,
        detail: statusLabel(job.status),
        to: `${here.home}/jobs/${job.runId}`,
        icon: <Beaker20Regular />,
      });
    }
    targets.push(...placeTargets(PLACES, here.home).filter((target) => matches(target.title)));
  }
  for (const resource of workspaces.data ?? []) {
    const workspace = parseWorkspaceId(resource.id);
    if (workspace !== undefined && matches(workspace.name)) {
      targets.push({ key: resource.id, kind: 'Workspaces', title: workspace.name, detail: workspace.group, to: `${workspace.home}/jobs`, icon: <Globe20Regular /> });
    }
  }
  if (here === undefined) targets.push(...placeTargets(HOME_PLACES, '').filter((target) => matches(target.title)));
  for (const row of text.length > 1 ? (resources.data?.pages[0]?.items ?? []) : []) {
    if (matches(row.name))
      targets.push({
        key: `resource ${row.id}`,
        kind: 'Resources',
        title: row.name,
        detail: findType(types.data, row.type)?.displayName ?? row.type,
        to: resourcePage(row.id),
        icon: <Grid20Regular />,
      });
  }
  targets.push(...createTargets(types.data ?? []).filter((target) => text !== '' && matches(target.title)));
  return { targets: targets.slice(0, 60), isSearching: (jobs.isFetching && here !== undefined) || (resources.isFetching && text.length > 1) };
}

function placeTargets(groups: readonly PlaceGroup[], base: string): readonly Target[] {
  return groups
    .flatMap(({ places }) => places)
    .map((place) => ({ key: `place ${place.path}`, kind: 'Pages', title: place.title, detail: '', to: place.path === '' ? base || '/' : `${base}/${place.path}`, icon: place.icon }));
}

function createTargets(types: readonly TypeDescriptor[]): readonly Target[] {
  const makes = types.filter((type) => isCreatable(type) && (type.parent === null || type.isTracked));
  return makes.map((type) => ({
    key: `create ${type.type}`,
    kind: 'Create',
    title: `Create ${type.displayName.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`,
    detail: '',
    to: type.type === WORKSPACE ? '/create/workspace' : `/create?type=${type.type}`,
    icon: <Add20Regular />,
  }));
}
