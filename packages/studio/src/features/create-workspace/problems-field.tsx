// A field of the wizard: what is wrong with it is said once somebody has been there, or has tried to go on.

import { Field, type FieldProps } from '@fluentui/react-components';
import { createContext, type ReactNode, useContext, useState } from 'react';
import type { Problem } from './draft.ts';

export interface ProblemView {
  readonly problems: readonly Problem[];
  /** Everything is told, also of what nobody touched yet. */
  readonly isAll: boolean;
}

export const ProblemContext = createContext<ProblemView>({ problems: [], isAll: false });

export function CheckedField(props: { readonly name: string; readonly label: string; readonly hint?: string; readonly isRequired?: boolean; readonly children: ReactNode }) {
  const { problems, isAll } = useContext(ProblemContext);
  const [isTouched, setTouched] = useState(false);
  const found = isAll || isTouched ? problems.find(({ field }) => field === props.name) : undefined;
  const shown: Partial<FieldProps> = { ...(props.hint === undefined ? {} : { hint: props.hint }), ...(found === undefined ? {} : { validationMessage: found.message }) };
  return (
    <div onBlur={() => setTouched(true)}>
      <Field label={props.label} required={props.isRequired === true} {...shown}>
        {props.children}
      </Field>
    </div>
  );
}
