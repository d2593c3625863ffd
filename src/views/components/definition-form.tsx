// The form of a connector of one's own: what most services need as fields, everything else as JSON.

import { type FieldName, type FormValues, saidElsewhere } from '../../domain/definition-form.ts'
import type { FieldError } from '../../domain/failure.ts'
import { ErrorSummary, errorFor, Field } from './field.tsx'
import { AreaField, CheckField, SelectField } from './field-kinds.tsx'

interface DefinitionFormProps {
  action: string
  values: FormValues
  errors?: FieldError[] | undefined
  /** The version that is changed; absent for a new connector, whose id is asked for. */
  version?: number | undefined
  /** The hosts were shown, and this form says they are meant. */
  hostsConfirmed?: boolean | undefined
  submitLabel: string
}

interface Input {
  name: FieldName
  label: string
  hint?: string
  required?: true
  kind?: 'area' | 'check' | 'code'
  rows?: number
  options?: readonly { value: string; label: string }[]
}

interface Section {
  title: string
  lead?: string
  inputs: Input[]
}

const CLIENT_AUTH = [
  { value: 'client_secret_basic', label: 'In the Authorization header (client_secret_basic)' },
  { value: 'client_secret_post', label: 'In the body (client_secret_post)' },
  { value: 'none', label: 'Without a secret (none)' },
]

const SECTIONS: Section[] = [
  {
    title: 'The service',
    inputs: [
      {
        name: 'name',
        label: 'Name',
        required: true,
        hint: 'As people call it. It stands on the consent page of connect links.',
      },
      {
        name: 'description',
        label: 'Description (optional)',
        hint: 'One sentence for the list of services.',
      },
      {
        name: 'api_base_url',
        label: 'Address of its API',
        required: true,
        hint: 'Where every path of a call is put behind, for example https://api.example.com/v1',
      },
      {
        name: 'example_path',
        label: 'A harmless path to try (optional)',
        hint: 'Of a GET that shows a token at work, for example /me',
      },
    ],
  },
  {
    title: 'Sign-in and consent',
    inputs: [
      { name: 'authorize_url', label: 'Authorization address', required: true },
      { name: 'token_url', label: 'Token address', required: true },
      { name: 'client_auth', label: 'How the client proves itself', options: CLIENT_AUTH },
      {
        name: 'pkce',
        label: 'PKCE',
        options: [
          { value: 'S256', label: 'S256, unless the service refuses it' },
          { value: 'none', label: 'None' },
        ],
      },
      {
        name: 'issuer',
        label: 'Issuer (optional)',
        hint: 'Where a callback names an issuer, it must be this, exactly.',
      },
      {
        name: 'issuer_named',
        label: 'Every callback names it',
        kind: 'check',
        hint: 'A callback that does not is refused.',
      },
      {
        name: 'login_hint',
        label: 'Parameter that names the account (optional)',
        hint: 'Usually login_hint',
      },
      {
        name: 'authorize_params',
        label: 'Further parameters (optional)',
        kind: 'area',
        rows: 3,
        hint: 'One a line, for example prompt=consent',
      },
    ],
  },
  {
    title: 'Scopes and tools',
    lead: 'A tool is something a workflow can do, with the scopes it needs. Only what the chosen tools need is asked for.',
    inputs: [
      {
        name: 'base_scopes',
        label: 'Scopes that are always asked for (optional)',
        hint: 'Separated by spaces, for example openid offline_access',
      },
      {
        name: 'scopes',
        label: 'All scopes',
        kind: 'area',
        rows: 6,
        hint: 'One a line: scope | what it allows | sensitive. Leave the last part out where it is harmless.',
      },
      {
        name: 'tools',
        label: 'Tools',
        kind: 'area',
        rows: 6,
        hint: 'One a line: id | what it does | its scopes. For example contacts.read | Look up contacts | crm.contacts',
      },
      {
        name: 'scope_separator',
        label: 'Scopes are separated by',
        options: [
          { value: 'space', label: 'A space' },
          { value: 'comma', label: 'A comma' },
        ],
      },
    ],
  },
  {
    title: 'Tokens',
    lead: 'What a service does not say is best left as it is here: a token is renewed in time all the same.',
    inputs: [
      {
        name: 'rotation',
        label: 'When a token is renewed',
        options: [
          { value: 'once', label: 'Not known: a lost answer is asked for once more' },
          { value: 'never', label: 'A new refresh token each time; using the old one ends the access' },
          { value: 'grace', label: 'A new refresh token each time; the old one works for a while' },
          { value: 'harmless', label: 'The refresh token stays the same' },
        ],
      },
      {
        name: 'replay_seconds',
        label: 'Seconds (optional)',
        hint: 'How long the old one works, or how long to wait before asking once more.',
      },
      {
        name: 'access_life',
        label: 'Life of an access token in seconds (optional)',
        hint: 'Used where the service does not say it.',
      },
      { name: 'refresh_idle', label: 'An unused refresh token ends after, in seconds (optional)' },
      {
        name: 'refresh_absolute',
        label: 'Every refresh token ends after, in seconds (optional)',
        hint: 'Counted from the consent; people are warned before.',
      },
      { name: 'kills_old', label: 'Renewing ends the old access token at once', kind: 'check' },
      {
        name: 'shared_grant',
        label: 'All connections of one person share one consent',
        kind: 'check',
        hint: 'Ending one would end the others.',
      },
    ],
  },
  {
    title: 'Whose account it is',
    lead: 'Asked after the consent, so that a reconnect cannot come back as somebody else unnoticed.',
    inputs: [
      { name: 'identity_url', label: 'Address that says it (optional)' },
      {
        name: 'identity_id',
        label: 'Where its answer holds the id',
        hint: 'A path such as sub or data.user.id',
      },
      { name: 'identity_email', label: 'The e-mail address (optional)' },
      { name: 'identity_verified', label: 'Whether the service verified it (optional)' },
      { name: 'identity_name', label: 'The name (optional)' },
    ],
  },
  {
    title: 'Ending access',
    inputs: [
      {
        name: 'revocation_url',
        label: 'Revocation address (optional)',
        hint: 'As RFC 7009 describes it. Without one, a deleted connection stays authorized at the service.',
      },
      {
        name: 'revocation_token',
        label: 'Which token is sent',
        options: [
          { value: 'refresh_token', label: 'The refresh token' },
          { value: 'access_token', label: 'The access token' },
        ],
      },
      {
        name: 'revocation_auth',
        label: 'How the client proves itself there',
        options: CLIENT_AUTH,
      },
    ],
  },
  {
    title: 'For whoever sets it up',
    inputs: [
      {
        name: 'setup_steps',
        label: 'Steps to register an app there (optional)',
        kind: 'area',
        rows: 4,
        hint: 'One a line',
      },
      {
        name: 'tips',
        label: 'Worth knowing before connecting (optional)',
        kind: 'area',
        rows: 3,
        hint: 'One a line',
      },
      { name: 'console_url', label: 'Where apps are registered (optional)' },
      { name: 'docs_url', label: 'Documentation (optional)' },
    ],
  },
  {
    title: 'Everything else',
    lead: 'What the fields above cannot say, in the JSON form of the catalog: placeholders, error tables, dialects, headers.',
    inputs: [{ name: 'rest', label: 'JSON (optional)', kind: 'code', rows: 8 }],
  },
]

