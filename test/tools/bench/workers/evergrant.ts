// The real Worker without its request log: what a line costs is the runtime's affair, and different in production.

import worker, {
  ConnectionObject as RealConnectionObject,
  OAuthAppObject as RealOAuthAppObject,
} from '../../../../src/index.ts'

export class ConnectionObject extends RealConnectionObject {}
export class OAuthAppObject extends RealOAuthAppObject {}

console.info = () => undefined

export default worker
