// The door: one button that leads to the deployment's OpenID issuer. Never boosted, it leaves this origin.

import { Layout } from '../layout.tsx'

interface SignInProps {
  /** Checked by the caller to be a path of this deployment. */
  returnPath: string
  issuerHost: string
  /** Why the last attempt failed, and what to do. */
  problem?: string | undefined
}

export function SignInPage({ returnPath, issuerHost, problem }: SignInProps) {
  return (
    <Layout title="Sign in">
      <div class="narrow panel message">
        <h1>Sign in</h1>
        {problem ? (
          <div class="notice bad" role="alert">
            <p>{problem}</p>
          </div>
        ) : null}
        <p>Evergrant keeps your connections to other services alive. Sign in to see and manage them.</p>
        <form method="post" action="/sign-in">
          <input type="hidden" name="return" value={returnPath} />
          <button type="submit" class="button primary wide">
            Continue with {issuerHost}
          </button>
        </form>
        <p class="quiet">You sign in at {issuerHost}; Evergrant never sees your password.</p>
      </div>
    </Layout>
  )
}
