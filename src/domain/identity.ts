// Who a sign-in provider says somebody is.

/** The person is (issuer, subject); the address counts for nothing unless it is verified. */
export interface Identity {
  issuer: string
  subject: string
  email: string | null
  emailVerified: boolean
  name: string | null
}
