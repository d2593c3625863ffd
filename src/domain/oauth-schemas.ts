// What a connector's JSON may say of authorization, token endpoint and refresh.

import type { Connector } from './connector.ts'
import {
  ADDRESS,
  bool,
  CLIENT_AUTH,
  type Fields,
  HEADERS,
  list,
  map,
  NAME,
  object,
  oneOf,
  orNull,
  PARAMETER,
  PARAMETERS,
  PATH,
  SEPARATOR,
  seconds,
  text,
} from './field-schemas.ts'
import type { TokenAnswerDialect, TokenRequestDialect } from './token-dialect.ts'

const REQUEST: Fields<TokenRequestDialect> = {
  url: ADDRESS,
  method: oneOf('GET'),
  params: PARAMETERS,
  rename: map(PARAMETER, PARAMETER),
  omit: list(PARAMETER, 20),
}

const ANSWER = object<TokenAnswerDialect>({
  tokensIn: PATH,
  error: PATH,
  description: PATH,
  scope: PATH,
  expiresIn: PATH,
  expiresAt: PATH,
  anyTokenType: bool,
  accessTokenRenews: bool,
})

export const AUTHORIZE = object<Connector['authorize']>(
  {
    url: ADDRESS,
    params: PARAMETERS,
    chooserParams: PARAMETERS,
    pkce: oneOf('S256', 'none'),
    scopeSeparator: SEPARATOR,
    scopeParam: orNull(PARAMETER),
    grantedScopesParam: PARAMETER,
    loginHintParam: PARAMETER,
    macParam: PARAMETER,
    redirectUriParam: NAME,
    issuer: ADDRESS,
    issuerAlwaysNamed: bool,
  },
  ['url', 'params', 'pkce', 'scopeSeparator'],
)

export const TOKEN = object<Connector['token']>(
  {
    url: ADDRESS,
    clientAuth: CLIENT_AUTH,
    scopeSeparator: SEPARATOR,
    headers: HEADERS,
    body: oneOf('form', 'json'),
    code: object<TokenRequestDialect>(REQUEST),
    refresh: object<TokenRequestDialect>(REQUEST),
    upgrade: object<NonNullable<Connector['token']['upgrade']>>(
      { ...REQUEST, grantType: text(100), tokenParam: PARAMETER },
      ['url', 'grantType', 'tokenParam'],
    ),
    answer: ANSWER,
  },
  ['url', 'clientAuth', 'scopeSeparator'],
)

export const REFRESH = object<Connector['refresh']>(
  {
    rotates: bool,
    replay: {
      oneOf: [
        object<{ rule: string }>({ rule: oneOf('harmless', 'never') }, ['rule']),
        object<{ rule: string; windowSeconds: number }>(
          { rule: oneOf('grace'), windowSeconds: { type: 'integer', minimum: 36, maximum: 24 * 3600 } },
          ['rule', 'windowSeconds'],
        ),
        object<{ rule: string; pauseSeconds: number }>({ rule: oneOf('once'), pauseSeconds: seconds(3600) }, [
          'rule',
          'pauseSeconds',
        ]),
      ],
      discriminator: { propertyName: 'rule' },
    },
    killsOldAccess: bool,
    sharedGrant: bool,
  },
  ['rotates', 'replay', 'killsOldAccess', 'sharedGrant'],
)
