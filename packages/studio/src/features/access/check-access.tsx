// Check access: what somebody may do here, action by action, and through which assignment. The server answers with the
// evaluation that every request goes through.

import { Button, Field, Input, makeStyles, Text, tokens } from '@fluentui/react-components';
import { CheckmarkCircle16Filled, DismissCircle16Filled } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { type AccessReview, type FoundPrincipal, reviewQuery } from '../../api/access.ts';
import { resourcePage, scopeWord } from '../../api/resource-id.ts';
import { type TypeDescriptor, typesQuery } from '../../api/resource-types.ts';
import { Section } from '../../design/layout.tsx';
import { Link } from '../../design/link.tsx';
import { type PlainColumn, PlainTable } from '../../design/plain-table.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { PrincipalPicker } from './principal-picker.tsx';
import type { TabProps } from '../resource/subject.ts';
import { words } from '../resource/words.ts';

const useStyles = makeStyles({
  pane: { display: 'grid', gap: '18px', maxWidth: '1180px' },
  ask: { display: 'flex', flexWrap: 'wrap', gap: '14px', alignItems: 'end' },
  field: { width: '380px', maxWidth: '100%' },
  verdict: { display: 'inline-flex', alignItems: 'center', gap: '6px', whiteSpace: 'nowrap' },
  good: { color: tokens.colorPaletteGreenForeground1, display: 'inline-flex' },
  bad: { color: tokens.colorNeutralForeground3, display: 'inline-flex' },
  quiet: { color: tokens.colorNeutralForeground3 },
  action: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
});

type Answer = AccessReview['answers'][number];
const MOST_ACTIONS = 120;

export function CheckAccess({ subject }: TabProps) {
  const styles = useStyles();
  const { id, type } = subject;
  const { data: types = [] } = useQuery(typesQuery);
  const [principal, setPrincipal] = useState<FoundPrincipal>();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState<readonly string[]>([]);
  const actions = useMemo(() => [...asked, ...actionsOf(type, types)].slice(0, MOST_ACTIONS), [asked, type, types]);
  const dataActions = dataActionsOf(type.type);
  const review = useQuery(reviewQuery(id, principal?.id ?? '', actions, dataActions));
  return (
    <div className={styles.pane}>
      <div className={styles.ask}>
        <Field label="Who" className={styles.field}>
          <PrincipalPicker scope={id} chosen={principal} onChoose={setPrincipal} />
        </Field>
        <form
          className={styles.ask}
          onSubmit={(event) => {
            event.preventDefault();
            if (typed.trim() !== '') setAsked([typed.trim(), ...asked.filter((action) => action !== typed.trim())]);
            setTyped('');
          }}
        >
          <Field label="Another action" className={styles.field}>
            <Input value={typed} onChange={(_, { value }) => setTyped(value)} placeholder={`${type.type}/read`} spellCheck={false} />
          </Field>
          <Button type="submit">Ask about it</Button>
        </form>
      </div>
      {principal === undefined ? <Text className={styles.quiet}>Choose a person, a group or an application to see what they may do here, and why.</Text> : null}
      {review.error === null ? null : <ErrorState error={review.error} onRetry={() => void review.refetch()} />}
      {principal !== undefined && review.isPending ? <Loading /> : null}
      {principal === undefined || review.data === undefined ? null : <Verdict id={id} review={review.data} />}
    </div>
  );
}

function Verdict({ id, review }: { readonly id: string; readonly review: AccessReview }) {
  const styles = useStyles();
  const name = review.principal.displayName;
  const columns = columnsOf({ styles, id, review });
  return (
    <>
      <Section title={`What ${name} holds here`}>
        {review.principal.isEnabled ? null : <Text block>{`${name} is disabled: no role counts until it is enabled again.`}</Text>}
        {review.assignments.length === 0 ? (
          <Text>No role reaches this resource: {name} may do nothing here.</Text>
        ) : (
          review.assignments.map((assignment) => <div key={assignment.id}>{reason(assignment, id, review.principal.id)}</div>)
        )}
      </Section>
      <PlainTable label={`What ${name} may do here`} columns={columns} rows={review.answers} rowId={(row) => `${row.plane} ${row.action}`} />
    </>
  );
}

