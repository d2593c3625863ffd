// The connect walk as a person's browser makes it, through the routes.

import { steer } from '../setup/harness.ts'
import { type Browser, consentAs, PUBLIC_URL } from './browser.ts'

export interface Flow {
  connectionId: string
  authorizeUrl: string
  state: string
}

const TOOLS: Record<string, string> = { local: 'contacts.read', 'local-lenient': 'files.read' }

/** From the form to the way out: 303 to the service. */
export async function startFlow(visitor: Browser, connector = 'local', name = ''): Promise<Flow> {
  const tools = TOOLS[connector]
  return flowOf(await visitor.post('/connections', { connector, name, ...(tools ? { tools } : {}) }))
}

export async function startReconnect(visitor: Browser, connectionId: string): Promise<Flow> {
  return flowOf(await visitor.post(`/connections/${connectionId}/reconnect`))
}

function flowOf(answer: Response): Flow {
  const authorizeUrl = answer.headers.get('Location') ?? ''
  if (answer.status !== 303) throw new Error(`the form was answered with ${answer.status}`)
  const state = new URL(authorizeUrl).searchParams.get('state') ?? ''
  return { connectionId: state.split('.')[1] ?? '', authorizeUrl, state }
}

/** The whole walk; answers with the connection's id. */
export async function connectAs(visitor: Browser, person = 'ada', connector = 'local'): Promise<string> {
  const flow = await startFlow(visitor, connector)
  const answer = await visitor.get(await consentAs(person, flow.authorizeUrl))
  if (answer.headers.get('Location') !== `/connections/${flow.connectionId}`) throw new Error('not connected')
  return flow.connectionId
}

/** A callback address with parameters set, or taken away. */
export function changed(callback: string, change: Record<string, string | null>): string {
  const url = new URL(callback, PUBLIC_URL)
  for (const [name, value] of Object.entries(change)) {
    if (value === null) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  return url.pathname + url.search
}

/** Requests that reached the token endpoint of the upstream. */
export async function tokenRequests(): Promise<number> {
  return (await steer.requests({ path: '/token' })).length
}
