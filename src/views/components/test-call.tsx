// "Does it work right now?": one harmless call to the service, and what came of the last one.

import { may } from '../../domain/roles.ts'
import type { TestCall } from '../../domain/test-call.ts'
import { duration } from '../format.ts'
import { LiveForm } from './connection-actions.tsx'
import { type ConnectionProps, connectionPath } from './connection-props.ts'
import { Panel } from './panel.tsx'
import { Badge, type Tone } from './state.tsx'
import { Time } from './time.tsx'

export function TestPanel({ member, connection, connector, now }: ConnectionProps) {
  if (!hasTestPanel({ member, connection })) return null
  const { id, lastTest } = connection
  const possible = isTestable({ member, connection })
  const asks =
    connector.identity?.url === undefined
      ? `Calls ${connector.api.examplePath} of ${connector.name}`
      : `Asks ${connector.name} whose account this is`
  return (
    <Panel title="Test call" id="test" lead={`${asks}, now. The token does not leave Evergrant.`}>
      <div class="test-row">
        {possible ? <LiveForm action={connectionPath(id, 'test')} label="Run a test call" /> : null}
        <div role="status">
          {lastTest ? <Result test={lastTest} now={now} service={connector.name} /> : null}
        </div>
      </div>
    </Panel>
  )
}

/** Where a test can be run, or was. */
export function hasTestPanel(props: Pick<ConnectionProps, 'member' | 'connection'>): boolean {
  return isTestable(props) || props.connection.lastTest !== null
}

function isTestable({ member, connection: { state } }: Pick<ConnectionProps, 'member' | 'connection'>) {
  return (state === 'active' || state === 'paused') && may(member.role, 'connections.test')
}

const TONES: Record<TestCall['outcome'], Tone> = { worked: 'good', refused: 'bad', failed: 'warn' }

function Result({ test, now, service }: { test: TestCall; now: number; service: string }) {
  const { outcome, status, durationMs, account, at } = test
  return (
    <>
      <p class="test-result">
        <Badge tone={TONES[outcome]}>{status === null ? 'No answer' : String(status)}</Badge>
        {status === null ? null : <span>in {duration(durationMs)}</span>}
        {account === null ? null : (
          <span>
            as <span class="strong">{account}</span>
          </span>
        )}
        <span class="quiet">
          <Time at={at} now={now} />
        </span>
      </p>
      {outcome === 'worked' ? null : <p class="quiet">{explain(test, service)}</p>}
    </>
  )
}

function explain({ outcome, status, asked }: TestCall, service: string): string {
  if (outcome === 'refused') {
    return asked === 'identity'
      ? `${service} did not take the token. Where it can be renewed, Evergrant has done so: test once more.`
      : `${service} did not take the token. If that stays so, refresh it; if that does not help, reconnect.`
  }
  if (status === null)
    return `${service} could not be reached, or there was no token to ask with. Try again in a minute.`
  if (status === 403)
    return `${service} knows the token, but does not allow this request. What it may do is listed above.`
  return 'This says nothing about the token: the service has a problem, or its answer was not the expected one.'
}