function Action({ answer }: { readonly answer: Answer }) {
  const styles = useStyles();
  const segments = answer.action.split('/');
  const last = segments.at(-1) ?? '';
  const verb = last === 'action' ? words(segments.at(-2) ?? '') : words(last);
  return (
    <>
      <div>
        {verb}
        {answer.plane === 'dataAction' ? ' (data)' : ''}
      </div>
      <div className={`${styles.action} ${styles.quiet}`}>{answer.action}</div>
    </>
  );
}

function reason(assignment: AccessReview['assignments'][number], id: string, principalId: string) {
  const place =
    scopeWord(assignment.scope, id) === 'here' ? (
      'given here'
    ) : assignment.scope === '/' || assignment.scope === '' ? (
      'given for the whole server'
    ) : (
      <>
        given at <Link to={resourcePage(assignment.scope, 'access')}>{assignment.scope.split('/').length === 3 ? 'the subscription' : (assignment.scope.split('/').at(-1) ?? '')}</Link>
      </>
    );
  return (
    <>
      {assignment.roleName}, {place}
      {assignment.principalId === principalId ? '' : `, through group ${assignment.principalId}`}
      {assignment.condition === null ? '' : ' (has a condition, which is not evaluated: it grants nothing)'}
    </>
  );
}

/** Of the type itself, then of what is below it. */
function actionsOf(type: TypeDescriptor, types: readonly TypeDescriptor[]): readonly string[] {
  const own = (each: TypeDescriptor): readonly string[] => [
    each.permissions.read,
    ...(each.verbs.includes('put') ? [each.permissions.write] : []),
    ...(each.verbs.includes('delete') ? [each.permissions.delete] : []),
    ...each.actions.map(({ permission }) => permission),
  ];
  const below = types.filter((each) => each.parent === type.type);
  return [...new Set([...own(type), 'Microsoft.Authorization/roleAssignments/write', ...below.flatMap(own)])];
}

/** What the data planes of a type ask for. */
function dataActionsOf(type: string): readonly string[] {
  switch (type.toLowerCase()) {
    case 'microsoft.storage/storageaccounts':
      return ['read', 'write', 'delete'].map((verb) => `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/${verb}`);
    case 'microsoft.keyvault/vaults':
      return ['secrets/getSecret/action', 'secrets/setSecret/action', 'keys/read', 'keys/encrypt/action', 'certificates/read'].map((verb) => `Microsoft.KeyVault/vaults/${verb}`);
    default:
      return [];
  }
}

function columnsOf({ styles, id, review }: { readonly styles: ReturnType<typeof useStyles>; readonly id: string; readonly review: AccessReview }): readonly PlainColumn<Answer>[] {
  const assignments = new Map(review.assignments.map((assignment) => [assignment.id, assignment]));
  return [
    {
      title: 'Allowed',
      width: '110px',
      cell: (row) => (
        <span className={styles.verdict}>
          <span className={row.isAllowed ? styles.good : styles.bad} aria-hidden="true">
            {row.isAllowed ? <CheckmarkCircle16Filled /> : <DismissCircle16Filled />}
          </span>
          {row.isAllowed ? 'Yes' : 'No'}
        </span>
      ),
    },
    { title: 'Action', cell: (row) => <Action answer={row} /> },
    {
      title: 'Why',
      width: '44%',
      cell: (row) =>
        row.isAllowed
          ? row.assignmentIds.map((assignmentId) => {
              const through = assignments.get(assignmentId);
              return through === undefined ? null : <div key={assignmentId}>{reason(through, id, review.principal.id)}</div>;
            })
          : row.rolesThatWould.length === 0
            ? 'No built-in role allows it; a custom role would have to name it.'
            : `Would be allowed by ${row.rolesThatWould.slice(0, 4).join(', ')}${row.rolesThatWould.length > 4 ? ` or ${row.rolesThatWould.length - 4} more roles` : ''}.`,
    },
  ];
}
