// The real Worker. Its request log is left out where it is bundled.

import worker, {
  ConnectionObject as RealConnectionObject,
  OAuthAppObject as RealOAuthAppObject,
} from '../../../../src/index.ts'

export class ConnectionObject extends RealConnectionObject {}
export class OAuthAppObject extends RealOAuthAppObject {}

export default worker
