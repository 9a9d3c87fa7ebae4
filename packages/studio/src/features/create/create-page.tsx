// Making a resource of any type: first which type, then a form made from its descriptor.

import { makeStyles, SearchBox, Text, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { NavLink, useSearchParams } from 'react-router';
import { findType, formQuery, type TypeDescriptor, typesQuery } from '../../api/resource-types.ts';
import { studioConfig } from '../../api/session.ts';
import { Page } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { WORKSPACE } from '../create-workspace/planned.ts';
import { CreateForm } from './create-form.tsx';
import { noun } from '../resource/words.ts';
import { isCreatable } from './new-resource.ts';

const useStyles = makeStyles({
  search: { width: '320px', maxWidth: '100%', marginBottom: '18px' },
  list: { listStyleType: 'none', padding: 0, margin: 0, display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(260px, 100%), 1fr))', gap: '12px' },
  card: {
    display: 'grid',
    gap: '2px',
    padding: '14px 16px',
    height: '100%',
    boxSizing: 'border-box',
    borderRadius: '10px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    overflowWrap: 'anywhere',
    ':hover': { border: `1px solid ${tokens.colorBrandStroke2}`, backgroundColor: tokens.colorNeutralBackground2 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  quiet: { color: tokens.colorNeutralForeground3 },
});

export function CreatePage() {
  const [parameters] = useSearchParams();
  const types = useQuery(typesQuery);
  const wanted = parameters.get('type') ?? '';
  const type = findType(types.data, wanted);
  if (types.error !== null) return <ErrorState error={types.error} onRetry={() => void types.refetch()} />;
  if (types.data === undefined) return <Loading />;
  if (type !== undefined && isCreatable(type)) return <OfType key={`${type.type} ${parameters.get('in') ?? ''}`} type={type} />;
  return <Gallery types={types.data} place={parameters.get('in') ?? ''} unknown={wanted} />;
}

function OfType({ type }: { readonly type: TypeDescriptor }) {
  const form = useQuery(formQuery(type.type));
  const config = useQuery({ queryKey: ['config'], queryFn: studioConfig, staleTime: Infinity });
  const error = form.error ?? config.error;
  return (
    <Page title={`Create ${/^[aeiou]/i.test(type.displayName) ? 'an' : 'a'} ${noun(type.displayName)}`} above={<Link to="/create">All types</Link>} meta={<span>{type.type}</span>}>
      {error === null ? null : <ErrorState error={error} />}
      {form.data === undefined || config.data === undefined ? <Loading lines={8} /> : <CreateForm type={type} form={form.data} config={config.data} />}
    </Page>
  );
}

/** Types that can be made where one is, or anywhere. */
function Gallery({ types, place, unknown }: { readonly types: readonly TypeDescriptor[]; readonly place: string; readonly unknown: string }) {
  const styles = useStyles();
  const [text, setText] = useState('');
  const shown = types
    .filter(isCreatable)
    .filter(({ parent }) => parent === null || findType(types, parent)?.isTracked === true)
    .filter(({ displayName, type }) => `${displayName} ${type}`.toLowerCase().includes(text.toLowerCase()))
    .toSorted((one, other) => one.displayName.localeCompare(other.displayName));
  return (
    <Page title="Create a resource" meta={unknown === '' ? undefined : <span>{`There is no type ${unknown} that can be made here.`}</span>}>
      <SearchBox className={styles.search} aria-label="Find a type" placeholder="Find a type" value={text} onChange={(_, { value }) => setText(value)} />
      <ul className={styles.list}>
        {shown.map((type) => (
          <li key={type.type}>
            <NavLink to={addressOf(type, place)} className={styles.card}>
              <Text weight="semibold">{type.displayName}</Text>
              <Text size={200} className={styles.quiet}>
                {type.parent === null ? <BrokenAtSlash text={type.type} /> : `in a ${noun(findType(types, type.parent)?.displayName ?? type.parent)}`}
              </Text>
            </NavLink>
          </li>
        ))}
      </ul>
      {shown.length === 0 ? <Text className={styles.quiet}>{`No type is called “${text}”.`}</Text> : null}
    </Page>
  );
}

/** A long name on more than one line, when it has to be. */
function BrokenAtSlash({ text }: { readonly text: string }) {
  const [first, ...others] = text.split('/');
  return (
    <>
      {first}
      {others.map((part) => (
        <Fragment key={part}>
          /<wbr />
          {part}
        </Fragment>
      ))}
    </>
  );
}

function addressOf({ type }: TypeDescriptor, place: string): string {
  const group = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)$/i.exec(place)?.[1];
  if (type === WORKSPACE) return `/create/workspace${group === undefined ? '' : `?group=${encodeURIComponent(group)}`}`;
  return `/create?${new URLSearchParams({ type, ...(place === '' ? {} : { in: place }) })}`;
}
