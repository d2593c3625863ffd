// The way to the first token in three steps, each ticked once it is done. It goes when a workflow has called.

import type { Child } from 'hono/jsx'

interface StepsProps {
  appConfigured: boolean
  /** The newest connection that works; null while there is none. */
  connectionId: string | null
}

export function StartSteps({ appConfigured, connectionId }: StepsProps) {
  const connected = connectionId !== null
  return (
    <section class="panel start" aria-labelledby="start-title">
      <h2 id="start-title">Three steps to the first token</h2>
      <ol class="start-steps">
        <Step done={appConfigured} title="Register an OAuth app" href="/connectors">
          Each service knows Evergrant by a client ID and a secret. Its page says where to get them.
        </Step>
        <Step done={connected} title="Add a connection" href="/connections/new">
          Choose a service, sign in there once, and agree to what the connection may do.
        </Step>
        <Step done={false} title="Call it" href={connected ? `/connections/${connectionId}` : '/keys'}>
          {connected
            ? 'The page of the connection has the command to copy. It needs an API key.'
            : 'A workflow asks with an API key and the connection’s ID. Evergrant keeps the token fresh.'}
        </Step>
      </ol>
      {connected ? null : (
        <a class="button primary" href={appConfigured ? '/connections/new' : '/connectors'}>
          {appConfigured ? '+ Add Connection' : 'Register an OAuth app'}
        </a>
      )}
    </section>
  )
}

interface StepProps {
  done: boolean
  title: string
  href: string
  children?: Child
}

function Step({ done, title, href, children }: StepProps) {
  return (
    <li class={done ? 'done' : undefined}>
      <span class="strong">
        <a href={href}>{title}</a>
        {done ? <span class="sr"> (done)</span> : null}
      </span>
      <span>{children}</span>
    </li>
  )
}
