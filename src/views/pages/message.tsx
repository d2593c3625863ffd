// One plain page for everything that went wrong, or needs saying: what happened, and what to do.

import type { Child } from 'hono/jsx'
import { Layout, type PageMember } from '../layout.tsx'

interface MessageProps {
  title: string
  text: string
  /** Foreign or technical words, such as a service's own message or a request id: text, set apart. */
  detail?: string | undefined
  action?: { href: string; label: string } | undefined
  member?: PageMember | undefined
  /** A form that goes on from here, before the link. */
  children?: Child
}

export function MessagePage({ title, text, detail, action, member, children }: MessageProps) {
  return (
    <Layout title={title} member={member}>
      <div class="narrow panel message">
        <h1>{title}</h1>
        <p>{text}</p>
        {detail ? <p class="quoted">{detail}</p> : null}
        {action || children ? (
          <div class="actions message-actions">
            {children}
            {action ? (
              <a class={children ? 'button' : 'button primary'} href={action.href}>
                {action.label}
              </a>
            ) : null}
          </div>
        ) : null}
      </div>
    </Layout>
  )
}
