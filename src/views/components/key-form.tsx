// The form for a new API key: name, what it may do in one sentence each, which connections, how long.

import { PERMISSIONS, type Permission } from '../../domain/api-key.ts'
import type { FieldError } from '../../domain/failure.ts'
import { ErrorSummary, errorFor, Field, FieldMessage } from './field.tsx'

const EXPIRIES = [
  { value: 'none', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In 365 days' },
] as const

const SENTENCES: Record<Permission, string> = {
  'connections:read': 'Sees connections: their names, states and accounts. No token.',
  'connections:write': 'Adds, renames, pauses, refreshes and deletes connections.',
  'connectors:write': 'Sets up and removes OAuth apps of services, and connectors of your own.',
  'tokens:read':
    'Gets access tokens. Whoever holds the key can act as the connected accounts, so give it only to workflows that call the service themselves.',
  proxy: 'Calls services through Evergrant, which attaches the token. The workflow never sees one.',
}

/** What was typed, shown again after an error. */
export interface KeyFormValues {
  name: string
  permissions: string[]
  connections: string[]
  connectors: string[]
  expires: string
}

interface KeyFormProps {
  connections: { id: string; name: string }[]
  connectors: { id: string; name: string }[]
  values?: KeyFormValues | undefined
  errors?: FieldError[] | undefined
}

/** A new key calls services through Evergrant, and never sees a token. */
const BLANK: KeyFormValues = {
  name: '',
  permissions: ['connections:read', 'proxy'],
  connections: [],
  connectors: [],
  expires: 'none',
}

export function KeyForm({ connections, connectors, values = BLANK, errors }: KeyFormProps) {
  const permissionsError = errorFor(errors, 'permissions')
  const expiresError = errorFor(errors, 'expires')
  return (
    <form method="post" action="/keys">
      <ErrorSummary
        errors={errors}
        fields={['name', 'permissions', 'connectors', 'connections', 'expires']}
      />
      <Field
        label="Name"
        name="name"
        value={values.name}
        required
        maxlength={100}
        hint="Where it is used, for example the workflow tool."
        error={errorFor(errors, 'name')}
      />
      <fieldset class="choices" aria-describedby={permissionsError ? 'permissions-error' : undefined}>
        <legend>What it may do</legend>
        {permissionsError ? <FieldMessage id="permissions-error" text={permissionsError} /> : null}
        {PERMISSIONS.map((permission) => (
          <label class="choice">
            <input
              type="checkbox"
              name="permissions"
              value={permission}
              checked={values.permissions.includes(permission)}
            />
            <span class="choice-text">
              <code class="strong">{permission}</code>
              <span class="quiet">{SENTENCES[permission]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <ListChoice
        summary="Only for some services"
        legend="Services"
        name="connectors"
        hint="With none ticked, the key works for connections to every service."
        choices={connectors}
        chosen={values.connectors}
        error={errorFor(errors, 'connectors')}
      />
      <ListChoice
        summary="Only for some connections"
        legend="Connections"
        name="connections"
        hint="With none ticked, the key works for every connection of this workspace, also for those added later. With a list it cannot add any."
        choices={connections}
        chosen={values.connections}
        error={errorFor(errors, 'connections')}
      />
      <div class="field">
        <label for="expires">Expires</label>
        {expiresError ? <FieldMessage id="expires-error" text={expiresError} /> : null}
        <select
          id="expires"
          name="expires"
          aria-describedby={expiresError ? 'expires-error' : undefined}
          aria-invalid={expiresError ? 'true' : undefined}
        >
          {EXPIRIES.map(({ value, label }) => (
            <option value={value} selected={value === values.expires}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" class="button primary">
        Make this key
      </button>
    </form>
  )
}

interface ListChoiceProps {
  summary: string
  legend: string
  name: 'connectors' | 'connections'
  hint: string
  choices: { id: string; name: string }[]
  chosen: string[]
  error: string | undefined
}

function ListChoice({ summary, legend, name, hint, choices, chosen, error }: ListChoiceProps) {
  if (choices.length === 0) return null
  return (
    <details class="more" open={chosen.length > 0 || error !== undefined}>
      <summary>{summary}</summary>
      <fieldset class="choices short" aria-describedby={`${name}-hint`}>
        <legend>{legend}</legend>
        {error ? <FieldMessage id={`${name}-error`} text={error} /> : null}
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
        {choices.map((choice) => (
          <label class="choice">
            <input type="checkbox" name={name} value={choice.id} checked={chosen.includes(choice.id)} />
            <span class="choice-text">{choice.name}</span>
          </label>
        ))}
      </fieldset>
    </details>
  )
}