const ELSEWHERE = 'It says more than this field can: look under Everything else.'

const NAMES = ['id', ...SECTIONS.flatMap(({ inputs }) => inputs.map(({ name }) => name))]

export function DefinitionForm(props: DefinitionFormProps) {
  const { action, values, errors, version, hostsConfirmed, submitLabel } = props
  return (
    <form method="post" action={action} class="definition">
      <ErrorSummary errors={errors} fields={NAMES} />
      {version === undefined ? (
        <Field
          label="ID"
          name="id"
          value={values.id}
          required
          error={errorFor(errors, 'id')}
          hint="How workflows name it. It begins with own-, so that the catalog never takes it, and cannot be changed later."
        />
      ) : (
        <input type="hidden" name="version" value={String(version)} />
      )}
      {hostsConfirmed ? <input type="hidden" name="hosts" value="confirmed" /> : null}
      {SECTIONS.map(({ title, lead, inputs }) => (
        <fieldset class="section">
          <legend>{title}</legend>
          {lead ? <p class="hint">{lead}</p> : null}
          {inputs.map((input) => (
            <OneField
              input={saidElsewhere(input.name, values) ? { ...input, hint: ELSEWHERE } : input}
              value={values[input.name]}
              error={errorFor(errors, input.name)}
            />
          ))}
        </fieldset>
      ))}
      <button type="submit" class="button primary">
        {submitLabel}
      </button>
    </form>
  )
}

function OneField({
  input,
  value,
  error,
}: {
  input: Input
  value: string | undefined
  error: string | undefined
}) {
  const { kind, options, rows, required, ...rest } = input
  const common = { ...rest, value, error }
  if (options) return <SelectField {...common} options={options} />
  if (kind === 'check') return <CheckField {...common} />
  if (kind) return <AreaField {...common} rows={rows ?? 4} code={kind === 'code'} />
  return <Field {...common} {...(required ? { required } : {})} />
}
