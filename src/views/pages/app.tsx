// One OAuth app: its form, what its service says of it, and its removal.

import type { Connector } from '../../domain/connector.ts'
import type { FieldError } from '../../domain/failure.ts'
import { AppAlerts, type AppHealth, ROTATING } from '../components/app-alerts.tsx'
import { AppForm, type AppFormValues } from '../components/app-form.tsx'
import { ConfirmForm } from '../components/confirm.tsx'
import { Banner } from '../components/notice.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Panel } from '../components/panel.tsx'
import { Time } from '../components/time.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

/** The workspace's own app, without its secret. */
export interface AppView {
  clientId: string
  secretSet: boolean
  params: Record<string, string>
  updatedAt: number
}

interface AppProps {
  member: PageMember
  now: number
  connector: Connector
  /** Null: the workspace has none of its own. */
  app: AppView | null
  /** The deployment brings one, used as long as the workspace has none. */
  deploymentApp: boolean
  /** Of the app in use, whoever owns it; null where there is none. */
  health: AppHealth | null
  callbackUrl: string
  /** Connections of this workspace that use the workspace's own app. */
  connectionCount: number
  /** `?confirm=remove`. */
  confirmRemove: boolean
  saved?: boolean
  /** What was typed, shown again after an error. */
  values?: AppFormValues | undefined
  errors?: FieldError[] | undefined
}

export function AppPage(props: AppProps) {
  const { member, now, connector, app, deploymentApp, health, saved, errors } = props
  return (
    <Layout title={`${connector.name}: OAuth app`} member={member} current="connectors">
      <div class="narrow">
        <PageHead
          title={`${connector.name}: OAuth app`}
          back={{ href: '/connectors', label: 'Connectors' }}
          lead={
            app
              ? undefined
              : 'Register an app at the service once; every connection of this workspace uses it.'
          }
        />
        <div class="notices">
          {saved ? (
            <Banner tone="good" title="Saved">
              <p>Connections use it from their next request to {connector.name} on.</p>
            </Banner>
          ) : null}
          {health ? <AppAlerts connector={connector} health={health} own={app !== null} now={now} /> : null}
          {health?.rotating ? (
            <Banner tone="calm" title="Two secrets are live">
              <p>{ROTATING}</p>
            </Banner>
          ) : null}
          {deploymentApp && !app && !health?.held ? (
            <Banner tone="calm" title="This deployment brings an app">
              <p>Nothing has to be set up here. An app of your own, once saved, is used in its place.</p>
            </Banner>
          ) : null}
        </div>
        <Panel title={app ? 'Client and secret' : 'Set up an app'} id="app">
          <AppForm
            connector={connector}
            callbackUrl={props.callbackUrl}
            values={props.values ?? storedValues(props)}
            secretSet={app?.secretSet ?? false}
            errors={errors}
            submitLabel="Save"
          />
          {app ? (
            <p class="hint">
              Last changed <Time at={app.updatedAt} now={now} />
            </p>
          ) : null}
        </Panel>
        {app ? <Removal {...props} /> : null}
      </div>
    </Layout>
  )
}

function storedValues({ app, health }: AppProps): AppFormValues {
  const end = app && health ? health.secretExpiresAt : null
  return {
    clientId: app?.clientId ?? '',
    secretExpires: end === null ? '' : new Date(end).toISOString().slice(0, 10),
    params: app?.params ?? {},
  }
}

function Removal({ connector, connectionCount, deploymentApp, confirmRemove }: AppProps) {
  const path = `/connectors/${connector.id}`
  return (
    <Panel title="Danger zone" id="danger" tone="danger">
      {confirmRemove ? (
        <ConfirmForm
          title={`Remove the OAuth app of ${connector.name}?`}
          action={`${path}/app/remove`}
          label="Remove this app"
          cancelHref={path}
          atTheEdge={false}
        >
          <p>
            {connectionCount === 0
              ? 'No connection uses it.'
              : `${plural(connectionCount, 'connection')} can no longer be refreshed with it.`}{' '}
            {deploymentApp
              ? 'New connections use the app of this deployment.'
              : 'Nobody can connect until another is set up.'}
          </p>
        </ConfirmForm>
      ) : (
        <div class="danger-row">
          <div>
            <p class="strong">Remove this app</p>
            <p class="quiet">Its connections can no longer be refreshed. The next page asks first.</p>
          </div>
          <a class="button danger-outline" href={`${path}?confirm=remove#confirm`}>
            Remove
          </a>
        </div>
      )}
    </Panel>
  )
}
