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
  'connectors:write': 'Sets up custom connectors and OAuth apps.',
  'tokens:read':
    'Gets access tokens. Whoever holds the key can act as the connected accounts, so give it only to workflows that call the service themselves.',
  proxy: 'Calls services through Evergrant, which attaches the token. The workflow never sees one.',
}

/** What was typed, shown again after an error. */
export interface KeyFormValues {
  name: string
  permissions: string[]
  connections: string[]
  expires: string
}

interface KeyFormProps {
  connections: { id: string; name: string }[]
  values?: KeyFormValues | undefined
  errors?: FieldError[] | undefined
}

const BLANK: KeyFormValues = { name: '', permissions: ['connections:read'], connections: [], expires: 'none' }

export function KeyForm({ connections, values = BLANK, errors }: KeyFormProps) {
  const permissionsError = errorFor(errors, 'permissions')
  return (
    <form method="post" action="/keys">
      <ErrorSummary errors={errors} fields={['name', 'permissions', 'connections', 'expires']} />
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
      <ConnectionChoice
        connections={connections}
        chosen={values.connections}
        error={errorFor(errors, 'connections')}
      />
      <div class="field">
        <label for="expires">Expires</label>
        <select id="expires" name="expires">
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

interface ConnectionChoiceProps {
  connections: { id: string; name: string }[]
  chosen: string[]
  error: string | undefined
}

function ConnectionChoice({ connections, chosen, error }: ConnectionChoiceProps) {
  if (connections.length === 0) return null
  return (
    <details class="more" open={chosen.length > 0 || error !== undefined}>
      <summary>Only for some connections</summary>
      <fieldset class="choices short" aria-describedby="connections-hint">
        <legend>Connections</legend>
        {error ? <FieldMessage id="connections-error" text={error} /> : null}
        <p class="hint" id="connections-hint">
          With none ticked, the key works for every connection of this workspace, also for those added later.
        </p>
        {connections.map(({ id, name }) => (
          <label class="choice">
            <input type="checkbox" name="connections" value={id} checked={chosen.includes(id)} />
            <span class="choice-text">{name}</span>
          </label>
        ))}
      </fieldset>
    </details>
  )
}
