// What hangs on a resource: what goes with it, and what refers to it and stays behind.

import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { dependentsQuery } from '../../api/dependents.ts';
import { resourcePage } from '../../api/resource-id.ts';
import { findType, typesQuery } from '../../api/resource-types.ts';
import { Link } from '../../design/link.tsx';
import { noun } from './words.ts';
import { Loading } from '../../design/states.tsx';

const useStyles = makeStyles({ list: { margin: '4px 0 0', paddingLeft: '18px' } });
const MOST_COUNTED = 10_000;

export function Dependents({ id }: { readonly id: string }) {
  const styles = useStyles();
  const types = useQuery(typesQuery);
  const { data, isPending } = useQuery(dependentsQuery(id));
  if (isPending) return <Loading lines={2} />;
  const titleOf = (type: string): string => findType(types.data, type)?.pluralName.toLowerCase() ?? type;
  // What nobody made by hand goes without saying.
  const inside = (data?.inside ?? []).filter(({ type }) => !/^microsoft\.authorization\//i.test(type));
  const references = data?.references ?? [];
  const total = inside.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      {inside.length === 0 ? null : (
        <MessageBar intent="info" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{`${total >= MOST_COUNTED ? 'More than ' : ''}${total.toLocaleString('en-US')} inside go with it`}</MessageBarTitle>
            {inside.map(({ type, count }) => `${count.toLocaleString('en-US')} ${titleOf(type)}`).join(', ')}
          </MessageBarBody>
        </MessageBar>
      )}
      {references.length === 0 ? null : (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>These refer to it and will lack it</MessageBarTitle>
            <ul className={styles.list}>
              {references.map((row) => (
                <li key={row.id}>
                  <Link to={resourcePage(row.id)}>{row.name}</Link> {noun(findType(types.data, row.type)?.displayName ?? row.type)}
                </li>
              ))}
            </ul>
          </MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}
