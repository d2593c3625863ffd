// What a connector's JSON may say of the requests with a token, and of the API that it is for.

import type { ValueSchema } from '../lib/schema.ts'
import type { Connector } from './connector.ts'
import {
  ADDRESS,
  bool,
  CLIENT_AUTH,
  FIELDS,
  HEADER,
  HEADERS,
  list,
  NAME,
  object,
  oneOf,
  orNull,
  PATH,
  status,
  text,
  VALUE,
} from './field-schemas.ts'
import type { AfterConnect, Attachment, DeadTokenSign, Identity } from './service-requests.ts'

const ATTACHMENT = object<Attachment>({ header: HEADER, format: VALUE }, ['header', 'format'])

export const IDENTITY = object<Identity>(
  {
    url: ADDRESS,
    headers: HEADERS,
    json: FIELDS,
    form: FIELDS,
    emptyPost: bool,
    attach: orNull(ATTACHMENT),
    id: PATH,
    email: PATH,
    emailVerified: PATH,
    name: PATH,
    tenant: PATH,
    tenantParam: NAME,
    emailFrom: object<NonNullable<Identity['emailFrom']>>(
      {
        url: ADDRESS,
        list: { ...PATH, pattern: `${PATH.pattern}|^$` },
        email: PATH,
        primary: PATH,
        verified: PATH,
      },
      ['url', 'list', 'email', 'primary'],
    ),
  },
  ['id'],
)

export const AFTER_CONNECT = object<AfterConnect>(
  {
    url: ADDRESS,
    headers: HEADERS,
    attach: ATTACHMENT,
    pick: object<NonNullable<AfterConnect['pick']>>(
      { list: { ...PATH, pattern: `${PATH.pattern}|^$` }, where: PATH, equals: VALUE },
      ['list', 'where', 'equals'],
    ),
  },
  ['url'],
)

const REVOKED_TOKEN = oneOf('refresh_token', 'access_token')
export const REVOCATION: ValueSchema = {
  oneOf: [
    {
      type: 'object',
      properties: {
        style: oneOf('rfc7009'),
        url: ADDRESS,
        token: REVOKED_TOKEN,
        clientAuth: CLIENT_AUTH,
        goneStatuses: list(status, 10),
      },
      required: ['style', 'url', 'token', 'clientAuth'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        style: oneOf('own'),
        url: ADDRESS,
        method: oneOf('POST', 'DELETE'),
        token: REVOKED_TOKEN,
        clientAuth: oneOf('client_secret_basic'),
        headers: HEADERS,
        json: FIELDS,
        form: FIELDS,
        goneStatuses: list(status, 10),
        success: object<{ path: string; value: string }>({ path: PATH, value: text(100) }, ['path', 'value']),
        goneErrors: list(text(100), 20),
      },
      required: ['style', 'url', 'method', 'token'],
      additionalProperties: false,
    },
  ],
  discriminator: { propertyName: 'style' },
}

export const API = object<Connector['api']>(
  {
    baseUrl: ADDRESS,
    otherOrigins: list(ADDRESS, 20),
    attach: ATTACHMENT,
    headers: HEADERS,
    deadToken: list(
      object<DeadTokenSign>({ status, path: PATH, values: list(text(200), 20) }, [
        'status',
        'path',
        'values',
      ]),
      10,
    ),
    examplePath: {
      type: 'string',
      maxLength: 300,
      pattern: '^/[\\x21-\\x7e]*$',
      description: 'Use a path that begins with a slash, such as /me.',
    },
  },
  ['baseUrl', 'examplePath'],
)
