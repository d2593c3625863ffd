// One connection: what it is, how it fares, what it may do, how to use it, what happened. The live part follows changes
// by itself and carries its own polling interval.

import { may } from '../../domain/roles.ts'
import { LinkMade } from '../components/approval.tsx'
import { ConnectionActions } from '../components/connection-actions.tsx'
import { ConnectionBanners } from '../components/connection-banners.tsx'
import {
  type ConnectionProps,
  connectionPath,
  isFirstNaming,
  pollSeconds,
} from '../components/connection-props.ts'
import { DangerZone, NameIt, NamePanel } from '../components/connection-settings.tsx'
import { CopyField } from '../components/copy-field.tsx'
import { Tile } from '../components/page-head.tsx'
import { Panel } from '../components/panel.tsx'
import { PermissionsPanel } from '../components/permissions.tsx'
import { RefreshChart } from '../components/refresh-chart.tsx'
import { StateBadge } from '../components/state.tsx'
import { hasTestPanel, TestPanel } from '../components/test-call.tsx'
import { Timeline } from '../components/timeline.tsx'
import { TokenLife } from '../components/token-life.tsx'
import { UseIt } from '../components/use-it.tsx'
import { WhoUsesPanel } from '../components/who-uses.tsx'
import { Layout } from '../layout.tsx'

export function ConnectionPage(props: ConnectionProps) {
  const { member, connection, connector, link, now } = props
  const manages = may(member.role, 'connections.manage')
  const naming = manages && isFirstNaming(connection, now)
  return (
    <Layout
      title={connection.name}
      member={member}
      current="connections"
      refreshSeconds={connection.state === 'pending' ? 20 : undefined}
    >
      <a class="back" href="/connections">
        <span aria-hidden="true">←</span> Connections
      </a>
      {link ? <LinkMade link={link} service={connector.name} now={now} /> : null}
      {naming ? <NameIt {...props} /> : null}
      <ConnectionLive {...props} />
      <p class="hint no-js">
        This page shows one moment. <a href={connectionPath(connection.id)}>Look again</a>
      </p>
      {manages && !naming ? <NamePanel {...props} /> : null}
      <DangerZone {...props} />
    </Layout>
  )
}

/** Swapped as a whole by polling and by the forms in it; `wake` comes from app.js when a hidden tab is shown again. */
export function ConnectionLive(props: ConnectionProps) {
  const { member, connection, connector, now } = props
  const path = connectionPath(connection.id)
  const tested = hasTestPanel(props)
  return (
    <div id="connection-live" class="live" {...polling(path, pollSeconds(connection, now))}>
      <div class="page-head-row">
        <div class="title-row">
          <Tile name={connector.name} icon={connector.icon} large />
          <div class="page-head-text">
            <h1>{connection.name}</h1>
            <p class="lead">
              <span aria-live="polite">
                <StateBadge state={connection.state} health={connection.health} />
              </span>{' '}
              {connector.name}
            </p>
            <CopyField value={connection.id} what="connection ID" />
          </div>
        </div>
        <ConnectionActions {...props} />
      </div>
      <ConnectionBanners {...props} />
      <div class="columns">
        <div class="column">
          <Panel title="Access" id="access">
            <TokenLife connection={connection} now={now} />
          </Panel>
          {tested ? <TestPanel {...props} /> : <WhoUsesPanel {...props} />}
        </div>
        <div class="column">
          <PermissionsPanel {...props} />
          {tested ? <WhoUsesPanel {...props} /> : null}
        </div>
      </div>
      <UseIt {...props} />
      <Panel title="History" id="history">
        <RefreshChart history={connection.history} />
        <Timeline
          history={connection.history}
          now={now}
          service={connector.name}
          showDetails={may(member.role, 'connections.manage')}
        />
      </Panel>
    </div>
  )
}

/** A failed look changes nothing on the page: the next one comes. */
function polling(path: string, seconds: number) {
  return {
    'hx-get': `${path}/live`,
    'hx-trigger': `every ${seconds}s, wake`,
    'hx-swap': 'outerMorph',
    'hx-sync': 'this:drop',
    'hx-status:4xx': 'swap:none',
    'hx-status:5xx': 'swap:none',
  }
}
