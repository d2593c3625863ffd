// A form that came after the session had ended: what was entered waits on this page until its sender has signed in.

import { Layout } from '../layout.tsx'
import { MessagePage } from './message.tsx'

interface SignedOutProps {
  /** Where the form was sent to. */
  action: string
  /** What was entered; none where it may not be shown again. */
  fields: [name: string, value: string][]
}

export function SignedOutPage({ action, fields }: SignedOutProps) {
  if (fields.length === 0) {
    return (
      <MessagePage
        title="You are signed out"
        text="Nothing was changed. Sign in again, then repeat what you were doing."
        action={{ href: '/sign-in', label: 'Sign in' }}
      />
    )
  }
  return (
    <Layout title="You are signed out">
      <div class="narrow panel message">
        <h1>You are signed out</h1>
        <p>Nothing was changed, and what you entered is not lost. Keep this page open:</p>
        <ol>
          <li>Press “Sign in”: it opens in a new tab.</li>
          <li>Come back to this tab and press “Send it again”.</li>
        </ol>
        <div class="actions message-actions">
          <a class="button primary" href="/sign-in" target="_blank" rel="noopener">
            Sign in
          </a>
          <form method="post" action={action}>
            {fields.map(([name, value]) => (
              <input type="hidden" name={name} value={value} />
            ))}
            <button type="submit" class="button">
              Send it again
            </button>
          </form>
        </div>
      </div>
    </Layout>
  )
}
