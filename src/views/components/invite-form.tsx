// The form that invites one address in one role.

import type { FieldError } from '../../domain/failure.ts'
import { ROLE_SENTENCES, type Role } from '../../domain/roles.ts'
import { ErrorSummary, errorFor, Field, FieldMessage } from './field.tsx'

/** What was typed, shown again after an error. */
export interface InviteValues {
  email: string
  role: string
}

interface InviteFormProps {
  /** Those that may be given. */
  roles: Role[]
  values?: InviteValues | undefined
  errors?: FieldError[] | undefined
}

export function InviteForm({ roles, values = { email: '', role: 'viewer' }, errors }: InviteFormProps) {
  const roleError = errorFor(errors, 'role')
  return (
    <form method="post" action="/members/invitations">
      <ErrorSummary errors={errors} fields={['email', 'role']} />
      <Field
        label="E-mail address"
        name="email"
        type="email"
        value={values.email}
        required
        maxlength={254}
        error={errorFor(errors, 'email')}
      />
      <fieldset class="choices short" aria-describedby={roleError ? 'role-error' : undefined}>
        <legend>Role</legend>
        {roleError ? <FieldMessage id="role-error" text={roleError} /> : null}
        {roles.map((role) => (
          <label class="choice">
            <input type="radio" name="role" value={role} checked={role === values.role} />
            <span class="choice-text">
              <span class="strong">{role}</span>
              <span class="quiet">{ROLE_SENTENCES[role]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <button type="submit" class="button primary">
        Make the invitation
      </button>
    </form>
  )
}
