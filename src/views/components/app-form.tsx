// The form for an OAuth app: what to do at the service, the callback URL to copy, client id, secret, parameters.
// A stored secret is never sent to the page; an empty field keeps it.

import type { Connector } from '../../domain/connector.ts'
import type { FieldError } from '../../domain/failure.ts'
import { paramsFrom } from '../../domain/params.ts'
import { CopyField } from './copy-field.tsx'
import { ErrorSummary, errorFor, Field } from './field.tsx'

/** The typed texts, to show again after an error; never the secret. */
export interface AppFormValues {
  clientId: string
  /** `2027-01-31`, or empty. */
  secretExpires: string
  params: Record<string, string>
}

interface AppFormProps {
  connector: Connector
  callbackUrl: string
  values: AppFormValues
  secretSet: boolean
  errors?: FieldError[] | undefined
  /** Where to go after saving; the app's own page where absent. */
  returnPath?: string
  submitLabel: string
}

export function AppForm(props: AppFormProps) {
  const { connector, values, secretSet, errors, returnPath, submitLabel } = props
  const params = paramsFrom(connector, 'app')
  const paramFields = params.map(({ name }) => `param_${name}`)
  const needsSecret = connector.token.clientAuth !== 'none'
  return (
    <>
      <SetupSteps connector={connector} callbackUrl={props.callbackUrl} />
      <form method="post" action={`/connectors/${connector.id}/app`}>
        <ErrorSummary
          errors={errors}
          fields={['client_id', 'client_secret', 'secret_expires', ...paramFields]}
        />
        {returnPath ? <input type="hidden" name="return" value={returnPath} /> : null}
        <Field
          label="Client ID"
          name="client_id"
          value={values.clientId}
          required
          error={errorFor(errors, 'client_id')}
        />
        {needsSecret ? (
          <Field
            label="Client secret"
            name="client_secret"
            type="password"
            required={!secretSet}
            error={errorFor(errors, 'client_secret')}
            hint={
              secretSet
                ? 'A secret is set. It is never shown; leave this empty to keep it.'
                : 'No secret is set. It is stored encrypted and never shown again.'
            }
          />
        ) : null}
        {needsSecret ? (
          <Field
            label="The secret ends on (optional)"
            name="secret_expires"
            type="date"
            value={values.secretExpires}
            error={errorFor(errors, 'secret_expires')}
            hint="Its last day, where the service limits how long a secret lives. You are reminded here from 30 days ahead."
          />
        ) : null}
        {params.map((param) => (
          <Field
            label={param.label}
            name={`param_${param.name}`}
            value={values.params[param.name]}
            required
            hint={`For example ${param.example}`}
            error={errorFor(errors, `param_${param.name}`) ?? errorFor(errors, `params.${param.name}`)}
          />
        ))}
        <button type="submit" class="button primary">
          {submitLabel}
        </button>
      </form>
    </>
  )
}

function SetupSteps({ connector, callbackUrl }: { connector: Connector; callbackUrl: string }) {
  return (
    <div class="steps-box">
      {connector.setupSteps.length === 0 ? null : (
        <ol class="steps">
          {connector.setupSteps.map((step) => (
            <li>{step}</li>
          ))}
        </ol>
      )}
      <p class="label">Callback URL to enter at {connector.name}</p>
      <CopyField value={callbackUrl} what="callback URL" />
      {connector.consoleUrl || connector.docsUrl ? (
        <p class="links">
          {connector.consoleUrl ? (
            <a href={connector.consoleUrl} rel="noreferrer">
              Open the console of {connector.name}
            </a>
          ) : null}
          {connector.docsUrl ? (
            <a href={connector.docsUrl} rel="noreferrer">
              Its documentation
            </a>
          ) : null}
        </p>
      ) : null}
    </div>
  )
}
