import { loopback } from '../../../src/app/config/notify.ts'
import { durationMs } from '../../../src/event/duration.ts'
import { AddressPolicy } from '../../../src/notify/http/address-policy.ts'
import type { HttpOptions } from '../../../src/notify/http/post.ts'

/** To receivers of this machine, which a configuration has to allow. */
export const httpToLoopback: HttpOptions = {
  policy: new AddressPolicy(loopback),
  timeLimitMs: durationMs(60_000),
  userAgent: 'stagewatch/1',
  now: Date.now,
}
