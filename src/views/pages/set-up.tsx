// Before the consent: the name and what the connection may do, in words; or first the OAuth app where there is none.
// The Connect form is never boosted: it redirects to another origin.

import type { Connector } from '../../domain/connector.ts'
import type { FieldError } from '../../domain/failure.ts'
import { paramsFrom } from '../../domain/params.ts'
import { may } from '../../domain/roles.ts'
import { suggestedTools } from '../../domain/scopes.ts'
import { AppForm, type AppFormValues } from '../components/app-form.tsx'
import { StuckHelp } from '../components/approval.tsx'
import { ErrorSummary, errorFor, Field } from '../components/field.tsx'
import { PageHead } from '../components/page-head.tsx'
import { ToolChoice } from '../components/tools.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

const FORM = 'set-up'

interface SetUpProps {
  member: PageMember
  connector: Connector
  app: { configured: true; owner: 'deployment' | 'workspace' } | { configured: false }
  callbackUrl: string
  /** Connections that this workspace has through the same OAuth app. */
  alreadyConnected: number
  /** Ids of the ticked tools; the harmless ones where absent. */
  selectedTools?: string[] | undefined
  /** What was typed, shown again after an error. */
  values?: ({ name?: string; expected?: string } & Partial<AppFormValues>) | undefined
  errors?: FieldError[] | undefined
}

export function SetUpPage(props: SetUpProps) {
  const { member, connector, app } = props
  return (
    <Layout title={`Connect ${connector.name}`} member={member} current="connections">
      <div class="narrow">
        <PageHead
          title={`Connect ${connector.name}`}
          back={{ href: '/connections/new', label: 'All services' }}
          lead={connector.description}
        />
        {connector.confidence === 'unverified' ? (
          <p class="notice calm">
            Unverified: this follows the documentation of {connector.name}, but has not been tried against the
            real service yet.
          </p>
        ) : null}
        {app.configured ? (
          <>
            <SecondConnection {...props} />
            <ConnectForm {...props} />
            <ForSomebodyElse {...props} />
          </>
        ) : (
          <FirstTheApp {...props} />
        )}
      </div>
    </Layout>
  )
}

/** What one more connection of the same account would mean there. */
function SecondConnection({ connector, alreadyConnected }: SetUpProps) {
  const { name, refresh, grantsPerAccount } = connector
  if (alreadyConnected === 0 || !(refresh.sharedGrant || grantsPerAccount)) return null
  return (
    <div class="notice warn">
      <h2>If you choose an account that is connected here already</h2>
      {refresh.sharedGrant ? (
        <>
          <p>
            {name} keeps one grant of an account and an OAuth app. All its connections then stand on that one
            grant:
          </p>
          <ul>
            <li>Deleting one leaves the access in place as long as another one works.</li>
            <li>
              Taking the access away at {name}, or deleting the last one, ends it for all of them at once.
            </li>
          </ul>
        </>
      ) : null}
      {grantsPerAccount ? (
        <p>
          {name} keeps {grantsPerAccount} live refresh tokens of an account and an OAuth app; one more ends
          the oldest without a word.
        </p>
      ) : null}
      <p class="quiet">
        {plural(alreadyConnected, 'connection')} of this workspace {alreadyConnected === 1 ? 'uses' : 'use'}{' '}
        the same OAuth app. Another account is no problem.
      </p>
    </div>
  )
}

function ConnectForm({ connector, callbackUrl, selectedTools, values, errors }: SetUpProps) {
  const selected = selectedTools ?? suggestedTools(connector)
  return (
    <form method="post" action="/connections" class="panel" id={FORM} data-popup>
      <ErrorSummary errors={errors} fields={['name', 'tools', 'expected']} />
      <input type="hidden" name="connector" value={connector.id} />
      <Field
        label="Name (optional)"
        name="name"
        value={values?.name ?? ''}
        maxlength={100}
        hint="Leave it empty and a name is suggested once the account is known."
        error={errorFor(errors, 'name')}
      />
      {paramsFrom(connector, 'connection').map((param) => (
        <Field
          label={param.label}
          name={`param_${param.name}`}
          value={values?.params?.[param.name] ?? param.default ?? ''}
          required={param.default === undefined}
          maxlength={200}
          hint={`For example ${param.example}`}
          error={errorFor(errors, `params.${param.name}`)}
        />
      ))}
      <ToolChoice connector={connector} selected={selected} error={errorFor(errors, 'tools')} />
      <div class="tips">
        <p class="strong">Before you go to {connector.name}</p>
        <ul>
          <li>
            Choose the account that your workflows shall act as. A service account, which belongs to no single
            person, outlasts a colleague.
          </li>
          {connector.tips?.map((tip) => (
            <li>{tip}</li>
          ))}
          <li>Leave every box ticked on the consent page, or the tools above will lack a permission.</li>
        </ul>
      </div>
      <button type="submit" class="button primary">
        Connect
      </button>
      <p class="hint">You go to {connector.name} to sign in and agree, then come back here.</p>
      <StuckHelp connector={connector} callbackUrl={callbackUrl} />
    </form>
  )
}

/** Sends the same form, to where it makes a link instead. */
function ForSomebodyElse({ connector, values, errors }: SetUpProps) {
  return (
    <section class="panel" aria-labelledby="link-title">
      <h2 id="link-title">Somebody else has the account?</h2>
      <p>
        Send them a link. Whoever opens it connects an account to what is set up above, and sees nothing else.
        It works once, within seven days.
      </p>
      <Field
        label="Their account (optional)"
        name="expected"
        form={FORM}
        value={values?.expected ?? ''}
        maxlength={320}
        hint={`The e-mail address they use at ${connector.name}. Another account is not accepted then.`}
        error={errorFor(errors, 'expected')}
      />
      <button type="submit" form={FORM} formaction="/connections/link" class="button">
        Make a link
      </button>
    </section>
  )
}

function FirstTheApp({ member, connector, callbackUrl, values, errors }: SetUpProps) {
  if (!may(member.role, 'apps.manage')) {
    return (
      <div class="panel">
        <p>
          {connector.name} has no OAuth app here yet. Ask an owner or an admin to add one under Connectors.
        </p>
      </div>
    )
  }
  return (
    <section class="panel" aria-labelledby="app-title">
      <h2 id="app-title">First, the OAuth app</h2>
      <p class="lead">
        {connector.name} wants to know who is asking. Register an app there once; every further connection
        uses it.
      </p>
      <AppForm
        connector={connector}
        callbackUrl={callbackUrl}
        values={{
          clientId: values?.clientId ?? '',
          secretExpires: values?.secretExpires ?? '',
          params: values?.params ?? {},
        }}
        secretSet={false}
        errors={errors}
        returnPath={`/connections/new/${connector.id}`}
        submitLabel="Save and continue"
      />
    </section>
  )
}
