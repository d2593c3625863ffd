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
import { enumerate, plural } from '../format.ts'
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
  /** Names of the other connectors that use the same app. */
  sharedWith: string[]
  /** Connections of this workspace, of all connectors that share the app. */
  connectionCount: number
  /** The connector is one of the workspace's own. */
  own: boolean
  /** `?confirm=`: what to ask about. */
  confirm: 'remove' | 'delete' | null
  /** What was saved just now. */
  saved: 'app' | 'connector' | 'hosts' | null
  /** What was typed, shown again after an error. */
  values?: AppFormValues | undefined
  errors?: FieldError[] | undefined
}

export function AppPage(props: AppProps) {
  const { member, now, connector, app, deploymentApp, health, saved, errors, sharedWith } = props
  return (
    <Layout title={`${connector.name}: OAuth app`} member={member} current="connectors">
      <div class="narrow">
        <PageHead
          title={`${connector.name}: OAuth app`}
          back={{ href: '/connectors', label: 'Connectors' }}
          lead={leadOf(props)}
        />
        <div class="notices">
          {saved ? (
            <Banner tone={saved === 'hosts' ? 'warn' : 'good'} title="Saved">
              <p>{savedWords(saved, connector.name)}</p>
            </Banner>
          ) : null}
          {health ? (
            <AppAlerts
              connector={{ ...connector, shared: sharedWith.length > 0 }}
              health={health}
              own={app !== null}
              now={now}
            />
          ) : null}
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
        <ItsConnector {...props} />
        {app ? <Removal {...props} /> : null}
      </div>
    </Layout>
  )
}

function leadOf({ app, sharedWith }: AppProps): string {
  const first = app
    ? []
    : ['Register an app at the service once; every connection of this workspace uses it.']
  const shared = sharedWith.length > 0 ? [`The same app serves ${enumerate(sharedWith)}.`] : []
  return [...first, ...shared].join(' ')
}

function savedWords(saved: NonNullable<AppProps['saved']>, name: string): string {
  switch (saved) {
    case 'app':
      return `Connections use it from their next request to ${name} on.`
    case 'connector':
      return 'Connections follow with their next renewal.'
    case 'hosts':
      return 'Its credentials go to other hosts now, so the OAuth app was removed. Enter it again below, then reconnect what uses it.'
  }
}

/** As JSON to keep or to begin with; one's own can be changed and deleted here. */
function ItsConnector({ connector, own, connectionCount, confirm }: AppProps) {
  const path = `/connectors/${connector.id}`
  if (own && confirm === 'delete' && connectionCount > 0) {
    return (
      <Panel title="This connector is in use" id="connector" tone="danger">
        <p>
          {plural(connectionCount, 'connection')} use{connectionCount === 1 ? 's' : ''} it: delete what uses
          it first.
        </p>
        <p>
          <a class="button" href={`/connections?connector=${connector.id}`}>
            Show what uses it
          </a>
        </p>
      </Panel>
    )
  }
  if (own && confirm === 'delete') {
    return (
      <Panel title="Your own connector" id="connector" tone="danger">
        <ConfirmForm
          title={`Delete the connector ${connector.name}?`}
          action={`${path}/delete`}
          label="Delete this connector"
          cancelHref={path}
          atTheEdge={false}
        >
          <p>No connection uses it. Its OAuth app is removed with it.</p>
        </ConfirmForm>
      </Panel>
    )
  }
  return (
    <Panel
      title={own ? 'Your own connector' : 'The connector'}
      id="connector"
      lead={
        own
          ? 'Only this workspace sees it. Nobody but you has checked what it says.'
          : 'What is known of the service, as JSON: a beginning for a connector of your own.'
      }
    >
      <div class="actions">
        {own ? (
          <a class="button" href={`${path}/definition`}>
            Change it
          </a>
        ) : null}
        <a class="button" href={`${path}/export`} download={`${connector.id}.json`}>
          Export as JSON
        </a>
        <a class="button" href={`/connectors/new/form?from=${connector.id}`}>
          Make your own from it
        </a>
        {own ? (
          <a class="button danger-outline" href={`${path}?confirm=delete#confirm`}>
            Delete
          </a>
        ) : null}
      </div>
    </Panel>
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

function Removal({ connector, connectionCount, deploymentApp, confirm }: AppProps) {
  const path = `/connectors/${connector.id}`
  return (
    <Panel title="Danger zone" id="danger" tone="danger">
      {confirm === 'remove' ? (
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
